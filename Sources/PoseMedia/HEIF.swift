import CHEIF
import PoseCore
import PoseImage

extension Source {
  /// Decodes with libheif, which turns the picture upright by what the file says; its EXIF orientation only repeats that.
  /// Transparency is dropped, and samples of more than 8 bits are rounded.
  func decodedHEIF(_ format: PictureFormat) throws(MediaError) -> Image {
    let (width, height) = try heifSize(format)
    let pixels = try filledSamples(width * height * 3, workspace: heifWorkspace(width, height)) {
      (memory) throws(MediaError) in
      try decodeHEIF(format, width: width, height: height, into: memory)
    }
    return try image(width: width, height: height, pixels: pixels, format: format.name)
  }

  /// Width and height of the upright picture, by the file's boxes.
  func heifSize(_ format: PictureFormat) throws(MediaError) -> (width: Int, height: Int) {
    let size = try withHEIF(format) { (_, header) throws(HEIFLibrary.Failure) in (header.width, header.height) }
    try checkSize(size.0, size.1, format: format.name)
    return size
  }

  /// Decodes to interleaved RGB samples.
  func decodeHEIF(
    _ format: PictureFormat, width: Int, height: Int, into samples: UnsafeMutableBufferPointer<UInt8>
  ) throws(MediaError) {
    precondition(samples.count >= width * height * 3, "the memory is too small for the picture")
    try withHEIF(format) { (picture, _) throws(HEIFLibrary.Failure) in
      let failure = HEIFLibrary.failure { cheif_decode(picture, width, height, samples.baseAddress, $0) }
      if let failure { throw failure }
    }
  }

  /// The TIFF block of the EXIF data, and the ICC profile; nil for those that are missing or too large.
  func heifExtras(_ format: PictureFormat) throws(MediaError) -> (exif: [UInt8]?, profile: [UInt8]?) {
    try withHEIF(format) { (picture, header) throws(HEIFLibrary.Failure) in
      func bytes(_ count: Int, limit: Int, _ read: (UnsafeMutablePointer<UInt8>) -> Bool) -> [UInt8]? {
        guard count > 0, count <= limit else { return nil }
        var bytes = [UInt8](repeating: 0, count: count)
        let isRead = bytes.withUnsafeMutableBufferPointer { $0.baseAddress.map(read) ?? false }
        return isRead ? bytes : nil
      }
      let exif = bytes(header.exif_count, limit: PictureExtras.exifLimit) { cheif_read_exif(picture, $0) }
      let profile = bytes(header.profile_count, limit: PictureExtras.profileLimit) { cheif_read_profile(picture, $0) }
      return (exif.flatMap(Self.tiff), profile)
    }
  }

  /// The TIFF block of an `Exif` item, which begins with the number of bytes before it.
  private static func tiff(inItem item: [UInt8]) -> [UInt8]? {
    guard item.count > 4 else { return nil }
    let offset = item[..<4].reduce(0) { $0 << 8 | Int($1) }
    return offset < item.count - 4 ? Array(item[(4 + offset)...]) : nil
  }

  /// The most bytes that libheif allocates besides the samples: the stored planes, and RGB before it is copied.
  func heifWorkspace(_ width: Int, _ height: Int) -> Int { width * height * 8 }

  private func withHEIF<Result>(
    _ format: PictureFormat, _ body: (OpaquePointer, CHEIFHeader) throws(HEIFLibrary.Failure) -> Result
  ) throws(MediaError) -> Result {
    guard let library = HEIFLibrary.installed else {
      throw .noDecoder(path: path, format: format.name, missing: .library)
    }
    do throws(HEIFLibrary.Failure) {
      return try library.withPicture(in: bytes, body)
    } catch {
      switch error.status {
      case CHEIF_NO_DECODER:
        let codec = format == .avif ? HEIFLibrary.Codec.av1 : .hevc
        if library.hasDecoder(for: codec) {
          throw .noDecoder(path: path, format: format.name, missing: .other(reason: error.reason))
        }
        throw .noDecoder(path: path, format: format.name, missing: .codec(codec.rawValue, package: codec.package))
      case CHEIF_NO_MEMORY:
        throw .noMemory(path: path, byteCount: bytes.count)
      default:
        throw .damaged(path: path, format: format.name, reason: error.reason)
      }
    }
  }
}
