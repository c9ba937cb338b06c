import CPoseJPEG
import PoseCore
import PoseImage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The properties of the stored pixels that a JPEG's header states.
struct JPEGHeader: Sendable {
  let width: Int
  let height: Int
  /// Whether the pixels have four inks. These are decoded as they are and then converted to RGB.
  let isCMYK: Bool

  /// The number of samples of the whole picture at 1/`factor` of its size.
  func sampleCount(factor: Int = 1) -> Int {
    width.dividedUp(by: factor) * height.dividedUp(by: factor) * (isCMYK ? 4 : 3)
  }

  /// The most bytes that decoding takes: a progressive picture's coefficients have two bytes each.
  func memory(factor: Int) -> Int { sampleCount(factor: factor) + 2 * sampleCount() }
}

extension Source {
  /// Decodes with libjpeg-turbo's exact integer transform and smooth chroma upsampling, as OpenCV does.
  func decodedJPEG() throws(MediaError) -> Image {
    let header = try jpegHeader()
    let samples = try filledSamples(header.sampleCount()) { (memory) throws(MediaError) in
      try decodeJPEG(header, into: memory)
    }
    let pixels = header.isCMYK ? rgb(cmyk: samples) : samples
    return try upright(
      pixels, Orientation(jpeg: bytes), width: header.width, height: header.height, format: "JPEG")
  }

  /// - Parameter factor: the reduction of the sides at which the picture must be within the limit of pixels.
  func jpegHeader(factor: Int = 1) throws(MediaError) -> JPEGHeader {
    var header = pose_jpeg_header()
    try checked(memory: bytes.count) { bytes, message in
      pose_read_jpeg_header(bytes.baseAddress, bytes.count, &header, message)
    }
    try checkSize(header.width, header.height, factor: factor, format: "JPEG")
    return JPEGHeader(width: header.width, height: header.height, isCMYK: header.is_cmyk != 0)
  }

  /// Decodes the interleaved samples as they are stored, at 1/`factor` of the size, rounded up.
  ///
  /// - Parameter factor: 1, 2, 4 or 8.
  func decodeJPEG(
    _ header: JPEGHeader, factor: Int = 1, into samples: UnsafeMutableBufferPointer<UInt8>
  ) throws(MediaError) {
    precondition(samples.count >= header.sampleCount(factor: factor), "the memory is too small for the picture")
    try checked(memory: header.memory(factor: factor)) { bytes, message in
      pose_decode_jpeg(
        bytes.baseAddress, bytes.count, Int32(factor), header.width.dividedUp(by: factor),
        header.height.dividedUp(by: factor), samples.baseAddress, message)
    }
  }

  /// Decodes the pixels of a region, and perhaps some around it. They are written to the positions that they have in
  /// the whole picture at 1/`factor` of its size, and equal those of a picture that is decoded as a whole. Rows below
  /// the region are not even read. A region that lies outside the picture has no pixels.
  ///
  /// - Parameter region: the region in pixels of the stored picture.
  func decodeJPEG(
    _ header: JPEGHeader, region: BoundingBox, factor: Int, into samples: UnsafeMutableBufferPointer<UInt8>
  ) throws(MediaError) {
    precondition(samples.count >= header.sampleCount(factor: factor), "the memory is too small for the picture")
    let (columns, rows) = (header.width.dividedUp(by: factor), header.height.dividedUp(by: factor))
    func covered(_ start: Double, _ extent: Double, _ count: Int) -> Range<Int>? {
      // A pixel of the reduced picture lies between the pixels that it replaces, so one more is needed on both sides.
      let margin = factor == 1 ? 0.0 : 1.0
      let first = (start / Double(factor) - margin).rounded(.down)
      let last = ((start + extent) / Double(factor) + margin).rounded(.up)
      guard first < Double(count), last >= 0 else { return nil }
      let (low, high) = (Int(max(first, 0)), Int(min(last, Double(count - 1))))
      return low <= high ? low..<high + 1 : nil
    }
    guard let x = covered(region.x, region.width, columns), let y = covered(region.y, region.height, rows) else {
      return
    }
    try checked(memory: header.memory(factor: factor)) { bytes, message in
      pose_decode_jpeg_region(
        bytes.baseAddress, bytes.count, Int32(factor), columns, rows,
        pose_region(left: x.lowerBound, top: y.lowerBound, right: x.upperBound, bottom: y.upperBound),
        samples.baseAddress, message)
    }
  }

