import PoseCore

/// A pose, and who it is.
public struct TrackedPose: Sendable, Hashable {
  /// The person's number, from 1 on. It is never given to anybody else.
  public var track: Int
  public var pose: Pose
  /// The pose's place among those that the tracker was given.
  public var source: Int

  public init(track: Int, pose: Pose, source: Int) {
    (self.track, self.pose, self.source) = (track, pose, source)
  }
}
