import PoseCore

/// What object keypoint similarity divides by, and who counts: the published tools differ here.
public struct KeypointRules: Sendable, Hashable {
  /// The per-joint constants; as many as a pose has keypoints.
  public var sigmas: [Double]
  /// Whether a person's size is the annotated area; else .53 of the box's, for datasets without areas.
  public var usesArea: Bool
  /// Which of the tools' rules say who counts.
  public var tool: Tool
  /// In each image only so many results count, the best ones.
  public var resultLimit = 20

  public enum Tool: String, Sendable, Hashable, CaseIterable {
    /// The COCO dataset's own: people whose annotation says that no keypoint is labelled are ignored.
    case pycocotools
    /// MMPose's (Jin and Wang, 2020): people without a labelled keypoint are ignored, and so are results without a
    /// keypoint that scores above 0.
    case xtcocotools
    /// The same for CrowdPose: people are ignored if the annotation says that no keypoint is visible.
    case crowdPose
  }

  public init(sigmas: [Double], usesArea: Bool = true, tool: Tool = .pycocotools) {
    self.sigmas = sigmas
    self.usesArea = usesArea
    self.tool = tool
  }

  /// COCO (Lin et al., ECCV 2014), as pycocotools.
  public static let coco = KeypointRules(sigmas: Skeleton.coco17.sigmas)
  /// CrowdPose (Li et al., CVPR 2019), as xtcocotools.
  public static let crowdPose = KeypointRules(
    sigmas: Skeleton.crowdPose14.sigmas, usesArea: false, tool: .crowdPose)
  /// OCHuman (Zhang et al., CVPR 2019), as MMPose.
  public static let ocHuman = KeypointRules(sigmas: Skeleton.coco17.sigmas, tool: .xtcocotools)
  /// AI Challenger (Wu et al., 2017), as MMPose.
  public static let aic = KeypointRules(sigmas: Skeleton.aic14.sigmas, usesArea: false, tool: .xtcocotools)

  /// A person's size: the annotated area, or what stands for it.
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
