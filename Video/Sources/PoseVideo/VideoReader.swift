import CFFmpeg
import PoseCore
import PoseImage

/// Reads the frames of a video one after another: upright, with square pixels, at the times that the file has.
///
/// ```swift
/// let video = try VideoReader("walk.mp4")
/// while let frame = try video.next() { print(frame.index, frame.time, frame.image.width) }
/// ```
///
/// Any format and codec of FFmpeg will do. Frames that are damaged are left out and counted. Memory does not grow with the
/// video's length. One task at a time may use a reader.
public final class VideoReader {
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

    public init() {}
  }

  /// What is known of the video before its frames are read.
  public struct Information: Sendable, Hashable {
    /// Of the upright pictures with square pixels, before they are made smaller.
    public var size: Size
    /// Frames a second in the mean; nil where the file does not say.
    public var rate: Double?
    /// In seconds; nil where the file does not say.
    public var duration: Double?
    /// When the first frame is shown, in seconds: files of some formats do not begin at 0.
    public var start: Double
    /// FFmpeg's name of the pictures' codec.
    public var codec: String
    /// By how many degrees the stored pictures are turned clockwise to be upright.
    public var rotation: Int
    public var hasSound: Bool

    /// From when to when frames are shown, in seconds; nil where the file does not say.
    public var times: ClosedRange<Double>? { duration.map { start...start + $0 } }
  }

  public let information: Information
  public let options: Options
  /// How many frames could not be decoded so far.
  public private(set) var damagedFrames = 0

  private let source: String
  private let format: FormatContext
  private let codec: CodecContext
  private let stream: Int32
  private let timeBase: AVRational
  private let converter: FrameConverter
  private var index = 0
  private var lastTime: Double?
  private var isAtEnd = false

  /// - Parameter source: a file's path, `-` for standard input, or an address.
  /// - Throws: ``VideoError``.
  public init(_ source: String, options: Options = Options()) throws(VideoError) {
    self.source = source
    self.options = options
    format = try FormatContext(source)
    let (index, decoder) = try format.pictures(source)
    guard let stream = format.stream(index) else { throw .noPictures(source: source) }
    (self.stream, timeBase) = (Int32(index), stream.pointee.time_base)
    codec = try CodecContext(decoder, stream, source: source, options)
    let rotation = Int(ffmpeg_rotation(stream))
    converter = FrameConverter(rotation: rotation, longestSide: options.longestSide)
    let parameters = stream.pointee.codecpar.pointee
    let (width, height) = (Int(parameters.width), Int(parameters.height))
    guard width > 0, height > 0 else { throw .noPictures(source: source) }
    let ratio = av_guess_sample_aspect_ratio(format.pointer, stream, nil)
    information = Information(
      size: FrameConverter.upright(Size(height: height, width: width), ratio: ratio, rotation: rotation),
      rate: Self.rate(stream), duration: format.duration(stream), start: format.start(stream),
      codec: String(cString: avcodec_get_name(parameters.codec_id)), rotation: rotation, hasSound: format.hasSound)
    if let start = options.range?.lowerBound { format.seek(to: start, index, stream) }
  }

  /// The next frame; nil at the end.
  ///
  /// - Throws: ``VideoError`` where the source breaks off, and at the next call again.
  public func next() throws(VideoError) -> VideoFrame? {
    while let frame = try codec.nextFrame(read) {
      if ffmpeg_is_damaged(frame) != 0 {
        damagedFrames += 1
        continue
      }
      let time = time(of: frame)
      if let range = options.range {
        if time < range.lowerBound { continue }
        if time > range.upperBound { return nil }
      }
      defer {
        index += 1
        lastTime = time
      }
      guard index % max(1, options.every) == 0 else { continue }
      let ratio = av_guess_sample_aspect_ratio(format.pointer, format.stream(Int(stream)), frame)
      guard let image = converter.image(frame, ratio: ratio, limit: options.pixelLimit) else {
        throw .tooLarge(
          source: source, width: Int(frame.pointee.width), height: Int(frame.pointee.height), limit: options.pixelLimit)
      }
      return VideoFrame(index: index, time: time, image: image)
    }
    damagedFrames += codec.takeDamaged()
    return nil
  }

  /// When a frame is shown. What has no time follows the one before at the video's rate. Where a file's times repeat or run
  /// backwards, frames follow each other by a tenth of a millisecond.
  private func time(of frame: UnsafeMutablePointer<AVFrame>) -> Double {
    damagedFrames += codec.takeDamaged()
    let stamp = frame.pointee.best_effort_timestamp
    // Divided last, so that two fifths of a second are 0.4.
    guard stamp != ffmpeg_no_time() else { return lastTime.map { $0 + 1 / (information.rate ?? 25) } ?? 0 }
    let time = Double(stamp) * Double(timeBase.num) / Double(timeBase.den)
    return lastTime.map { time > $0 ? time : $0 + 0.0001 } ?? time
  }

  /// The next packet of the pictures; nil at the end.
  private func read(_ packet: UnsafeMutablePointer<AVPacket>) throws(VideoError) -> Bool {
    while !isAtEnd {
      let result = av_read_frame(format.pointer, packet)
      if result == ffmpeg_end() {
        isAtEnd = true
      } else if result == ffmpeg_invalid_data() {
        continue
      } else if result < 0 {
        isAtEnd = true
        throw .cannotRead(source: source, reason: VideoError.reason(result))
      } else if packet.pointee.stream_index == stream {
        return true
      } else {
        av_packet_unref(packet)
      }
    }
    return false
  }

  private static func rate(_ stream: UnsafeMutablePointer<AVStream>) -> Double? {
    for rate in [stream.pointee.avg_frame_rate, stream.pointee.r_frame_rate] where rate.num > 0 && rate.den > 0 {
      return Double(rate)
    }
    return nil
  }
}

extension Double {
  init(_ ratio: AVRational) { self = ratio.den == 0 ? 0 : Double(ratio.num) / Double(ratio.den) }
}
