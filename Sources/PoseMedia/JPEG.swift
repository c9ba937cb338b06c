import CTurboJPEG
import PoseCore

/// JPEG by libjpeg-turbo, with the exact integer transform and smooth upsampling that OpenCV uses.
enum JPEG {
  static func decode(_ bytes: [UInt8], pixelLimit: Int) throws(MediaError) -> Image {
    guard let handle = tjInitDecompress() else { throw .failed(reason: "no memory for a JPEG decoder") }
    defer { tjDestroy(handle) }
    var (width, height, subsampling, colorSpace) = (Int32(0), Int32(0), Int32(0), Int32(0))
    guard
      tjDecompressHeader3(handle, bytes, UInt(bytes.count), &width, &height, &subsampling, &colorSpace) == 0,
      width > 0, height > 0
    else { throw .corrupt(path: nil, format: "JPEG", reason: message(of: handle)) }
    let area = Int(width) * Int(height)
    guard area <= pixelLimit else {
      throw .tooLarge(path: nil, width: Int(width), height: Int(height), limit: pixelLimit)
    }
    let isFourChannel = colorSpace == Int32(TJCS_CMYK.rawValue) || colorSpace == Int32(TJCS_YCCK.rawValue)
    let format = isFourChannel ? Int32(TJPF_CMYK.rawValue) : Int32(TJPF_RGB.rawValue)
    var pixels = [UInt8](repeating: 0, count: area * (isFourChannel ? 4 : 3))
    let status = tjDecompress2(
      handle, bytes, UInt(bytes.count), &pixels, width, 0, height, format, TJFLAG_ACCURATEDCT)
    if status != 0 {
      // Stray bytes between segments harm nothing and are common; every other warning means missing picture data.
      let message = message(of: handle)
      let isHarmless =
        tjGetErrorCode(handle) == TJERR_WARNING.rawValue && message.hasSuffix("extraneous bytes before marker 0xd9")
      guard isHarmless else { throw .corrupt(path: nil, format: "JPEG", reason: message) }
    }
    return try image(Int(width), Int(height), isFourChannel ? rgb(cmyk: pixels) : pixels)
  }

  static func encode(_ image: Image, quality: Int) throws(MediaError) -> [UInt8] {
    guard let handle = tjInitCompress() else { throw .failed(reason: "no memory for a JPEG encoder") }
    defer { tjDestroy(handle) }
    var (buffer, size) = (UnsafeMutablePointer<UInt8>?.none, UInt(0))
    defer { tjFree(buffer) }
    guard image.width <= 65535, image.height <= 65535 else {
      throw .failed(reason: "JPEG holds at most 65535 pixels a side; write PNG")
    }
    let status = tjCompress2(
      handle, image.pixels, Int32(image.width), 0, Int32(image.height), Int32(TJPF_RGB.rawValue), &buffer, &size,
      Int32(TJSAMP_444.rawValue), Int32(min(max(quality, 1), 100)), TJFLAG_ACCURATEDCT)
    guard status == 0, let buffer else { throw .failed(reason: message(of: handle)) }
    return Array(UnsafeBufferPointer(start: buffer, count: Int(size)))
  }

  /// OpenCV's conversion of the inverted CMYK that JPEG files hold.
  private static func rgb(cmyk pixels: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count / 4 * 3)
    for start in stride(from: 0, to: pixels.count - 3, by: 4) {
      let black = Int(pixels[start + 3])
      for channel in 0..<3 {
        result.append(UInt8(clamping: black - ((255 - Int(pixels[start + channel])) * black) >> 8))
      }
    }
    return result
  }

  private static func message(of handle: tjhandle) -> String { String(cString: tjGetErrorStr2(handle)) }
}

extension Image {
  /// JPEG bytes without colour subsampling.
  ///
  /// - Parameter quality: 1...100.
  public func jpeg(quality: Int = 92) throws(MediaError) -> [UInt8] { try JPEG.encode(self, quality: quality) }
}

/// An image of pixels that a decoder made.
func image(_ width: Int, _ height: Int, _ pixels: [UInt8]) throws(MediaError) -> Image {
  do {
    return try Image(width: width, height: height, pixels: pixels)
  } catch {
    throw .failed(reason: "\(error)")
  }
}
