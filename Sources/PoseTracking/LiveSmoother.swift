import PoseCore

/// Takes the jitter out of tracked poses as they come, with a ``OneEuroFilter`` for each coordinate of each joint.
///
/// What moves at `v` sizes of the person a second lags behind by `1 / (2 pi (cutoff + slope v))` seconds: with the defaults
/// 53 milliseconds at one size a second, less at any higher speed, and 159 at rest, where there is nothing to lag behind.
///
/// ```swift
/// var (tracker, smoother) = (Tracker(), LiveSmoother())
/// let people = smoother(tracker.update(poses, at: time), at: time)
/// ```
public struct LiveSmoother: Sendable {
  /// What is smoothed. Speeds are in sizes of the person, the square root of the box's area.
  public struct Options: Sendable, Hashable, Codable {
    public var filter = OneEuroFilter.Options()
    /// Joints of a lower score stay as they are, and what comes after them begins anew.
    public var jointScore = 0.2
    /// After so many seconds without a joint it begins anew.
    public var gap = 0.25

    public init() {}
  }

  public var options: Options
  private var joints: [Int: [JointFilter?]] = [:]
  private var lastSeen: [Int: Double] = [:]

  private struct JointFilter {
    var x: OneEuroFilter
    var y: OneEuroFilter
    var time: Double
  }

  public init(options: Options = Options()) { self.options = options }

  /// The poses with smoothed joints; boxes and scores stay.
  ///
  /// - Parameter time: of the frame, in seconds.
  public mutating func callAsFunction(_ people: [TrackedPose], at time: Double) -> [TrackedPose] {
    // Nobody comes back under the same number after that.
    for (track, seen) in lastSeen where time - seen > options.gap {
      lastSeen[track] = nil
      joints[track] = nil
    }
    return people.map { person in
      var person = person
      var filters = joints[person.track] ?? person.pose.keypoints.map { _ in nil }
      var filterOptions = options.filter
      filterOptions.slope /= person.pose.size
      for index in person.pose.keypoints.indices where index < filters.count {
        let keypoint = person.pose.keypoints[index]
        guard keypoint.score >= options.jointScore else { continue }
        var filter =
          filters[index].flatMap { time - $0.time <= options.gap ? $0 : nil }
          ?? JointFilter(x: OneEuroFilter(), y: OneEuroFilter(), time: time)
        (filter.x.options, filter.y.options, filter.time) = (filterOptions, filterOptions, time)
        person.pose.keypoints[index].position = Point(
          x: filter.x(keypoint.position.x, at: time), y: filter.y(keypoint.position.y, at: time))
        filters[index] = filter
      }
      joints[person.track] = filters
      lastSeen[person.track] = time
      return person
    }
  }
}
