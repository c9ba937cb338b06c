import PoseCore

/// A frame of a PoseTrack video with its annotated and its predicted poses. Poses have the joints of
/// ``Skeleton/poseTrack18``.
public struct PoseTrackFrame: Sendable, Hashable {
  /// An annotated person.
  public struct Person: Sendable, Hashable {
    /// x, y and visibility, joint after joint; a joint at (0, 0) with visibility 0 is not annotated.
    public var keypoints: [Double]
    public var headBox: BoundingBox

    /// Creates a person.
    public init(keypoints: [Double], headBox: BoundingBox) {
      self.keypoints = keypoints
      self.headBox = headBox
    }
  }

  public var people: [Person]
  /// x, y and score, joint after joint, for each pose found; a joint at (0, 0) that scores 0 was not found.
  public var results: [[Double]]
  /// Polygons whose interior is ignored, in annotations and results.
  public var ignoredRegions: [[Point]]

  /// Creates a frame.
  public init(people: [Person], results: [[Double]], ignoredRegions: [[Point]] = []) {
    self.people = people
    self.results = results
    self.ignoredRegions = ignoredRegions
  }
}

/// A pose reduced to the joints that the metric counts: without the ears, and without joints in ignored regions.
struct TrackedPose {
  struct Joint {
    var position: Point
    var score: Double
  }

  /// Indices of the skeleton's joints that count. The published tool does not have the ears.
  static let joints = Skeleton.poseTrack18.joints.indices.filter {
    !Skeleton.poseTrack18.joints[$0].rawValue.hasSuffix("ear")
  }

  /// The joints that count, with nil for each one that is missing.
  var joints: [Joint?]

  init(_ keypoints: [Double], outside regions: [[Point]]) {
    joints = Self.joints.map { joint in
      let (x, y, score) = (keypoints[3 * joint], keypoints[3 * joint + 1], keypoints[3 * joint + 2])
      let position = Point(x: x, y: y)
      let isMissing = (x == 0 && y == 0 && score == 0) || regions.contains { position.isInside($0) }
      return isMissing ? nil : Joint(position: position, score: score)
    }
  }

  var isEmpty: Bool { joints.allSatisfy { $0 == nil } }
}

extension Point {
  /// Whether this lies in a polygon's interior; its edges do not count.
  fileprivate func isInside(_ polygon: [Point]) -> Bool {
    guard polygon.count > 2, let last = polygon.last else { return false }
    var (isInside, start) = (false, last)
    for end in polygon {
      let cross = (end.x - start.x) * (y - start.y) - (end.y - start.y) * (x - start.x)
      let isWithin =
        min(start.x, end.x) <= x && x <= max(start.x, end.x) && min(start.y, end.y) <= y && y <= max(start.y, end.y)
      if cross == 0, isWithin { return false }
      // A ray to the right crosses this edge.
      if (start.y > y) != (end.y > y), (cross > 0) == (end.y > start.y) { isInside.toggle() }
      start = end
    }
    return isInside
  }
}
