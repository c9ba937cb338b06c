import CFFmpeg
import PoseCore
import PoseImage

/// Writes pictures as a video that browsers play: MP4 with H.264, each picture at its own time, with the sound of another
/// file beside it.
///
/// While it is written, the file is in fragments, each of which plays even where the program is killed after it. ``finish()``
/// puts what players need at the file's start.
///
/// ```swift
/// let writer = try VideoWriter("out.mp4", size: size)
/// try writer.write(image, at: 0.04)
/// try writer.finish()
/// ```
///
/// One task at a time may use a writer.
public final class VideoWriter {
  public struct Options: Sendable, Hashable {
    /// FFmpeg's name of the encoder. libx264 is under the GPL; libopenh264 and the encoders of hardware are not.
    public var encoder = "libx264"
    /// The encoder's constant rate factor: less is better and larger.
    public var quality = 21
    /// A video whose sound is copied as it is; nil for a video without sound.
    public var sound: String?
    /// The time in the sound's file at which this video begins, in seconds.
    public var start = 0.0
    /// Frames a second in the mean, which encoders go by; times are those of the frames whatever it is.
    public var rate: Double?
    /// By how many degrees players are to turn the pictures clockwise; for tests.
    var rotation = 0

    public init() {}
  }

  public let path: String
  public let size: Size
  private let options: Options
  private let output: OutputContext
  private let encoder: Encoder
  private let sound: SoundCopy?
  /// FFmpeg's name of the codec of sound that is left out, since the file's format does not hold it; nil where nothing is.
  public let missingSound: String?
  private var lastTime: Double?
  private var isFinished = false

  /// - Parameters:
  ///   - path: of the file, whose name ends in `.mp4`, `.mov` or `.mkv`. A file that is there is replaced.
  ///   - size: of all pictures. Odd sides get a row or a column more, as the codec asks.
  /// - Throws: ``VideoError``.
  public init(_ path: String, size: Size, options: Options = Options()) throws(VideoError) {
    (self.path, self.size, self.options) = (path, size, options)
    // First, so that a file that is there stays where the encoder cannot be used.
    encoder = try Encoder(size, options, path: path, usesGlobalHeader: OutputContext.usesGlobalHeader(path))
    output = try OutputContext(path)
    encoder.addStream(to: output, rotation: options.rotation)
    let copy =
      if let source = options.sound { try SoundCopy(of: source, from: options.start) } else { nil as SoundCopy? }
    let fits = copy?.fits(output) ?? true
    (sound, missingSound) = (fits ? copy : nil, fits ? nil : copy?.codec)
    sound?.addStream(to: output)
    try output.begin()
  }

  /// Adds a picture.
  ///
  /// - Parameters:
  ///   - image: of the video's size.
  ///   - time: when it is shown, in seconds after the start; later than the one before.
  /// - Throws: ``VideoError`` where the file cannot be written.
  public func write(_ image: Image, at time: Double) throws(VideoError) {
    precondition(image.width == size.width && image.height == size.height, "all pictures of a video have one size")
    precondition(!isFinished && time > lastTime ?? -.infinity, "times of a video rise")
    lastTime = time
    try sound?.copy(until: time, to: output)
    try encoder.encode(image, at: time) { (packet) throws(VideoError) in try output.write(packet) }
  }

  /// Writes what the encoder still holds and the end of the file.
  ///
  /// - Throws: ``VideoError`` where the file cannot be written.
  public func finish() throws(VideoError) {
    if isFinished { return }
    isFinished = true
    try encoder.encode(nil, at: 0) { (packet) throws(VideoError) in try output.write(packet) }
    if let lastTime { try sound?.copy(until: lastTime + 1 / (options.rate ?? 25), to: output) }
    try output.end()
    try FastStart.apply(to: path)
  }
}
