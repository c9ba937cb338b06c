import PoseCore
import PoseData
import PoseFormats
import PoseMetrics

/// What the poses found in a dataset's pictures are scored against. The annotations are read once, and results are compared
/// in memory.
public struct GroundTruth: Sendable {
  public let kind: DatasetKind
  /// The pictures, and the people as annotated.
  public let annotated: Dataset
  /// The pictures that are not scored, too.
  private let whole: Dataset
  private let part: PictureSplit?
  private let source: Source

  private enum Source: Sendable {
    case coco(COCOAnnotations)
    /// MPII's heads, which PCKh is measured in; nil where the file was not given.
    case mpii(MPIIGroundTruth?)
  }

  /// Reads a dataset's annotations.
  ///
  /// - Parameters:
  ///   - path: the annotations, as JSON.
  ///   - folder: the folder that the pictures' file names are below.
  ///   - heads: MPII's own ground truth, a `.mat` file, which its metric needs; other datasets have none.
  ///   - part: the pictures to score; nil for all.
  ///   - options: what is taken of the annotations.
  ///   - isScored: whether the file must have annotations to score against; a test set's has images alone.
  /// - Throws: `FormatError` where a file cannot be read.
  public init(
    _ kind: DatasetKind, annotations path: String, pictures folder: String, heads: String? = nil,
    part: PictureSplit? = nil, options: DatasetOptions = DatasetOptions(), isScored: Bool = true
  ) throws {
    (self.kind, self.part) = (kind, part)
    switch kind.form {
    case .coco:
      let file = try COCOAnnotations(
        contentsOf: path, bad: options.bad, needsAnnotations: isScored, joints: kind.joints)
      whole = try Dataset(kind, file, pictures: folder, options: options)
      source = .coco(part.map { file.keeping($0.contains(picture:)) } ?? file)
    case .mpii:
      whole = try Dataset(kind, annotations: path, pictures: folder, options: options)
      source = .mpii(try heads.map { try MPIIGroundTruth(contentsOf: $0) })
    }
    annotated = part.map(whole.keeping) ?? whole
  }

  /// The pictures to score with a detector's boxes as their people.
  ///
  /// - Throws: ``DatasetProblem`` where `bad` refuses a box.
  public func people(
    of boxes: COCOResults, source: BoxSource, minimumScore: Double = 0, overlap: Double? = nil, bad: BadRecords = .skip
  ) throws(DatasetProblem) -> Dataset {
    let found = try whole.replacingPeople(
      withBoxes: boxes, source: source, minimumScore: minimumScore, overlap: overlap, bad: bad)
    return part.map(found.keeping) ?? found
  }

  /// Refuses annotations that the dataset's metric cannot take, so that nothing is estimated in vain.
  ///
  /// - Throws: `MetricError`.
  public func checkAnnotations() throws {
    switch source {
    case .coco(let annotations):
      if kind != .poseTrack18 {
        try COCOComparison(annotations, COCOResults())
          .checkAnnotations(rules: kind == .crowdPose ? .crowdPose : kind.rules, categories: annotated.categories)
      }
      _ = try DatasetScore(kind, annotations, COCOResults())
    case .mpii(let heads):
      if let heads { try PCKh.check(heads, annotated) }
    }
  }

  /// How good a detector's boxes are, by COCO's numbers for boxes, each named `box AP` and so on; nil for MPII, whose people
  /// have none.
  ///
  /// - Parameter boxes: of the pictures of ``annotated``.
  /// - Throws: `MetricError` where an annotation has no box or no area.
  package func boxScore(_ boxes: COCOResults) throws(MetricError) -> [MetricValue]? {
    guard case .coco(let annotations) = source else { return nil }
    return try COCOBoxAP(COCOComparison(annotations, boxes)).values.map { MetricValue("box \($0.name)", $0.value) }
  }

  /// How good a run is, by the dataset's own metric; nil for MPII's people without their heads.
  ///
  /// - Parameters:
  ///   - run: over the pictures of ``annotated``, with any boxes.
  ///   - results: of the run.
  /// - Throws: `MetricError` where the results do not belong to the annotations.
  public func score(_ run: DatasetRun, _ results: [PersonResult]) throws -> DatasetScore? {
    var score: DatasetScore
    switch source {
    case .coco(let annotations): score = try DatasetScore(kind, annotations, COCOResults(results))
    case .mpii(let heads):
      guard let heads else { return nil }
      score = DatasetScore(try PCKh(heads, run, of: annotated))
    }
    if let torso = try run.torsoPCK() { score.values.append(MetricValue("PCK@0.2", torso)) }
    return score
  }
}

