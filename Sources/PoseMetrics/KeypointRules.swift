import PoseCore

/// The rules by which the published tools differ: the sizes that object keypoint similarity divides by, and which
/// people and results count.
public struct KeypointRules: Sendable, Hashable {
  /// The constant of each joint; there are as many as a pose has keypoints.
  public var sigmas: [Double]
  /// Whether a person's size is the annotated area. Otherwise it is .53 of the box's area, for datasets without areas.
  public var usesArea: Bool
  /// The tool whose rules decide which people and results count.
  public var tool: Tool
  /// The number of results that count in each image. Those with the highest scores are kept.
  public var resultLimit = 20

  /// The published tools whose rules can be followed.
  public enum Tool: String, Sendable, Hashable, CaseIterable {
    /// COCO's own tool: a person is ignored if the annotation says that no keypoint is labeled.
    case pycocotools
    /// MMPose's tool (Jin and Wang, 2020): a person without a labeled keypoint is ignored, and so is a result in which
    /// no keypoint scores above 0.
    case xtcocotools
    /// MMPose's tool with the rule for CrowdPose: a person is ignored if the annotation says that no keypoint is
    /// visible.
    case crowdPose
  }

  /// Creates rules.
  public init(sigmas: [Double], usesArea: Bool = true, tool: Tool = .pycocotools) {
    self.sigmas = sigmas
    self.usesArea = usesArea
    self.tool = tool
  }

  /// COCO (Lin et al., ECCV 2014), with the rules of pycocotools.
  public static let coco = KeypointRules(sigmas: Skeleton.coco17.sigmas)
  /// CrowdPose (Li et al., CVPR 2019), with the rules of xtcocotools.
  public static let crowdPose = KeypointRules(
    sigmas: Skeleton.crowdPose14.sigmas, usesArea: false, tool: .crowdPose)
  /// OCHuman (Zhang et al., CVPR 2019), with the rules of MMPose.
  public static let ocHuman = KeypointRules(sigmas: Skeleton.coco17.sigmas, tool: .xtcocotools)
  /// AI Challenger (Wu et al., 2017), with the rules of MMPose.
  public static let aic = KeypointRules(sigmas: Skeleton.aic14.sigmas, usesArea: false, tool: .xtcocotools)

  /// COCO-WholeBody (Jin et al., ECCV 2020), with the rules of MMPose.
  public static let wholeBody = KeypointRules(sigmas: Skeleton.wholeBody133.sigmas, tool: .xtcocotools)

  /// A person's size: the annotated area, or the share of the box's area that replaces it.
  func area(of person: AnnotatedPose) -> Double? {
    usesArea ? person.area : person.boundingBox.width * person.boundingBox.height * 0.53
  }

  func ignores(_ person: AnnotatedPose) -> Bool {
    if person.isCrowd { return true }
    let labelled = stride(from: 2, to: person.keypoints.count, by: 3).count { person.keypoints[$0] > 0 }
    return switch tool {
    case .pycocotools, .crowdPose: person.labelledKeypoints ?? labelled == 0
    case .xtcocotools: labelled == 0
    }
  }

  func counts(_ result: ScoredPose) -> Bool {
    tool == .pycocotools || stride(from: 2, to: result.keypoints.count, by: 3).contains { result.keypoints[$0] > 0 }
  }

  func check(_ image: EvaluatedImage) throws(MetricError) {
    // Where nothing was found, nobody's keypoints are looked at.
    try check(image.people, of: image, areCompared: !image.results.isEmpty)
    for (index, result) in image.results.enumerated() {
      try check(
        result.keypoints, 3 * sigmas.count, with: [result.score, result.area], "result \(index) of image \(image.id)")
    }
  }

  /// - Parameter areCompared: whether results may be of these people.
  func check(_ people: [AnnotatedPose], of image: EvaluatedImage, areCompared: Bool) throws(MetricError) {
    for (index, person) in people.enumerated() {
      let category = image.category == 1 ? "" : ", category \(image.category)"
      let name =
        person.id.map { "annotation \($0) (image \(image.id)\(category))" }
        ?? "annotated person \(index) of image \(image.id)"
      let box = person.boundingBox
      let count = areCompared && !person.keypoints.isEmpty ? 3 * sigmas.count : person.keypoints.count
      try check(person.keypoints, count, with: [box.x, box.y, box.width, box.height, person.area ?? 0], name)
      if area(of: person) == nil, areCompared || !ignores(person) { throw .noArea(what: name) }
    }
  }

  private func check(
    _ keypoints: [Double], _ count: Int, with others: [Double], _ name: String
  ) throws(MetricError) {
    guard keypoints.count == count else {
      throw .wrongKeypointCount(what: name, found: keypoints.count / 3, expected: sigmas.count)
    }
    guard keypoints.allSatisfy(\.isFinite), others.allSatisfy(\.isFinite) else { throw .notFinite(what: name) }
  }
}