  /// Passes the file's bytes to one of the C functions, and throws an error if it fails.
  ///
  /// - Parameter memory: the number of bytes that the function may need, which the error about missing memory states.
  private func checked(
    memory: Int, _ call: (UnsafeBufferPointer<UInt8>, UnsafeMutablePointer<CChar>) -> Int32
  ) throws(MediaError) {
    var code: Int32 = 0
    let reason = jpegFailure { message in
      code = bytes.withUnsafeBufferPointer { call($0, message) }
      return code
    }
    guard let reason else { return }
    if code == POSE_JPEG_NO_MEMORY { throw .noMemory(path: path, byteCount: memory) }
    throw .damaged(path: path, format: "JPEG", reason: reason)
  }

  /// Multiplies each ink by black, with OpenCV's integer rounding. The samples are inverted, as Adobe writes them.
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
  /// The picture as the bytes of a JPEG file. Colors keep their full resolution if the quality is 90 or higher, and
  /// half of it otherwise.
  ///
  /// - Parameter quality: 1 (smallest file) to 100 (best picture); other values are clamped to this range.
  /// - Throws: ``MediaError`` if a side is longer than a JPEG can hold (65500 pixels).
  public func jpeg(quality: Int = 95) throws(MediaError) -> [UInt8] {
    guard let columns = Int32(exactly: width), let rows = Int32(exactly: height), max(width, height) <= 65500 else {
      throw .cannotEncode(format: "JPEG", reason: "\(width) x \(height) pixels, but a side has at most 65500")
    }
    let quality = min(max(quality, 1), 100)
    let chroma: Int32 = quality >= 90 ? 1 : 2
    return try encodeJPEG(
      pixels,
      pose_jpeg_format(
        width: columns, height: rows, components: 3, quality: Int32(quality), horizontal: chroma, vertical: chroma,
        is_progressive: 0))
  }

  /// The picture as a JPEG file's bytes with its EXIF and its profile; transparency has no place in one.
  func jpeg(quality: Int = 95, keeping extras: PictureExtras) throws(MediaError) -> [UInt8] {
    let file = try jpeg(quality: quality)
    var segments: [UInt8] = []
    if let exif = extras.exif {
      segments += JPEGSegments.segment(JPEGSegments.exifMarker, JPEGSegments.exifName + exif) ?? []
    }
    if let profile = extras.profile {
      let most = 0xFFFF - 2 - JPEGSegments.profileName.count - 2
      let starts = stride(from: 0, to: profile.count, by: most)
      let total = profile.count.dividedUp(by: most)
      for (index, start) in starts.enumerated() where total <= 255 {
        let part = profile[start..<min(start + most, profile.count)]
        let body = JPEGSegments.profileName + [UInt8(index + 1), UInt8(total)] + part
        segments += JPEGSegments.segment(JPEGSegments.profileMarker, body) ?? []
      }
    }
    if segments.isEmpty { return file }
    // After the JFIF header, with which readers expect the file to begin.
    let header = JPEGSegments(file).first { $0.marker == 0xE0 }
    let end = header?.body.endIndex ?? 2
    return file[..<end] + segments + file[end...]
  }
}

/// Encodes interleaved samples.
func encodeJPEG(_ samples: [UInt8], _ format: pose_jpeg_format) throws(MediaError) -> [UInt8] {
  precondition(
    samples.count >= Int(format.width) * Int(format.height) * Int(format.components), "the picture lacks samples")
  var memory: UnsafeMutablePointer<UInt8>?
  var count = 0
  if let reason = jpegFailure({ pose_encode_jpeg(samples, format, &memory, &count, $0) }) {
    throw .cannotEncode(format: "JPEG", reason: reason)
  }
  defer { free(memory) }
  return Array(UnsafeBufferPointer(start: memory, count: count))
}

/// The reason why a call of one of the C functions failed, or nil if it succeeded.
private func jpegFailure(_ call: (UnsafeMutablePointer<CChar>) -> Int32) -> String? {
  libraryFailure(messageCount: Int(POSE_JPEG_MESSAGE), call)
}
