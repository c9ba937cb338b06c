import CWebP
import PoseCore
import PoseImage

/// The properties of the stored pixels that a WebP's header states.
struct WebPHeader: Sendable {
  let width: Int
  let height: Int
  let hasAlpha: Bool
  let isLossless: Bool

  /// Whether less memory is needed to decode the picture at a part of its size. Otherwise libwebp has all pixels, or all of
  /// the transparency, in memory anyway.
  var canBeReduced: Bool { !isLossless && !hasAlpha }

  /// The most bytes that libwebp allocates for a whole picture, besides its samples.
  var workspace: Int { width * height * (isLossless ? 4 : hasAlpha ? 1 : 0) }
}

extension Source {
  /// Decodes with libwebp as OpenCV does, and turns the picture upright.
  ///
  /// - Parameter keepsAlpha: whether the transparency is decoded, too.
  func decodedWebP(keepingAlpha keepsAlpha: Bool = false) throws(MediaError) -> (image: Image, alpha: [UInt8]?) {
    let header = try webPHeader()
    let (width, height) = (header.width, header.height)
    let orientation = Orientation(tiff: WebPChunks(bytes).exif)
    let keepsAlpha = keepsAlpha && header.hasAlpha
    let samples = keepsAlpha ? 4 : 3
    var pixels = try filledSamples(width * height * samples, workspace: header.workspace) {
      (memory) throws(MediaError) in
      try decodeWebP(header, samples: samples, into: memory)
    }
    let alpha = keepsAlpha ? splitAlpha(&pixels) : nil
    let image = try upright(pixels, orientation, width: width, height: height, format: "WebP")
    return (image, alpha.map { orientation.applied(toAlpha: $0, width: width, height: height) })
  }

  /// - Parameter factor: the reduction of the sides at which the picture must be within the limit of pixels, if it can be
  ///   reduced.
  func webPHeader(factor: Int = 1) throws(MediaError) -> WebPHeader {
    var features = WebPBitstreamFeatures()
    let status = bytes.withUnsafeBufferPointer { WebPGetFeatures($0.baseAddress, $0.count, &features) }
    if let reason = webPFailure(status) { throw .damaged(path: path, format: "WebP", reason: reason) }
    // An animation is recognized before, unless its first chunk is damaged.
    guard features.has_animation == 0 else {
      throw .foreignFormat(path: path, .animatedWebP)
    }
    let header = WebPHeader(
      width: Int(features.width), height: Int(features.height), hasAlpha: features.has_alpha != 0,
      isLossless: features.format == 2)
    try checkSize(header.width, header.height, factor: header.canBeReduced ? factor : 1, format: "WebP")
    return header
  }

  /// Decodes to interleaved samples as they are stored, at 1/`factor` of the size, rounded up.
  ///
  /// - Parameter count: the number of samples of a pixel: 3 for RGB, 4 for RGB and transparency.
  func decodeWebP(
    _ header: WebPHeader, factor: Int = 1, samples count: Int = 3, into samples: UnsafeMutableBufferPointer<UInt8>
  ) throws(MediaError) {
    let (columns, rows) = (header.width.dividedUp(by: factor), header.height.dividedUp(by: factor))
    precondition(samples.count >= columns * rows * count, "the memory is too small for the picture")
    var config = WebPDecoderConfig()
    guard WebPInitDecoderConfig(&config) != 0, let stride = Int32(exactly: columns * count),
      let width = Int32(exactly: columns), let height = Int32(exactly: rows)
    else {
      throw .damaged(path: path, format: "WebP", reason: "the installed libwebp does not read it")
    }
    config.output.colorspace = count == 4 ? MODE_RGBA : MODE_RGB
    config.output.is_external_memory = 1
    config.output.u.RGBA = WebPRGBABuffer(rgba: samples.baseAddress, stride: stride, size: samples.count)
    if factor > 1 {
      config.options.use_scaling = 1
      (config.options.scaled_width, config.options.scaled_height) = (width, height)
    }
    let status = bytes.withUnsafeBufferPointer { WebPDecode($0.baseAddress, $0.count, &config) }
    WebPFreeDecBuffer(&config.output)
    if status == VP8_STATUS_OUT_OF_MEMORY {
      throw .noMemory(path: path, byteCount: samples.count + header.workspace)
    }
    if let reason = webPFailure(status) { throw .damaged(path: path, format: "WebP", reason: reason) }
  }

