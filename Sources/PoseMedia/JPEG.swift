import CTurboJPEG
import PoseCore
import PoseImage

/// What a JPEG's header says of its pixels as they are stored.
struct JPEGHeader: Sendable {
  let width: Int
  let height: Int
  /// Four inks, which are read as such and then turned into RGB.
  let isCMYK: Bool
}

extension Source {
  /// Decodes with libjpeg-turbo's exact integer transform and smooth chroma upsampling, which are OpenCV's too.
  func decodedJPEG() throws(MediaError) -> Image {
    let header = try jpegHeader()
    let count = header.width * header.height * (header.isCMYK ? 4 : 3)
    var failure: MediaError?
    let samples = [UInt8](unsafeUninitializedCapacity: count) { samples, initialized in
      samples.initialize(repeating: 0)
      initialized = count
      do throws(MediaError) { try decodeJPEG(header, into: samples) } catch { failure = error }
    }
    if let failure { throw failure }
    let pixels = header.isCMYK ? rgb(cmyk: samples) : samples
    let orientation = Orientation(jpeg: bytes)
    if orientation == .upright {
      return try image(width: header.width, height: header.height, pixels: pixels, format: "JPEG")
    }
    let upright = pixels.withUnsafeBufferPointer {
      orientation.applied(to: $0, width: header.width, height: header.height)
    }
    return try image(width: upright.width, height: upright.height, pixels: upright.pixels, format: "JPEG")
  }

  func jpegHeader() throws(MediaError) -> JPEGHeader {
    guard let decoder = tjInitDecompress() else { throw damagedJPEG("no memory for a decoder") }
    defer { tjDestroy(decoder) }
    var (width, height, subsampling, colors) = (Int32(), Int32(), Int32(), Int32())
    let status = bytes.withUnsafeBufferPointer {
      tjDecompressHeader3(
        decoder, $0.baseAddress, UInt($0.count), &width, &height, &subsampling, &colors)
    }
    guard status == 0 else { throw damagedJPEG(turboMessage(decoder)) }
    try checkSize(Int(width), Int(height), format: "JPEG")
    let isCMYK = colors == Int32(TJCS_CMYK.rawValue) || colors == Int32(TJCS_YCCK.rawValue)
    return JPEGHeader(width: Int(width), height: Int(height), isCMYK: isCMYK)
  }

  /// Decodes to interleaved samples as they are stored, at 1/`factor` of the size, rounded up.
  ///
  /// - Parameter factor: 1, 2, 4 or 8.
  func decodeJPEG(
    _ header: JPEGHeader, factor: Int = 1, into samples: UnsafeMutableBufferPointer<UInt8>
  ) throws(MediaError) {
    guard let decoder = tjInitDecompress() else { throw damagedJPEG("no memory for a decoder") }
    defer { tjDestroy(decoder) }
    let format = header.isCMYK ? TJPF_CMYK : TJPF_RGB
    let columns = (header.width + factor - 1) / factor
    let rows = (header.height + factor - 1) / factor
    guard samples.count >= columns * rows * (header.isCMYK ? 4 : 3), let width = Int32(exactly: columns),
      let height = Int32(exactly: rows)
    else { throw damagedJPEG("no memory for \(header.width) x \(header.height) pixels") }
    let status = bytes.withUnsafeBufferPointer {
      tjDecompress2(
        decoder, $0.baseAddress, UInt($0.count), samples.baseAddress, width, 0, height, format.rawValueAsInt32,
        TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
    }
    if status != 0 {
      // Stray bytes between two markers leave the picture whole: every other complaint means lost pixels.
      let message = turboMessage(decoder)
      let isHarmless = tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue) && message.contains("extraneous bytes")
      guard isHarmless else { throw damagedJPEG(message) }
    }
  }

  private func damagedJPEG(_ reason: String) -> MediaError {
    .damaged(path: path, format: "JPEG", reason: reason)
  }

  /// Each ink scaled by black with OpenCV's integer rounding. The samples are inverted, as Adobe writes them.
  private func rgb(cmyk: [UInt8]) -> [UInt8] {
    var pixels = [UInt8]()
    pixels.reserveCapacity(cmyk.count / 4 * 3)
    for pixel in stride(from: 0, to: cmyk.count, by: 4) {
      let black = Int(cmyk[pixel + 3])
      for ink in cmyk[pixel..<pixel + 3] {
        pixels.append(UInt8(truncatingIfNeeded: black - (((255 - Int(ink)) * black) >> 8)))
      }
    }
    return pixels
  }
}

extension Image {
  /// The picture as a JPEG file's bytes. From quality 90 on colours keep their full resolution, below it half.
  ///
  /// - Parameter quality: 1 (small) to 100 (faithful); values outside are taken as the nearest of these.
  /// - Throws: ``MediaError`` where a side is longer than a JPEG can hold (65500 pixels).
  public func jpeg(quality: Int = 95) throws(MediaError) -> [UInt8] {
    guard let columns = Int32(exactly: width), let rows = Int32(exactly: height), max(width, height) <= 65500 else {
      throw .cannotEncode(format: "JPEG", reason: "\(width) x \(height) pixels, but a side has at most 65500")
    }
    guard let encoder = tjInitCompress() else {
      throw .cannotEncode(format: "JPEG", reason: "no memory for an encoder")
    }
    defer { tjDestroy(encoder) }
    let quality = min(max(quality, 1), 100)
    let subsampling = quality >= 90 ? TJSAMP_444 : TJSAMP_420
    var memory: UnsafeMutablePointer<UInt8>?
    var count: UInt = 0
    defer { tjFree(memory) }
    let status = pixels.withUnsafeBufferPointer {
      tjCompress2(
        encoder, $0.baseAddress, columns, 0, rows, TJPF_RGB.rawValueAsInt32, &memory, &count,
        Int32(subsampling.rawValue), Int32(quality), TJFLAG_ACCURATEDCT)
    }
    guard status == 0, let memory else { throw .cannotEncode(format: "JPEG", reason: turboMessage(encoder)) }
    return [UInt8](UnsafeBufferPointer(start: memory, count: Int(count)))
  }
}

extension TJPF {
  fileprivate var rawValueAsInt32: Int32 { Int32(truncatingIfNeeded: rawValue) }
}

private func turboMessage(_ handle: tjhandle) -> String {
  tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown error"
}
