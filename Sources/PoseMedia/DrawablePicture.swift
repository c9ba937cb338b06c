import PoseCore
import PoseImage

/// A picture with everything that its file holds, to be drawn on and written again.
///
/// Drawing happens in the picture's own memory, unless ``image`` is held elsewhere, too.
package struct DrawablePicture {
  package private(set) var image: Image
  private var extras: PictureExtras

  /// - Throws: ``MediaError``.
  package init(_ encoded: EncodedImage) throws(MediaError) {
    (image, extras) = try encoded.decodedWithExtras()
  }

  /// Draws people's skeletons.
  package mutating func draw(_ poses: [Pose], style: DrawingStyle) throws(MediaError) {
    try image.draw(poses, style: style, alpha: &extras.alpha)
  }

  /// Writes a JPEG or PNG file with the EXIF data, the color profile and, in a PNG, the transparency that the picture
  /// came with.
  package func write(to path: String) throws(MediaError) { try image.write(to: path, keeping: extras) }
}