  /// Takes the transparency out of samples of four a pixel, which stay as RGB.
  private func splitAlpha(_ samples: inout [UInt8]) -> [UInt8] {
    let count = samples.count / 4
    let alpha = [UInt8](unsafeUninitializedCapacity: count) { alpha, initialized in
      samples.withUnsafeMutableBufferPointer { samples in
        for pixel in 0..<count {
          alpha.initializeElement(at: pixel, to: samples[4 * pixel + 3])
          for channel in 0..<3 { samples[3 * pixel + channel] = samples[4 * pixel + channel] }
        }
      }
      initialized = count
    }
    samples.removeLast(count)
    return alpha
  }
}

/// What is wrong with a picture that libwebp does not decode; nil where it did.
private func webPFailure(_ status: VP8StatusCode) -> String? {
  switch status {
  case VP8_STATUS_OK: nil
  case VP8_STATUS_NOT_ENOUGH_DATA, VP8_STATUS_SUSPENDED: "it ends too early"
  case VP8_STATUS_UNSUPPORTED_FEATURE: "it uses what libwebp does not read"
  case VP8_STATUS_OUT_OF_MEMORY: "no memory"
  default: "its data is corrupt"
  }
}

extension Image {
  /// The picture as the bytes of a WebP file, which is lossless.
  ///
  /// - Throws: ``MediaError`` if a side is longer than a WebP can hold (16383 pixels).
  public func webP() throws(MediaError) -> [UInt8] { try webP(keeping: PictureExtras()) }

  /// - Parameter extras: what the file holds besides the colors.
  package func webP(keeping extras: PictureExtras) throws(MediaError) -> [UInt8] {
    let alpha = extras.alpha.flatMap { $0.count == width * height ? $0 : nil }
    let file = try losslessWebP(alpha)
    if extras.exif == nil, extras.profile == nil { return file }
    let hasAlpha = alpha?.contains { $0 != .max } ?? false
    guard
      let extended = WebPChunks.file(
        pixelsOf: file, width: width, height: height, hasAlpha: hasAlpha, exif: extras.exif, profile: extras.profile)
    else {
      throw .cannotEncode(format: "WebP", reason: "libwebp wrote something else")
    }
    return extended
  }

  private func losslessWebP(_ alpha: [UInt8]?) throws(MediaError) -> [UInt8] {
    guard max(width, height) <= WEBP_MAX_DIMENSION, let columns = Int32(exactly: width),
      let rows = Int32(exactly: height)
    else {
      throw .cannotEncode(
        format: "WebP", reason: "\(width) x \(height) pixels, but a side has at most \(WEBP_MAX_DIMENSION)")
    }
    var (config, picture, writer) = (WebPConfig(), WebPPicture(), WebPMemoryWriter())
    guard WebPConfigInit(&config) != 0, WebPConfigLosslessPreset(&config, effort) != 0, WebPPictureInit(&picture) != 0
    else {
      throw .cannotEncode(format: "WebP", reason: "the installed libwebp is another version than this program's")
    }
    // What libwebp takes besides the pixels that are given.
    guard isMemoryAvailable(width * height * 15) else { throw .cannotEncode(format: "WebP", reason: "no memory") }
    // Colors stay where nothing of them is seen.
    config.exact = 1
    (picture.use_argb, picture.width, picture.height) = (1, columns, rows)
    defer { WebPPictureFree(&picture) }
    guard WebPPictureAlloc(&picture) != 0, let argb = picture.argb else {
      throw .cannotEncode(format: "WebP", reason: "no memory")
    }
    let stride = Int(picture.argb_stride)
    for y in 0..<height {
      for x in 0..<width {
        let pixel = y * width + x
        let (red, green, blue) = (pixels[3 * pixel], pixels[3 * pixel + 1], pixels[3 * pixel + 2])
        let opacity = alpha.map { $0[pixel] } ?? .max
        argb[y * stride + x] = UInt32(opacity) << 24 | UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
      }
    }
    WebPMemoryWriterInit(&writer)
    defer { WebPMemoryWriterClear(&writer) }
    picture.writer = WebPMemoryWrite
    let isDone = withUnsafeMutablePointer(to: &writer) { writer in
      picture.custom_ptr = UnsafeMutableRawPointer(writer)
      return WebPEncode(&config, &picture) != 0
    }
    guard isDone else {
      let isMemory = [VP8_ENC_ERROR_OUT_OF_MEMORY, VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY].contains(picture.error_code)
      throw .cannotEncode(
        format: "WebP", reason: isMemory ? "no memory" : "libwebp's error \(picture.error_code.rawValue)")
    }
    return Array(UnsafeBufferPointer(start: writer.mem, count: writer.size))
  }
}

/// How long libwebp searches for a smaller lossless file, 0 to 9. On a photograph, 1 takes three times as long for 3% less.
private let effort: Int32 = 0
