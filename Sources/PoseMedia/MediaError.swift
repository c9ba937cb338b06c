import PoseCore
import PoseFormats

/// An error that prevents a picture from being read, drawn on or written. `path` is nil if the picture was given as
/// bytes.
public enum MediaError: UserError {
  /// The file itself could not be read or written.
  case file(FileError)
  /// The bytes begin like no picture that is known.
  case unknownFormat(path: String?)
  /// The bytes begin like a format that cannot be read here.
  case foreignFormat(path: String?, ForeignFormat)
  /// The picture needs a library, or a part of one, that is not installed.
  case noDecoder(path: String?, format: String, missing: MissingDecoder)
  /// The bytes are truncated or corrupt.
  case damaged(path: String?, format: String, reason: String)
  /// The picture has more pixels than the caller allows.
  case tooLarge(path: String?, width: Int, height: Int, limit: Int)
  /// The system does not have enough memory for the picture's pixels.
  case noMemory(path: String?, byteCount: Int)
  /// The path to write to does not end in a known extension.
  case unknownExtension(path: String)
  /// A file that was to be a mask has no class numbers.
  case noMask(path: String?, reason: String)
  /// The path of a mask that is to be written does not end in `.png`.
  case noMaskFormat(path: String)
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
      "\(Self.name(path)) is no JPEG, PNG, WebP, HEIC or AVIF: convert it to one of them"
    case .foreignFormat(let path, let format):
      "\(Self.name(path)) is \(format.name), but only JPEG, PNG, WebP, HEIC and AVIF can be read: \(format.remedy)"
    case .noDecoder(let path, let format, let missing):
      "\(Self.name(path)) is \(format == "AVIF" ? "an" : "a") \(format) file, \(missing)"
    case .damaged(let path, let format, let reason):
      "\(Self.name(path)) is not a complete \(format) (\(reason)): copy or download it again, or save it again"
    case .tooLarge(let path, let width, let height, let limit):
      "\(Self.name(path)) has \(width) x \(height) pixels, more than the limit of \(Self.count(limit)): make it "
        + "smaller, or raise the limit with --max-pixels \(Self.megapixels(width, height))M (pixelLimit in code)"
    case .noMemory(let path, let byteCount):
      "no memory is left for the pixels of \(Self.name(path)), which take \(byteCount >> 20) MiB: make it smaller, "
        + "allow this process more memory, or decode a JPEG with --decoding reduced"
    case .unknownExtension(let path):
      "'\(path)' does not have a known extension: end its name in .png, .jpg or .webp"
    case .noMask(let path, let reason):
      "\(Self.name(path)) is no mask of class numbers (\(reason)): save it as a PNG of 8-bit gray values or with a palette"
    case .noMaskFormat(let path):
      "'\(path)' does not end in .png, the format of masks: end its name so"
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
    path.map(\.fileInWords) ?? "the picture"
  }
}

/// What a HEIC or AVIF picture cannot be read without.
public enum MissingDecoder: Sendable, Hashable {
  /// libheif itself.
  case library
  /// A decoder of libheif, with Debian's name of a package that has it.
  case codec(String, package: String)
  /// Something that the installed libheif does not know.
  case other(reason: String)
}

extension MissingDecoder: CustomStringConvertible {
  public var description: String {
    switch self {
    case .library:
      "which libheif reads, and libheif is not installed: 'apt install libheif1' (Debian, Ubuntu) or 'brew install "
        + "libheif' (macOS) does it, or convert the picture where it comes from"
    case .codec(let codec, let package):
      "and libheif has no decoder for \(codec): 'apt install \(package)' (Debian 13, Ubuntu 24.04) brings one"
    case .other(let reason):
      "which the installed libheif cannot decode (\(reason)): install a newer one, or convert the picture"
    }
  }
}
