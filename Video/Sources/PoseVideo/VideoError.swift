import CFFmpeg
import PoseCore

/// Why a video cannot be read or written.
public enum VideoError: UserError, Hashable {
  /// A file or an address that FFmpeg cannot open, with its reason.
  case cannotOpen(source: String, reason: String)
  /// A camera whose number is none.
  case noSuchCamera(source: String)
  /// A folder or a pattern without pictures.
  case noPictureFiles(source: String)
  /// A picture of a sequence that cannot be read, with the reason.
  case wrongPicture(String)
  /// A live source that broke off, and could not be opened again for a number of seconds.
  case lost(source: String, seconds: Double, reason: String)
  /// A source without moving or still pictures.
  case noPictures(source: String)
  /// Pictures of a codec that this FFmpeg does not have.
  case unknownCodec(source: String, codec: String)
  /// Pictures larger than was allowed.
  case tooLarge(source: String, size: Size, limit: Int)
  /// A source that breaks off.
  case cannotRead(source: String, reason: String)
  /// A video of which no frame could be read, or none of the times that were asked for; with those that it has.
  case noFrames(source: String, isRange: Bool, times: ClosedRange<Double>?)
  /// A file whose name's end names no format.
  case unknownFormat(path: String)
  /// An encoder that this FFmpeg does not have.
  case unknownEncoder(name: String)
  /// A file that cannot be written.
  case cannotWrite(path: String, reason: String)

  public var exitCode: Int32 {
    switch self {
    case .cannotWrite: 74
    case .unknownEncoder, .unknownFormat: 64
    default: 65
    }
  }

  public var description: String {
    switch self {
    case .cannotOpen(let source, let reason): "cannot open the video '\(source)': \(reason)"
    case .noSuchCamera(let source): "'\(source)' is no camera: camera:0 is the first"
    case .noPictureFiles(let source):
      "'\(source)' has no pictures: a folder of .jpg or .png files, or a pattern such as frames/%06d.jpg, is read as a video"
    case .wrongPicture(let reason): reason
    case .lost(let source, let seconds, let reason):
      "'\(source)' broke off and could not be opened again for \(Int(seconds)) seconds: \(reason)"
    case .noPictures(let source): "'\(source)' has no pictures: is it a video?"
    case .unknownCodec(let source, let codec):
      "the pictures of '\(source)' are coded as \(codec), which this FFmpeg cannot decode"
    case .tooLarge(let source, let size, let limit):
      "the pictures of '\(source)' have \(size.width) x \(size.height) pixels, but \(limit) are allowed"
    case .noFrames(let source, let isRange, let times):
      "no frame of '\(source)' " + (isRange ? "lies in the range" : "could be read")
        + (times.map { ": its times go from \(Self.text($0.lowerBound)) to \(Self.text($0.upperBound)) s" } ?? "")
    case .unknownFormat(let path): "'\(path)' names no format of videos: let its name end in .mp4, .mov or .mkv"
    case .unknownEncoder(let name):
      "this FFmpeg has no encoder '\(name)': `ffmpeg -encoders` lists those that it has"
    case .cannotWrite(let path, let reason): "cannot write the video '\(path)': \(reason)"
    case .cannotRead(let source, let reason): "cannot read the video '\(source)' further: \(reason)"
    }
  }

  /// In milliseconds at most.
  private static func text(_ seconds: Double) -> String { "\((seconds * 1000).rounded() / 1000)" }

  /// FFmpeg itself says nothing, since what matters of it is in the errors, and takes a gigabyte at once at the most.
  static let preparation: Void = {
    av_log_set_level(AV_LOG_QUIET)
    av_max_alloc(1 << 30)
  }()

  /// What an error number of FFmpeg says.
  static func reason(_ error: Int32) -> String {
    var text = [CChar](repeating: 0, count: 256)
    ffmpeg_describe(error, &text, text.count)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
