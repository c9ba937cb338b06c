import PoseCore
import PoseFormats
import PoseImage

extension Image {
  /// Reads a JPEG or PNG file, whose format is recognized by its first bytes. The pixels are those that OpenCV's
  /// `imread` gives: gray and CMYK pictures become RGB, transparency is dropped, 16-bit samples keep their high byte,
  /// and a JPEG's EXIF orientation is applied.
  ///
  /// - Parameter pixelLimit: the largest number of pixels (width times height) that is accepted.
  /// - Throws: ``MediaError``.
  public init(contentsOf path: String, pixelLimit: Int = 100_000_000) throws(MediaError) {
    self = try Source(contentsOf: path, pixelLimit: pixelLimit).decoded()
  }

  /// Decodes the bytes of a JPEG or PNG file as ``init(contentsOf:pixelLimit:)`` does.
  ///
  /// - Throws: ``MediaError``.
  public init(encoded bytes: [UInt8], pixelLimit: Int = 100_000_000) throws(MediaError) {
    self = try Source(path: nil, bytes: bytes, pixelLimit: pixelLimit).decoded()
  }
}

/// The bytes of an encoded picture, with the path they were read from and the limit of pixels for decoding them.
struct Source: Sendable {
  let path: String?
  let bytes: [UInt8]
  let pixelLimit: Int

  enum Kind { case jpeg, png }

  func decoded() throws(MediaError) -> Image {
    switch try kind() {
    case .jpeg: try decodedJPEG()
    case .png: try decodedPNG()
    }
  }

  /// The format that the first bytes indicate.
  func kind() throws(MediaError) -> Kind {
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
    if bytes.starts(with: PNGChunks.signature) { return .png }
    throw .unknownFormat(path: path)
  }

  /// Refuses a picture whose header states an invalid size or too large a size, before memory is allocated for it.
  func checkSize(_ width: Int, _ height: Int, format: String) throws(MediaError) {
    guard width > 0, height > 0 else {
      throw .damaged(path: path, format: format, reason: "its header says \(width) x \(height) pixels")
    }
    let (area, overflow) = width.multipliedReportingOverflow(by: height)
    guard !overflow, area <= pixelLimit, area <= Int.max / 8 else {
      throw .tooLarge(path: path, width: width, height: height, limit: pixelLimit)
    }
  }

  func image(width: Int, height: Int, pixels: [UInt8], format: String) throws(MediaError) -> Image {
    do {
      return try Image(width: width, height: height, pixels: pixels)
    } catch {
      throw .damaged(path: path, format: format, reason: "\(error)")
    }
  }
}

extension Source {
  init(contentsOf path: String, pixelLimit: Int) throws(MediaError) {
    do {
      self.init(path: path, bytes: try FileBytes.read(path, limit: 1 << 30), pixelLimit: pixelLimit)
    } catch {
      throw .file(error)
    }
  }
}
