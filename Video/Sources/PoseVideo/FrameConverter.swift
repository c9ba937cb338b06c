import CFFmpeg
import PoseCore
import PoseImage

/// Makes upright RGB pictures with square pixels of decoded frames.
final class FrameConverter {
  private let rotation: Int
  private let longestSide: Int?
  private var scaler: OpaquePointer?
  /// The size of the first picture, which those after it get too, so that coordinates and drawn videos have one.
  private var size: Size?
  private var room = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  init(rotation: Int, longestSide: Int?) { (self.rotation, self.longestSide) = (rotation, longestSide) }

  deinit {
    sws_freeContext(scaler)
    room.deallocate()
  }

  /// The size of an upright picture.
  ///
  /// - Parameters:
  ///   - size: as it is stored.
  ///   - ratio: the width of a pixel by its height, 0 where nobody knows.
  static func upright(_ size: Size, ratio: AVRational, rotation: Int) -> Size {
    let square = squared(size, ratio)
    return rotation % 180 == 0 ? square : Size(height: square.width, width: square.height)
  }

  /// Pixels become square by more of them, so that nothing is lost.
  private static func squared(_ size: Size, _ ratio: AVRational) -> Size {
    let ratio = Double(ratio)
    if ratio <= 0 || abs(ratio - 1) < 1e-6 { return size }
    return ratio > 1
      ? Size(height: size.height, width: Int((Double(size.width) * min(ratio, 100)).rounded()))
      : Size(height: Int((Double(size.height) / max(ratio, 0.01)).rounded()), width: size.width)
  }

  /// The frame as a picture; nil where it has more pixels than the limit.
  func image(_ frame: SourceFrame, limit: Int) -> Image? {
    switch frame.picture {
    case .decoded(let decoded): image(decoded, ratio: frame.ratio, limit: limit)
    case .image(let image): scaled(image, limit: limit)
    }
  }

  private func image(_ frame: UnsafeMutablePointer<AVFrame>, ratio: AVRational, limit: Int) -> Image? {
    let stored = Size(height: Int(frame.pointee.height), width: Int(frame.pointee.width))
    guard let size = shown(stored, ratio, limit: limit) else { return nil }
    guard let scaler = scaler(from: stored, AVPixelFormat(frame.pointee.format), to: size) else { return nil }
    setColors(of: frame, scaler)
    let pixels = withUnsafeBytes(of: &frame.pointee.data) { data in
      withUnsafeBytes(of: &frame.pointee.linesize) { lines in
        scaled(
          data.bindMemory(to: UnsafePointer<UInt8>?.self), lines.bindMemory(to: Int32.self), rows: stored.height,
          scaler, to: size)
      }
    }
    return try? Image(width: size.width, height: size.height, pixels: pixels).turned(clockwise: rotation)
  }

  /// An upright picture at the size that all pictures get.
  private func scaled(_ image: Image, limit: Int) -> Image? {
    let stored = Size(height: image.height, width: image.width)
    guard let size = shown(stored, AVRational(num: 1, den: 1), limit: limit) else { return nil }
    if size == stored { return image }
    guard let scaler = scaler(from: stored, AV_PIX_FMT_RGB24, to: size) else { return nil }
    let pixels = image.pixels.withUnsafeBufferPointer { pixels in
      let (rows, strides) = ([pixels.baseAddress, nil, nil, nil], [Int32(3 * stored.width), 0, 0, 0])
      return rows.withUnsafeBufferPointer { rows in
        strides.withUnsafeBufferPointer { scaled(rows, $0, rows: stored.height, scaler, to: size) }
      }
    }
    return try? Image(width: size.width, height: size.height, pixels: pixels)
  }

  private func scaler(from stored: Size, _ format: AVPixelFormat, to size: Size) -> OpaquePointer? {
    let flags = size == stored ? SWS_BILINEAR | SWS_ACCURATE_RND : SWS_AREA | SWS_ACCURATE_RND
    scaler = sws_getCachedContext(
      scaler, Int32(stored.width), Int32(stored.height), format, Int32(size.width), Int32(size.height),
      AV_PIX_FMT_RGB24,
      flags, nil, nil, nil)
    return scaler
  }

