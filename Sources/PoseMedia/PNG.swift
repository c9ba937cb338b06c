import CPNG
import PoseCore

/// PNG by libpng: all depths and colour types in, 8-bit RGB out.
enum PNG {
  static func decode(_ bytes: [UInt8], pixelLimit: Int) throws(MediaError) -> Image {
    var png = png_image()
    png.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&png) }
    var result: Result<Image, MediaError> = .failure(.failed(reason: "empty"))
    bytes.withUnsafeBytes { bytes in
      result = Result { () throws(MediaError) in try decode(bytes, &png, pixelLimit: pixelLimit) }
    }
    return try result.get()
  }

  private static func decode(
    _ bytes: UnsafeRawBufferPointer, _ png: inout png_image, pixelLimit: Int
  ) throws(MediaError) -> Image {
    guard png_image_begin_read_from_memory(&png, bytes.baseAddress, bytes.count) != 0 else {
      throw .corrupt(path: nil, format: "PNG", reason: message(of: png))
    }
    let (width, height) = (Int(png.width), Int(png.height))
    guard width > 0, height > 0, width <= pixelLimit / height else {
      throw .tooLarge(path: nil, width: width, height: height, limit: pixelLimit)
    }
    // Sixteen bits are no linear light unless the file says so; alpha is asked for only to be left out, since libpng
    // would blend it with a background otherwise.
    png.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
    png.format = UInt32(PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)
    var pixels = [UInt8](repeating: 0, count: width * height * 4)
    guard png_image_finish_read(&png, nil, &pixels, 0, nil) != 0 else {
      throw .corrupt(path: nil, format: "PNG", reason: message(of: png))
    }
    let opaque = [UInt8](unsafeUninitializedCapacity: width * height * 3) { result, initialized in
      for index in 0..<width * height {
        result[index * 3] = pixels[index * 4]
        result[index * 3 + 1] = pixels[index * 4 + 1]
        result[index * 3 + 2] = pixels[index * 4 + 2]
      }
      initialized = width * height * 3
    }
    return try image(width, height, opaque)
  }

  static func encode(_ image: Image) throws(MediaError) -> [UInt8] {
    var png = png_image()
    png.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&png) }
    guard let width = UInt32(exactly: image.width), let height = UInt32(exactly: image.height) else {
      throw .failed(reason: "PNG holds at most 2^31 pixels a side")
    }
    (png.width, png.height) = (width, height)
    png.format = UInt32(PNG_FORMAT_FLAG_COLOR)
    // Speed over size: the pictures are for looking at, and compressing harder takes longer than estimating poses.
    png.flags |= UInt32(PNG_IMAGE_FLAG_FAST)
    // The deflate bound: never larger than this, so one call does it.
    var size = image.pixels.count + image.pixels.count / 1000 + image.height * 16 + 1024
    var bytes = [UInt8](repeating: 0, count: size)
    guard png_image_write_to_memory(&png, &bytes, &size, 0, image.pixels, 0, nil) != 0 else {
      throw .failed(reason: message(of: png))
    }
    return Array(bytes.prefix(size))
  }

  private static func message(of png: png_image) -> String {
    withUnsafeBytes(of: png.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}

extension Image {
  /// PNG bytes, 8-bit RGB.
  public func png() throws(MediaError) -> [UInt8] { try PNG.encode(self) }
}
