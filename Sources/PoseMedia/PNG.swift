import CPNG
import PoseCore
import PoseImage

/// The chunks of a PNG file that its pixels depend on.
struct PNGChunks {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// A PNG file that has only the critical chunks. Without gamma, profile and transparency chunks, libpng leaves the
  /// samples as they are stored, and so does OpenCV. Compressed text, which could expand to a huge size, is left out,
  /// too.
  var file = signature
  var bitDepth = 0
  var hasAlpha = false

  /// - Returns: nil if the bytes end before the `IEND` chunk.
  init?(_ bytes: [UInt8]) {
    file.reserveCapacity(bytes.count)
    var position = Self.signature.count
    while position + 12 <= bytes.count {
      let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      let (kind, body) = (bytes[position + 4..<position + 8], position + 8)
      guard length <= bytes.count - body - 4 else { return nil }
      let end = body + length + 4
      if kind.elementsEqual("IHDR".utf8), length == 13 {
        bitDepth = Int(bytes[body + 8])
        hasAlpha = bytes[body + 9] & 4 != 0
      }
      // Bit 5 of the first letter of a chunk's name says that a reader may skip the chunk.
      if bytes[position + 4] & 0x20 == 0 { file.append(contentsOf: bytes[position..<end]) }
      if kind.elementsEqual("IEND".utf8) { return }
      position = end
    }
    return nil
  }
}

extension Source {
  /// Decodes with libpng's simplified interface. There is one difference from OpenCV: 16-bit samples in a picture with
  /// transparency are rounded to 8 bits, not truncated.
  func decodedPNG() throws(MediaError) -> Image {
    guard let chunks = PNGChunks(bytes) else { throw damagedPNG("it ends too early") }
    var control = png_image()
    control.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&control) }
    // libpng keeps the pointer until the pixels are read, so everything happens inside this closure.
    let result = chunks.file.withUnsafeBytes { file -> Result<(Int, Int, [UInt8]), MediaError> in
      guard png_image_begin_read_from_memory(&control, file.baseAddress, file.count) != 0 else {
        return .failure(damagedPNG(control.text))
      }
      let (width, height) = (Int(control.width), Int(control.height))
      do throws(MediaError) {
        try checkSize(width, height, format: "PNG")
      } catch {
        return .failure(error)
      }
      let pixels =
        if chunks.bitDepth == 16, !chunks.hasAlpha {
          // libpng takes 16-bit samples without a gamma chunk to be linear. They are read as linear ones, so that
          // libpng does not convert them.
          read(&control, format: PNGFormat.color | PNGFormat.linear, samples: 3, as: UInt16.self)?
            .map { UInt8(truncatingIfNeeded: $0 >> 8) }
        } else if chunks.hasAlpha {
          read(&control, format: PNGFormat.color | PNGFormat.alpha, samples: 4, as: UInt8.self).map(withoutAlpha)
        } else {
          read(&control, format: PNGFormat.color, samples: 3, as: UInt8.self)
        }
      guard let pixels else { return .failure(damagedPNG(control.text)) }
      return .success((width, height, pixels))
    }
    let (width, height, pixels) = try result.get()
    return try image(width: width, height: height, pixels: pixels, format: "PNG")
  }

  /// Width and height, read from the first chunk.
  func pngSize() throws(MediaError) -> (width: Int, height: Int) {
    guard bytes.count >= 24, bytes[12..<16].elementsEqual("IHDR".utf8) else {
      throw damagedPNG("it does not begin with a header")
    }
    func number(at position: Int) -> Int { bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) } }
    try checkSize(number(at: 16), number(at: 20), format: "PNG")
    return (number(at: 16), number(at: 20))
  }

  private func damagedPNG(_ reason: String) -> MediaError {
    .damaged(path: path, format: "PNG", reason: reason)
  }

  /// - Returns: nil if libpng reports a warning or an error, so that corrupt data is not taken for pixels.
  private func read<Sample: FixedWidthInteger>(
    _ control: inout png_image, format: UInt32, samples: Int, as: Sample.Type
  ) -> [Sample]? {
    control.format = format
    if format & PNGFormat.linear == 0 { control.flags |= PNGFormat.sixteenBitIsSRGB }
    let count = Int(control.width) * Int(control.height) * samples
    var isWhole = false
    let result = [Sample](unsafeUninitializedCapacity: count) { buffer, initialized in
      buffer.initialize(repeating: 0)
      isWhole = png_image_finish_read(&control, nil, buffer.baseAddress, 0, nil) != 0 && control.warning_or_error == 0
      initialized = count
    }
    return isWhole ? result : nil
  }

  private func withoutAlpha(_ samples: [UInt8]) -> [UInt8] {
    var pixels = [UInt8]()
    pixels.reserveCapacity(samples.count / 4 * 3)
    for pixel in stride(from: 0, to: samples.count, by: 4) { pixels.append(contentsOf: samples[pixel..<pixel + 3]) }
    return pixels
  }
}

extension Image {
  /// The picture as the bytes of a PNG file, which is lossless.
  ///
  /// - Throws: ``MediaError`` if the picture is larger than libpng accepts.
  public func png() throws(MediaError) -> [UInt8] {
    guard width <= 1_000_000, height <= 1_000_000 else {
      throw .cannotEncode(format: "PNG", reason: "\(width) x \(height) pixels, but a side has at most 1000000")
    }
    var control = png_image()
    control.version = png_uint_32(PNG_IMAGE_VERSION)
    control.width = png_uint_32(width)
    control.height = png_uint_32(height)
    control.format = PNGFormat.color
    defer { png_image_free(&control) }
    // Room for the rows with one filter byte each, for the largest output that deflate makes of them, and for the
    // headers of many small chunks.
    let raw = pixels.count + height
    var count = png_alloc_size_t(raw + raw / 8 + raw / 64 + raw / 256 + 4096)
    var isWritten = false
    let file = [UInt8](unsafeUninitializedCapacity: Int(count)) { file, initialized in
      isWritten = png_image_write_to_memory(&control, file.baseAddress, &count, 0, pixels, 0, nil) != 0
      initialized = isWritten ? Int(count) : 0
    }
    guard isWritten else { throw .cannotEncode(format: "PNG", reason: control.text) }
    return file
  }
}

/// libpng's format bits. Swift does not import all of the macros that define them.
private enum PNGFormat {
  static let alpha: UInt32 = 0x01
  static let color: UInt32 = 0x02
  static let linear: UInt32 = 0x04
  /// A flag, not a format: 16-bit samples without a gamma chunk are sRGB rather than linear.
  static let sixteenBitIsSRGB: UInt32 = 0x04
}

extension png_image {
  fileprivate var text: String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
