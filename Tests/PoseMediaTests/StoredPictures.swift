import CWebP
import Foundation
import PoseImage
import TestSupport
import Testing

@testable import PoseMedia

/// A picture of `Tests/Pictures`, which others wrote.
func storedPicture(_ name: String) throws -> [UInt8] {
  try Array(Data(contentsOf: SharedData.checkout.appending(path: "Tests/Pictures/" + name)))
}

/// A lossy WebP file.
///
/// - Parameter alpha: one sample a pixel, or nil for no transparency.
func lossyWebP(_ image: Image, alpha: [UInt8]? = nil, quality: Float = 80) throws -> [UInt8] {
  let (width, height) = (Int32(image.width), Int32(image.height))
  var samples = image.pixels
  if let alpha {
    samples = []
    for (pixel, opacity) in alpha.enumerated() {
      samples += image.pixels[3 * pixel..<3 * pixel + 3]
      samples.append(opacity)
    }
  }
  var file: UnsafeMutablePointer<UInt8>?
  let count =
    alpha == nil
    ? WebPEncodeRGB(samples, width, height, width * 3, quality, &file)
    : WebPEncodeRGBA(samples, width, height, width * 4, quality, &file)
  defer { WebPFree(file) }
  try #require(count > 0)
  return Array(UnsafeBufferPointer(start: file, count: count))
}

/// A WebP file's bytes with other ones at a place.
func patched(_ file: [UInt8], at place: Int, _ bytes: [UInt8]) -> [UInt8] {
  var file = file
  file.replaceSubrange(place..<place + bytes.count, with: bytes)
  return file
}

extension Trait where Self == ConditionTrait {
  /// Runs a test only where libheif is installed with a decoder; the report says why it was skipped.
  static func needsLibheif(_ codec: HEIFLibrary.Codec) -> Self {
    .enabled(
      if: HEIFLibrary.installed?.hasDecoder(for: codec) == true,
      "skipped: libheif is not installed here, or has no decoder for \(codec.rawValue)")
  }
}
