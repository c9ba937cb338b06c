import PoseCore
import PoseFormats

/// An error that prevents a picture from being read, drawn on or written. `path` is nil if the picture was given as
/// bytes.
public enum MediaError: UserError {
  /// The file itself could not be read or written.
  case file(FileError)
  /// The bytes begin like neither a JPEG nor a PNG.
  case unknownFormat(path: String?)
  /// The bytes begin like a format that cannot be read here.
  case foreignFormat(path: String?, ForeignFormat)
  /// The bytes are truncated or corrupt.
  case damaged(path: String?, format: String, reason: String)
  /// The picture has more pixels than the caller allows.
  case tooLarge(path: String?, width: Int, height: Int, limit: Int)
  /// The system does not have enough memory for the picture's pixels.
  case noMemory(path: String?, byteCount: Int)
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
    case .foreignFormat(let path, let format):
      "\(Self.name(path)) is \(format.name), but only JPEG and PNG can be read: \(format.remedy)"
    case .damaged(let path, let format, let reason):
      "\(Self.name(path)) is not a complete \(format) (\(reason)): copy or download it again, or save it again"
    case .tooLarge(let path, let width, let height, let limit):
      "\(Self.name(path)) has \(width) x \(height) pixels, more than the limit of \(Self.count(limit)): make it "
        + "smaller, or raise the limit with --max-pixels \(Self.megapixels(width, height))M (pixelLimit in code)"
    case .noMemory(let path, let byteCount):
      "no memory is left for the pixels of \(Self.name(path)), which take \(byteCount >> 20) MiB: make it smaller, "
        + "allow this process more memory, or decode a JPEG with --decoding reduced"
    case .unknownExtension(let path):
      "'\(path)' does not have a known extension: end its name in .png or .jpg"
    case .cannotEncode(let format, let reason):
      "the picture cannot be written as \(format) (\(reason)): try another format or a smaller picture"
    case .cannotDraw(let reason):
      "the picture cannot be drawn on (\(reason)): change its size or layout"
    }
  }

  private static func count(_ pixels: Int) -> String {
    pixels.isMultiple(of: 1_000_000) && pixels > 0 ? "\(pixels / 1_000_000)M" : "\(pixels)"
  }

  /// Rounded up.
  private static func megapixels(_ width: Int, _ height: Int) -> Int {
    Int((Double(width) * Double(height) / 1e6).rounded(.up))
  }

  private static func name(_ path: String?) -> String {
    path.map { "'\($0)'" } ?? "the picture"
  }
}
