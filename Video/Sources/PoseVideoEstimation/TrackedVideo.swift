import PoseCore
import PoseEstimation
import PoseTracking
import PoseVideo

/// A frame of a video with its people.
public struct TrackedFrame: Sendable {
  public let frame: VideoFrame
  /// By their numbers.
  public let people: [TrackedPose]
}

/// The frames of a video with the people in them, who keep their numbers.
///
/// ```swift
/// for try await frame in try PoseEstimator().poses(inVideo: "walk.mp4") {
///   for person in frame.people { print(frame.frame.time, person.track, person.pose.keypoints) }
/// }
/// ```
public struct TrackedVideo: AsyncSequence, Sendable {
  public typealias Element = TrackedFrame

  let source: String
  let estimator: PoseEstimator
  let reading: VideoReader.Options
  let options: PeopleFollower.Options

  public func makeAsyncIterator() -> Iterator { Iterator(self) }

  /// Reads and estimates one frame after another.
  public struct Iterator: AsyncIteratorProtocol {
    private let video: TrackedVideo
    private var frames: VideoReader.Iterator?
    private var follower: PeopleFollower

    fileprivate init(_ video: TrackedVideo) {
      self.video = video
      follower = PeopleFollower(video.estimator, options: video.options)
    }

    /// - Throws: ``VideoError``, what the estimator throws, and `CancellationError` where the task is cancelled.
    public mutating func next() async throws -> TrackedFrame? {
      var frames = try self.frames ?? VideoReader(video.source, options: video.reading).makeAsyncIterator()
      self.frames = frames
      guard let frame = try await frames.next() else { return nil }
      return TrackedFrame(frame: frame, people: try follower.people(in: frame.image, at: frame.time))
    }
  }
}

extension PoseEstimator {
  /// The people of a video, frame by frame.
  ///
  /// - Parameters:
  ///   - source: a file's path, `-` for standard input, a folder of pictures, a camera such as `camera:0`, or an address, as
  ///     ``VideoReader/init(_:options:)`` takes it.
  ///   - reading: which frames are looked at.
  ///   - options: how people are found and followed.
  public func poses(
    inVideo source: String, reading: VideoReader.Options = .init(), options: PeopleFollower.Options = .init()
  ) -> TrackedVideo {
    TrackedVideo(source: source, estimator: self, reading: reading, options: options)
  }
}
