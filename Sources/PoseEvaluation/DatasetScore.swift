import PoseCore
import PoseData
import PoseFormats
import PoseMetrics

/// How good a run is, by the dataset's own metric.
public struct DatasetScore: Sendable {
  public private(set) var values: [MetricValue]
  /// Precision against recall; empty for metrics that have none.
  public private(set) var curves: [PrecisionRecall] = []

  /// - Parameters:
  ///   - annotations: the path of the dataset's own file.
  ///   - part: the pictures that were run; nil for all.
  ///   - results: as ``Swift/Array/cocoJSON()`` writes them.
  /// - Throws: ``FormatError``, and ``MetricError`` where the files do not belong together.
  public init(
    _ run: DatasetRun, _ kind: DatasetKind, annotations path: String, part: PictureSplit? = nil, results: [UInt8]
  ) throws {
    let annotations = try COCOAnnotations(contentsOf: path, bad: .skip).keeping {
      part?.contains(picture: $0) ?? true
    }
    let results = try COCOResults(json: results)
    switch kind {
    case .poseTrack18: values = try PoseTrackAP(PoseTrackFrame.frames(annotations, results)).values
    case .crowdPose:
      values = try CrowdPoseAP(COCOComparison(annotations, results)).values
      curves = try COCOComparison(annotations, results).precisionRecall(rules: .crowdPose)
    default:
      let files = try COCOComparison(annotations, results)
      values = try COCOKeypointAP(files, rules: kind.rules).values
      curves = try files.precisionRecall(rules: kind.rules)
    }
    if let torso = try run.torsoPCK() { values.append(MetricValue("PCK@0.2", torso)) }
  }
}

extension DatasetKind {
  fileprivate var rules: KeypointRules {
    switch self {
    case .coco: .coco
    case .ochuman: .ocHuman
    case .aic: .aic
    default: KeypointRules(sigmas: skeleton.sigmas, usesArea: usesArea)
    }
  }
}

extension DatasetRun {
  /// The share of joints nearer than .2 of the torso, from the right shoulder to the left hip, over people whose own boxes
  /// were used; nil where there is nobody with both.
  func torsoPCK() throws(MetricError) -> Double? {
    let joints = dataset.skeleton.joints
    guard let shoulder = joints.firstIndex(of: .rightShoulder), let hip = joints.firstIndex(of: .leftHip) else {
      return nil
    }
    var people = PairedKeypoints<Double>(jointCount: joints.count)
    var sizes: [SIMD2<Double>] = []
    for estimate in estimates {
      let truth = Array(dataset.keypoints(of: dataset.people[estimate.person]))
      guard truth.count == joints.count, estimate.keypoints.count == joints.count, truth[shoulder].isLabelled,
        truth[hip].isLabelled
      else { continue }
      try people.append(
        estimate.keypoints.flatMap { [$0.position.x, $0.position.y] },
        truth: truth.flatMap { [$0.position.x, $0.position.y] }, isAnnotated: truth.map(\.isLabelled))
      let (a, b) = (truth[shoulder].position, truth[hip].position)
      sizes.append(SIMD2(repeating: ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot()))
    }
    return people.count == 0 ? nil : try PCK(people, sizes: sizes, threshold: 0.2).mean
  }
}
