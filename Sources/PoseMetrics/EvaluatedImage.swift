import PoseCore

/// An annotated person, for metrics that match people by object keypoint similarity.
public struct AnnotatedPose: Sendable, Hashable {
  /// The annotation's number. Nobody is found whose number is 0, as in the published tools, which take it for "nobody".
  public var id: Int?
  /// x, y and visibility (0 not labelled, 1 hidden, 2 visible), joint after joint, in pixels; empty where none is labelled.
  public var keypoints: [Double]
  public var boundingBox: BoundingBox
  /// The person's area in square pixels, where the annotation gives one.
  public var area: Double?
  /// Whether this is a group of people. Any number of results may match a group, and they are neither right nor wrong.
  public var isCrowd: Bool
  /// The number of labeled keypoints that the annotation states. CrowdPose counts only the visible ones.
  public var labelledKeypoints: Int?

  /// Creates an annotated person.
  public init(
    id: Int? = nil, keypoints: [Double], boundingBox: BoundingBox, area: Double? = nil, isCrowd: Bool = false,
    labelledKeypoints: Int? = nil
  ) {
    self.id = id
    self.keypoints = keypoints
    self.boundingBox = boundingBox
    self.area = area
    self.isCrowd = isCrowd
    self.labelledKeypoints = labelledKeypoints
  }
}

/// A predicted person.
public struct ScoredPose: Sendable, Hashable {
  /// x, y and score of each joint in turn, in pixels.
  public var keypoints: [Double]
  public var score: Double
  /// The area of the result's box or of its keypoints' extent, in square pixels.
  public var area: Double

  /// Creates a predicted person.
  ///
  /// - Parameter area: the area in square pixels, or nil for the area of the keypoints' extent.
  public init(keypoints: [Double], score: Double, area: Double? = nil) {
    self.keypoints = keypoints
    self.score = score
    self.area = area ?? Self.extent(of: keypoints)
  }

  private static func extent(of keypoints: [Double]) -> Double {
    guard keypoints.count > 1 else { return 0 }
    var (left, right, top, bottom) = (keypoints[0], keypoints[0], keypoints[1], keypoints[1])
    for x in stride(from: 0, to: keypoints.count - 1, by: 3) {
      left = min(left, keypoints[x])
      right = max(right, keypoints[x])
      top = min(top, keypoints[x + 1])
      bottom = max(bottom, keypoints[x + 1])
    }
    return (right - left) * (bottom - top)
  }
}

/// The annotated and the predicted people of one category in one image.
public struct EvaluatedImage: Sendable, Hashable {
  /// The image's id in the dataset. Results with equal scores are ranked in the order of the images' ids.
  public var id: Int
  /// The category's id, which is 1 for people. Precision is averaged over the categories.
  public var category: Int
  public var people: [AnnotatedPose]
  public var results: [ScoredPose]
  /// The degree to which the image's people overlap, 0...1, if CrowdPose gives it.
  public var crowdIndex: Double?

  /// Creates an image.
  public init(
    id: Int, category: Int = 1, people: [AnnotatedPose], results: [ScoredPose], crowdIndex: Double? = nil
  ) {
    self.id = id
    self.category = category
    self.people = people
    self.results = results
    self.crowdIndex = crowdIndex
  }
}
