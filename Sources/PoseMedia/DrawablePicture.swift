import PoseCore
import PoseImage

/// A picture with the other contents of its file, which can be drawn on and written again.
///
/// Drawing changes the picture's own memory, unless another copy of ``image`` exists.
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

  /// Draws boxes around objects.
  package mutating func draw(_ detections: [Detection], classes: [String]) throws(MediaError) {
    try image.draw(detections, classes: classes, alpha: &extras.alpha)
  }

  /// Lays each class of a mask in its color.
  package mutating func draw(_ mask: SegmentationMask, opacity: Double) throws(MediaError) {
    try image.draw(mask, opacity: opacity, alpha: &extras.alpha)
  }

  /// Writes a JPEG, PNG or WebP file with the EXIF data, the color profile and, except in a JPEG, the transparency that
  /// the picture came with.
  package func write(to path: String) throws(MediaError) { try image.write(to: path, keeping: extras) }
}
