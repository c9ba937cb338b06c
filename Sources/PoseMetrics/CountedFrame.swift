import PoseCore

/// A frame's people and results as far as they count: without the ears, and without joints in ignored regions.
struct CountedFrame: Sendable {
  struct Person: Sendable {
    var pose: TrackedPose
    var headSize: Double
    var track: Int?
  }

  struct Result: Sendable {
    var pose: TrackedPose
    var track: Int?
  }

  var people: [Person]
  var results: [Result]

  init(_ frame: PoseTrackFrame) {
    people = frame.people.map {
      Person(
        pose: TrackedPose($0.keypoints, outside: frame.ignoredRegions), headSize: $0.headBox.headSize, track: $0.track)
    }
    results = frame.results.enumerated().map { index, keypoints in
      Result(
        pose: TrackedPose(keypoints, outside: frame.ignoredRegions),
        track: frame.track(of: index))
    }
    // The published tool does not look for poses without joints in other frames.
    if !frame.ignoredRegions.isEmpty {
      people.removeAll(where: \.pose.isEmpty)
      results.removeAll(where: \.pose.isEmpty)
    }
  }
}

/// A pose reduced to the joints that the metric counts: without the ears, and without joints in ignored regions.
struct TrackedPose: Sendable {
  struct Joint: Sendable {
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

  /// For each joint that counts, the distance from a person's in sizes of the head; nil where one of the two lacks the joint
  /// or where the distance is more than half of the head's size.
  func distances(to person: CountedFrame.Person) -> [Double?] {
    zip(joints, person.pose.joints).map { found, annotated in
      guard let found, let annotated else { return nil }
      let (dx, dy) = (annotated.position.x - found.position.x, annotated.position.y - found.position.y)
      let distance = (dx * dx + dy * dy).squareRoot() / person.headSize
      return distance <= 0.5 ? distance : nil
    }
  }
}

extension BoundingBox {
  /// The diagonal times .6, a factor that the dataset's authors chose.
  fileprivate var headSize: Double {
    let (dx, dy) = (x + width - x, y + height - y)
    return 0.6 * (dx * dx + dy * dy).squareRoot()
  }
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
