import PoseCore
import PoseFormats
import PoseImage

extension Image {
  /// Reads a JPEG, PNG or WebP file, or a HEIC or AVIF file where libheif is installed. The format is recognized by the
  /// first bytes. The pixels are those that OpenCV's `imread` gives: gray and CMYK pictures become RGB, transparency is
  /// dropped, 16-bit samples keep their high byte, and the EXIF orientation is applied, also that of a WebP.
  ///
  /// - Parameter pixelLimit: the largest number of pixels (width times height) that is accepted.
  /// - Throws: ``MediaError``.
  public init(contentsOf path: String, pixelLimit: Int = EncodedImage.defaultPixelLimit) throws(MediaError) {
    self = try Source(contentsOf: path, pixelLimit: pixelLimit).decoded()
  }

  /// Decodes the bytes of a picture file as ``init(contentsOf:pixelLimit:)`` does.
  ///
  /// - Throws: ``MediaError``.
  public init(encoded bytes: [UInt8], pixelLimit: Int = EncodedImage.defaultPixelLimit) throws(MediaError) {
    self = try Source(path: nil, bytes: bytes, pixelLimit: pixelLimit).decoded()
  }
}

/// The bytes of an encoded picture, with the path they were read from and the limit of pixels for decoding them.
struct Source: Sendable {
  let path: String?
  let bytes: [UInt8]
  let pixelLimit: Int

  /// How many of a file's first bytes tell its format.
  static let headCount = 32

  /// The largest file that is read, in bytes.
  static let fileLimit = 1 << 30

  func decoded() throws(MediaError) -> Image {
    switch try kind() {
    case .jpeg: try decodedJPEG()
    case .png: try decodedPNG().image
    case .webP: try decodedWebP().image
    case let format: try decodedHEIF(format)
    }
  }

  /// The format that the first bytes indicate.
  func kind() throws(MediaError) -> PictureFormat { try Self.kind(of: bytes, path: path) }

  private static func kind(of bytes: [UInt8], path: String?) throws(MediaError) -> PictureFormat {
    if let kind = PictureFormat(head: bytes) { return kind }
    if let format = ForeignFormat(head: Array(bytes.prefix(headCount))) {
      throw .foreignFormat(path: path, format)
    }
    throw .unknownFormat(path: path)
  }

  /// Refuses a picture whose header states an invalid size or too large a size, before memory is allocated for it.
  ///
  /// - Parameter factor: how many times smaller the sides are decoded.
  func checkSize(_ width: Int, _ height: Int, factor: Int = 1, format: String) throws(MediaError) {
    guard width > 0, height > 0 else {
      throw .damaged(path: path, format: format, reason: "its header says \(width) x \(height) pixels")
    }
    let (area, overflow) = width.dividedUp(by: factor).multipliedReportingOverflow(by: height.dividedUp(by: factor))
    guard !overflow, area <= pixelLimit, area <= Int.max / 8 else {
      throw .tooLarge(path: path, width: width, height: height, limit: pixelLimit)
    }
  }

  /// Refuses a picture for which the system has no memory left.
  func checkMemory(_ count: Int) throws(MediaError) {
    guard isMemoryAvailable(count) else { throw .noMemory(path: path, byteCount: count) }
  }

  /// Memory for samples, which `decode` fills.
  ///
  /// - Parameter workspace: the number of bytes that `decode` will allocate besides.
  func filledSamples(
    _ count: Int, workspace: Int = 0, _ decode: (UnsafeMutableBufferPointer<UInt8>) throws(MediaError) -> Void
  ) throws(MediaError) -> [UInt8] {
    try checkMemory(count + workspace)
    var failure: MediaError?
    let samples = [UInt8](unsafeUninitializedCapacity: count) { samples, initialized in
      samples.initialize(repeating: 0)
      initialized = count
      do throws(MediaError) { try decode(samples) } catch { failure = error }
    }
    if let failure { throw failure }
    return samples
  }

  /// An image of stored RGB pixels turned upright.
  func upright(
    _ pixels: [UInt8], _ orientation: Orientation, width: Int, height: Int, format: String
  ) throws(MediaError) -> Image {
    if orientation == .upright { return try image(width: width, height: height, pixels: pixels, format: format) }
    try checkMemory(pixels.count)
    let upright = pixels.withUnsafeBufferPointer { orientation.applied(to: $0, width: width, height: height) }
    return try image(width: upright.width, height: upright.height, pixels: upright.pixels, format: format)
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
    let head: [UInt8]
    do {
      // A file that is not a picture, such as a video, is not read to its end.
      head = try FileBytes.head(of: path, count: Self.headCount)
    } catch {
      throw .file(error)
    }
    // The head of a pipe or of an empty file is empty.
    if !head.isEmpty { _ = try Self.kind(of: head, path: path) }
    do {
      self.init(path: path, bytes: try FileBytes.read(path, limit: Self.fileLimit), pixelLimit: pixelLimit)
    } catch {
      throw .file(error)
    }
  }
}

extension EncodedImage {
  /// The bytes of a picture on standard input, as many as a file may have.
  ///
  /// - Throws: ``MediaError``.
  package static func standardInput() throws(MediaError) -> [UInt8] {
    do {
      return try FileBytes.readStandardInput(limit: Source.fileLimit)
    } catch {
      throw .file(error)
    }
  }

  /// Reads the header in the bytes that standard input had, which errors name.
  ///
  /// - Throws: ``MediaError``.
  package init(
    standardInput bytes: [UInt8], pixelLimit: Int = EncodedImage.defaultPixelLimit, decoding: Decoding = .exact
  ) throws(MediaError) {
    self = try Self(Source(path: FileBytes.standardInput, bytes: bytes, pixelLimit: pixelLimit), decoding)
  }

  /// The format that bytes indicate; nil if they are no picture.
  package static func format(of bytes: [UInt8]) -> PictureFormat? {
    PictureFormat(head: Array(bytes.prefix(Source.headCount)))
  }

  /// The format that a file's first bytes indicate; nil for other files and for files that cannot be read.
  package static func format(of path: String) -> PictureFormat? {
    (try? FileBytes.head(of: path, count: Source.headCount)).flatMap { PictureFormat(head: $0) }
  }

  /// Whether a file begins as a picture does, whatever it is called.
  ///
  /// - Returns: false for files that cannot be read, too.
  package static func isPicture(_ path: String) -> Bool {
    format(of: path) != nil
  }
}