  private func scaled(
    _ planes: UnsafeBufferPointer<UnsafePointer<UInt8>?>, _ strides: UnsafeBufferPointer<Int32>, rows: Int,
    _ scaler: OpaquePointer, to size: Size
  ) -> [UInt8] {
    let count = 3 * size.width * size.height
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      // The scaler writes whole vectors, beyond the last pixel too.
      let room = memory(count + 64)
      var targets = [room.baseAddress, nil, nil, nil]
      var targetStrides = [Int32(3 * size.width), 0, 0, 0]
      _ = sws_scale(
        scaler, planes.baseAddress, strides.baseAddress, 0, Int32(rows), &targets, &targetStrides)
      _ = buffer.initialize(fromContentsOf: room[..<count])
      filled = count
    }
  }

  /// The size at which a stored picture is shown before it is turned: that of the first one, with square pixels and not longer
  /// than was asked for; nil where a size is beyond the limit.
  private func shown(_ stored: Size, _ ratio: AVRational, limit: Int) -> Size? {
    guard stored.width > 0, stored.height > 0, stored.width <= limit / stored.height else { return nil }
    var size = self.size ?? Self.squared(stored, ratio)
    if self.size == nil, let longestSide, max(size.width, size.height) > longestSide {
      let scale = Double(longestSide) / Double(max(size.width, size.height))
      size = Size(
        height: max(1, Int((Double(size.height) * scale).rounded())),
        width: max(1, Int((Double(size.width) * scale).rounded())))
    }
    guard size.width <= limit / size.height else { return nil }
    self.size = size
    return size
  }

  private func memory(_ count: Int) -> UnsafeMutableBufferPointer<UInt8> {
    if room.count < count {
      room.deallocate()
      room = .allocate(capacity: count)
      room.initialize(repeating: 0)
    }
    return room
  }

  /// Tells the scaler which colors the numbers of a frame stand for; where the frame does not say, those of its size.
  private func setColors(of frame: UnsafeMutablePointer<AVFrame>, _ scaler: OpaquePointer) {
    let matrix =
      switch frame.pointee.colorspace {
      case AVCOL_SPC_BT709: SWS_CS_ITU709
      case AVCOL_SPC_BT470BG, AVCOL_SPC_SMPTE170M: SWS_CS_ITU601
      case AVCOL_SPC_SMPTE240M: SWS_CS_SMPTE240M
      case AVCOL_SPC_BT2020_NCL, AVCOL_SPC_BT2020_CL: SWS_CS_BT2020
      default: frame.pointee.height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601
      }
    let coefficients = sws_getCoefficients(Int32(matrix))
    let isFull: Int32 = frame.pointee.color_range == AVCOL_RANGE_JPEG ? 1 : 0
    sws_setColorspaceDetails(scaler, coefficients, isFull, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16)
  }
}

extension Image {
  /// The picture, turned clockwise by 0, 90, 180 or 270 degrees.
  fileprivate func turned(clockwise degrees: Int) throws(ImageError) -> Image {
    if degrees == 0 { return self }
    let isSideways = degrees % 180 != 0
    let (newWidth, newHeight) = isSideways ? (height, width) : (width, height)
    // The first byte of the result's first pixel, and the ways to the next ones to the right and below.
    let (start, right, down) =
      switch degrees {
      case 90: (3 * width * (height - 1), -3 * width, 3)
      case 180: (3 * (width * height - 1), -3, -3 * width)
      default: (3 * (width - 1), 3 * width, -3)
      }
    let turned = pixels.withUnsafeBufferPointer { source in
      [UInt8](unsafeUninitializedCapacity: pixels.count) { target, filled in
        var next = 0
        for row in 0..<newHeight {
          var place = start + row * down
          for _ in 0..<newWidth {
            target[next] = source[place]
            target[next + 1] = source[place + 1]
            target[next + 2] = source[place + 2]
            (next, place) = (next + 3, place + right)
          }
        }
        filled = pixels.count
      }
    }
    return try Image(width: newWidth, height: newHeight, pixels: turned)
  }
}
