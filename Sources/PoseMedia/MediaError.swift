import PoseCore
import PoseFormats

/// An error that prevents a picture from being read, drawn on or written. `path` is nil if the picture was given as
/// bytes.
public enum MediaError: UserError {
  /// The file itself could not be read or written.
  case file(FileError)
  /// The bytes begin like neither a JPEG nor a PNG.
  case unknownFormat(path: String?)
  /// The bytes are truncated or corrupt.
  case damaged(path: String?, format: String, reason: String)
  /// The picture has more pixels than the caller allows.
  case tooLarge(path: String?, width: Int, height: Int, limit: Int)
  /// The path to write to does not end in a known extension.
  case unknownExtension(path: String)
  /// A picture could not be encoded as a file.
  case cannotEncode(format: String, reason: String)
  /// A picture could not be drawn on.
  case cannotDraw(reason: String)
}

extension MediaError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .file(let error):
      "\(error)"
    case .unknownFormat(let path):
      "\(Self.name(path)) is neither a JPEG nor a PNG: convert it to one of them"
    case .damaged(let path, let format, let reason):
      "\(Self.name(path)) is not a complete \(format) (\(reason)): copy or download it again, or save it again"
    case .tooLarge(let path, let width, let height, let limit):
      "\(Self.name(path)) has \(width) x \(height) pixels, more than the limit of \(limit): make it smaller or raise the limit"
    case .unknownExtension(let path):
      "'\(path)' does not have a known extension: end its name in .png, .jpg or .jpeg"
    case .cannotEncode(let format, let reason):
      "the picture cannot be written as \(format) (\(reason)): try another format or a smaller picture"
    case .cannotDraw(let reason):
      "the picture cannot be drawn on (\(reason)): change its size or layout"
    }
  }

  private static func name(_ path: String?) -> String {
    path.map { "'\($0)'" } ?? "the picture"
  }
}
