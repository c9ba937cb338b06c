import PoseImage
import PoseMedia

/// What a JPEG of few bytes keeps: the pixels are encoded, colors at half their resolution, and decoded again.
struct JPEGCompression {
  /// From 1 to 100, as libjpeg counts it.
  let quality: Int

  /// - Throws: ``MediaError`` where a side is longer than a JPEG can have.
  func apply(to pixels: UnsafeMutableBufferPointer<UInt8>, width: Int, height: Int) throws(MediaError) {
    guard let image = try? Image(width: width, height: height, pixels: Array(pixels)) else { return }
    let kept = try EncodedImage(image.jpeg(quality: quality)).decoded()
    _ = pixels.update(fromContentsOf: kept.pixels)
  }
}
