import Foundation
import PoseCore
import PoseImage

/// Reads the frames of a video one after another: upright, with square pixels, at the times that the file has.
///
/// ```swift
/// for try await frame in try VideoReader("walk.mp4") { print(frame.index, frame.time, frame.image.width) }
/// ```
///
/// Any format and codec of FFmpeg will do. Frames that are damaged are left out and counted. Memory does not grow with the
/// video's length.
///
/// Cameras and streams are live: whoever takes a frame gets the newest, and those that came before it are counted as dropped.
/// A live source that breaks off is opened again after pauses that grow; times go on by the clock.
///
/// One task at a time may read; a ``Cancellation`` ends it from anywhere.
public final class VideoReader: @unchecked Sendable {
  /// Which frames are read, and how.
  public struct Options: Sendable, Hashable {
    /// The times of the frames, in seconds as the file has them; nil for all.
    public var range: ClosedRange<Double>?
    /// Every so many frames one is taken.
    public var every = 1
    /// The longest side that pictures are made smaller to; nil to leave them.
    public var longestSide: Int?
    /// The largest pictures that are decoded, in pixels.
    public var pixelLimit = 64_000_000
    /// The most threads that decode; 0 for one for each processor.
    public var threads = 0
    /// How many pictures of a sequence are shown in a second, 25 unless said, and how many a camera is asked for.
    public var rate: Double?
    /// What a camera is asked for; nil to leave it as it is set.
    public var cameraSize: Size?
    /// For how many seconds a live source that broke off is tried again.
    public var patience = 60.0

    public init() {}
  }

  /// What is known of the video before its frames are read.
  public struct Information: Sendable, Hashable {
    /// Of the upright pictures with square pixels, before they are made smaller.
    public var size: Size
    /// Frames a second in the mean; nil where the source does not say.
    public var rate: Double?
    /// In seconds; nil where the source does not say.
    public var duration: Double?
    /// When the first frame is shown, in seconds: not every file begins at 0.
    public var start: Double
    /// FFmpeg's name of the pictures' codec, or `pictures` for a sequence of them.
    public var codec: String
    /// By how many degrees the stored pictures are turned clockwise to be upright.
    public var rotation: Int
    public var hasSound: Bool
    /// Whether the source goes on while nobody reads.
    public var isLive: Bool

    /// From when to when frames are shown, in seconds; nil where the source does not say.
    public var times: ClosedRange<Double>? { duration.map { start...start + $0 } }
  }

  public let options: Options
  public var information: Information { frames.information }
  /// How many frames could not be decoded so far.
  public var damagedFrames: Int { frames.damagedFrames }
  /// How many frames of a live source were left out so far because newer ones had come.
  public var droppedFrames: Int { frames.droppedFrames }
  /// How often a live source was opened again.
  public var reconnections: Int { frames.reconnections }

  /// The source in words that anybody may read: an address without a password, and without what follows a question mark.
  public let name: String
  private let frames: any FrameSource
  private let converter: FrameConverter
  private let cancellation: Cancellation
  private var index = 0
  private var nextIndex = 0
  private var lastTime: Double?

  /// - Parameters:
  ///   - source: a file's path; `-` for standard input; a folder of pictures, or their pattern such as
  ///     `frames/%06d.jpg`; a camera, such as `camera:0` or `/dev/video0`; or an address, such as
  ///     `rtsp://camera.local/stream`.
  ///   - cancellation: ends the wait for the source, and the reading.
  /// - Throws: ``VideoError``.
  public init(
    _ source: String, options: Options = Options(), cancellation: Cancellation = Cancellation()
  ) throws(VideoError) {
    let (address, cancellation) = (try VideoAddress(source), Cancellation(parent: cancellation))
    let name = VideoAddress.shown(source)
    if case .pictures(let files) = address {
      frames = try PictureSequence(files, source: name, options)
    } else {
      let video = try DecodedVideo(address, source: name, options, cancellation)
      frames =
        !video.information.isLive
        ? video
        : LiveVideo(video, source: name, patience: options.patience, cancellation) { () throws(VideoError) in
          try DecodedVideo(address, source: name, options, cancellation)
        }
    }
    converter = FrameConverter(rotation: frames.information.rotation, longestSide: options.longestSide)
    (self.name, self.options, self.cancellation) = (name, options, cancellation)
  }

  /// The files of this machine that a source is read from: one, or the pictures of a sequence; none of what is no file, or is
  /// not there.
  public static func files(of source: String) -> [String] {
    switch try? VideoAddress(source) {
    case .file(let path)?: [path]
    case .pictures(let paths)?: paths
    default: []
    }
  }

  /// The next frame; nil at the end, and once the reader is cancelled. Of a live source it waits for the next one that comes.
  ///
  /// - Throws: ``VideoError`` where the source breaks off, and at the next call again.
  public func next() throws(VideoError) -> VideoFrame? {
    while !cancellation.isCancelled, let frame = try frames.next() {
      let time = time(of: frame)
      if let range = options.range {
        if time < range.lowerBound { continue }
        if time > range.upperBound { return nil }
      }
      // Those before the range do not count.
      let index = self.index + (options.range != nil && lastTime == nil ? 0 : frame.dropped)
      (self.index, lastTime) = (index + 1, time)
      guard index >= nextIndex else { continue }
      nextIndex = index + Swift.max(1, options.every)
      guard let image = converter.image(frame, limit: options.pixelLimit) else {
        throw .tooLarge(source: name, size: frame.size, limit: options.pixelLimit)
      }
      return VideoFrame(index: index, time: time, image: image, file: frame.file)
    }
    return nil
  }

  /// When a frame is shown. What has no time follows the one before at the video's rate. Where a file's times repeat or run
  /// backwards, frames follow each other by a tenth of a millisecond.
  private func time(of frame: SourceFrame) -> Double {
    guard let time = frame.time else { return lastTime.map { $0 + 1 / (information.rate ?? 25) } ?? 0 }
    return lastTime.map { time > $0 ? time : $0 + 0.0001 } ?? time
  }
}

extension VideoReader: AsyncSequence {
  public typealias Element = VideoFrame

  public func makeAsyncIterator() -> Iterator { Iterator(reader: self, queue: DispatchQueue(label: "video")) }

  /// Waits for frames on a queue of its own, so that other tasks go on.
  public struct Iterator: AsyncIteratorProtocol {
    fileprivate let reader: VideoReader
    fileprivate let queue: DispatchQueue

    /// - Throws: ``VideoError``, and `CancellationError` where the task is cancelled.
    public mutating func next() async throws -> VideoFrame? {
      let (reader, queue) = (reader, queue)
      let frame = try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          queue.async { continuation.resume(with: Result { try reader.next() }) }
        }
      } onCancel: {
        reader.cancellation.cancel()
      }
      try Task.checkCancellation()
      return frame
    }
  }
}