/// How good poses are, by a dataset's own metric.
public struct DatasetScore: Sendable {
  /// What takes no part in them, or counts as nobody would expect: a sentence each.
  package private(set) var notes: [String] = []
  /// The metric's numbers, the main one first.
  public internal(set) var values: [MetricValue]
  /// Precision against recall; empty for metrics that have none.
  package private(set) var curves: [PrecisionRecall] = []

  /// - Throws: `MetricError` where annotations and results do not belong together.
  init(_ kind: DatasetKind, _ annotations: COCOAnnotations, _ results: COCOResults) throws(MetricError) {
    switch kind {
    case .poseTrack18: values = try PoseTrackAP(PoseTrackFrame.frames(annotations, results)).values
    case .crowdPose:
      let files = try COCOComparison(annotations, results)
      notes = files.notes
      values = try CrowdPoseAP(files).values
      curves = try files.precisionRecall(rules: .crowdPose)
    case .wholeBody:
      let files = try COCOComparison(annotations, results)
      notes = files.notes
      values = try WholeBodyAP(files).values
      curves = try files.precisionRecall(rules: .wholeBody)
    default:
      let files = try COCOComparison(annotations, results)
      notes = files.notes
      values = try COCOKeypointAP(files, rules: kind.rules).values
      curves = try files.precisionRecall(rules: kind.rules)
    }
  }

  init(_ heads: PCKh) {
    let (total, rest) = (heads.values.filter { $0.name == "PCKh" }, heads.values.filter { $0.name != "PCKh" })
    values = total + rest
  }
}

extension DatasetKind {
  fileprivate var rules: KeypointRules {
    switch self {
    case .coco: .coco
    case .ochuman: .ocHuman
    case .aic: .aic
    case .wholeBody: .wholeBody
    default: KeypointRules(sigmas: skeleton.sigmas, usesArea: usesArea)
    }
  }
}

extension COCOResults {
  /// Results as their file would have them.
  init(_ results: [PersonResult]) {
    self.init()
    for result in results {
      append(
        imageID: result.pictureID, categoryID: result.categoryID, score: result.score,
        boundingBox: result.boundingBox, trackID: result.trackID, annotationID: result.annotationID,
        keypoints: result.keypoints.flatMap { [$0.position.x, $0.position.y, $0.score] })
    }
  }
}

extension PCKh {
  /// Refuses heads that are not those of the people.
  fileprivate static func check(_ truth: MPIIGroundTruth, _ annotated: Dataset) throws(MetricError) {
    for person in annotated.people {
      guard let number = person.annotationID, number >= truth.count else { continue }
      throw .wrongCount(what: "people", found: truth.count, expected: number + 1)
    }
  }

  /// Of the people of a dataset, who are numbered as in MPII's file. A person whose picture could not be read counts as
  /// found at the origin, as in the published evaluation.
  fileprivate init(_ truth: MPIIGroundTruth, _ run: DatasetRun, of annotated: Dataset) throws(MetricError) {
    var found: [Int: [Keypoint]] = [:]
    for estimate in run.estimates {
      if let person = estimate.person, let number = run.dataset.people[person].annotationID {
        found[number] = estimate.keypoints
      }
    }
    try Self.check(truth, annotated)
    let numbers = annotated.people.compactMap(\.annotationID)
    try self.init(
      numbers.map { number in
        let joints = number * truth.jointCount..<(number + 1) * truth.jointCount
        let box = truth.headBoxes[number]
        // MPII's pixels count from 1.
        let positions = found[number]?.map { Point(x: $0.position.x + 1, y: $0.position.y + 1) }
        return Person(
          truth: Array(truth.positions[joints]), isAnnotated: truth.isMissing[joints].map { !$0 },
          prediction: positions ?? Array(repeating: Point(x: 0, y: 0), count: truth.jointCount),
          headDiagonal: (box.width * box.width + box.height * box.height).squareRoot())
      })
  }
}
