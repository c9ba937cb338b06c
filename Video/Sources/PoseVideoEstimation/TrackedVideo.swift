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

  let path: String
  let estimator: PoseEstimator
  let reading: VideoReader.Options
  let options: PeopleFollower.Options

  public func makeAsyncIterator() -> Iterator { Iterator(self) }

  /// Reads and estimates one frame after another.
  public struct Iterator: AsyncIteratorProtocol {
    private let video: TrackedVideo
    private var reader: VideoReader?
    private var follower: PeopleFollower

    fileprivate init(_ video: TrackedVideo) {
      self.video = video
      follower = PeopleFollower(video.estimator, options: video.options)
    }

    /// - Throws: ``VideoError``, and what the estimator throws.
    public mutating func next() async throws -> TrackedFrame? {
      try Task.checkCancellation()
      let reader = try self.reader ?? VideoReader(video.path, options: video.reading)
      self.reader = reader
      guard let frame = try reader.next() else { return nil }
      return TrackedFrame(frame: frame, people: try follower.people(in: frame.image, at: frame.time))
    }
  }
}

extension PoseEstimator {
  /// The people of a video, frame by frame.
  ///
  /// - Parameters:
  ///   - path: of the file, or `-` for standard input.
  ///   - reading: which frames are looked at.
  ///   - options: how people are found and followed.
  public func poses(
    inVideo path: String, reading: VideoReader.Options = .init(), options: PeopleFollower.Options = .init()
  ) -> TrackedVideo {
    TrackedVideo(path: path, estimator: self, reading: reading, options: options)
  }
}
