/// A position in an image, in pixels: the centre of the top left pixel is (0, 0), x grows to the right, y downwards.
public struct Point: Sendable, Hashable, Codable {
  public var x: Double
  public var y: Double

  public init(x: Double, y: Double) {
    self.x = x
    self.y = y
  }
}

/// A joint found in an image.
public struct Keypoint: Sendable, Hashable, Codable {
  /// Where, in pixels of the image that the pose was estimated in.
  public var position: Point
  /// The network's confidence from 0 to 1, near 1 for a clear joint: the height of the heatmap's peak for networks that
  /// have heatmaps.
  public var score: Double

  public init(position: Point, score: Double) {
    self.position = position
    self.score = score
  }

  public init(x: Double, y: Double, score: Double) {
    self.init(position: Point(x: x, y: y), score: score)
  }
}

/// One person's joints.
public struct Pose: Sendable, Hashable {
  /// The box that the pose was estimated in, in pixels of the image.
  public var boundingBox: BoundingBox
  /// The area of the region that the network looked at, in square pixels of the image, by which suppression compares
  /// people; the box's where the network saw the whole image.
  public var area: Double
  /// How likely the box holds a person: the detector's score, 1 for boxes that people drew.
  public var boxScore: Double
  /// How likely this is a person with these joints: the box's score times the mean of the keypoints' scores above 0.2,
  /// as COCO results are scored; of a network that finds everybody at once, its own score.
  public var score: Double
  /// One keypoint for each joint of `skeleton`, in its order.
  public var keypoints: [Keypoint]
  /// What the keypoints mean.
  public var skeleton: Skeleton

  /// - Parameter area: nil for the box's.
  public init(
    boundingBox: BoundingBox, boxScore: Double = 1, area: Double? = nil, score: Double, keypoints: [Keypoint],
    skeleton: Skeleton
  ) {
    self.boundingBox = boundingBox
    self.boxScore = boxScore
    self.area = area ?? boundingBox.area
    self.score = score
    self.keypoints = keypoints
    self.skeleton = skeleton
  }

  /// The keypoint of a joint, or nil where the skeleton has no such joint.
  public subscript(joint: Joint) -> Keypoint? {
    guard let index = skeleton.joints.firstIndex(of: joint), index < keypoints.count else { return nil }
    return keypoints[index]
  }
}
