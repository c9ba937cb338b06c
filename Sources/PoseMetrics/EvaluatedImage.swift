import PoseCore

/// A person as annotated, for metrics that match people by object keypoint similarity.
public struct AnnotatedPose: Sendable, Hashable {
  /// The annotation's number. Nobody is found whose number is 0, as in the published tools, which take it for "nobody".
  public var id: Int?
  /// x, y and visibility (0 not labelled, 1 hidden, 2 visible), joint after joint, in pixels; empty where none is labelled.
  public var keypoints: [Double]
  public var boundingBox: BoundingBox
  /// The person's area in square pixels, where the annotation gives one.
  public var area: Double?
  /// Whether this is a group, which any number of results may match without gain or loss.
  public var isCrowd: Bool
  /// How many keypoints the annotation says are labelled; CrowdPose counts only the visible ones.
  public var labelledKeypoints: Int?

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

/// A person as found.
public struct ScoredPose: Sendable, Hashable {
  /// x, y and score, joint after joint, in pixels.
  public var keypoints: [Double]
  public var score: Double
  /// In square pixels: that of the result's box, or of its keypoints' extent.
  public var area: Double

  /// - Parameter area: nil for that of the keypoints' extent.
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

/// One image's people of one category, as annotated and as found.
public struct EvaluatedImage: Sendable, Hashable {
  /// The image's number in the dataset: results of the same score count in the order of these.
  public var id: Int
  /// Precision is averaged over categories; people are 1.
  public var category: Int
  public var people: [AnnotatedPose]
  public var results: [ScoredPose]
  /// How much the image's people overlap, 0...1, where CrowdPose gives it.
  public var crowdIndex: Double?

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
