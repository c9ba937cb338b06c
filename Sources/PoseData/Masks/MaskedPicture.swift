import PoseCore
import PoseFormats
import PoseImage
import PoseMedia

/// A picture and what its pixels are.
public struct MaskedPicture: Sendable, Hashable {
  /// The file of the picture.
  public let path: String
  let labels: Labels

  /// The files that are read for it.
  package var files: [String] {
    if case .file(let mask, _) = labels { [path, mask] } else { [path] }
  }

  /// Where the labels come from.
  enum Labels: Sendable, Hashable {
    case file(String, hasCityscapesNumbers: Bool)
    /// Annotated objects, of which later ones lie over earlier ones, and areas that do not count, on a background of label 0.
    case objects([Object], size: Size)
  }

  /// An annotated object.
  struct Object: Sendable, Hashable {
    /// Nil for what does not count, such as a crowd.
    let label: UInt8?
    let box: BoundingBox
    /// Nil where there is a box alone, which then does not count.
    let segmentation: Segmentation?
  }

  /// The class of each pixel.
  ///
  /// - Throws: `MediaError`, ``MaskError`` and `ImageError` where a mask cannot be read or made.
  public func mask(classes: [String], pixelLimit: Int = EncodedImage.defaultPixelLimit) throws -> SegmentationMask {
    switch labels {
    case .file(let path, let hasCityscapesNumbers):
      return try SegmentationMask(
        contentsOf: path, classes: classes, hasCityscapesNumbers: hasCityscapesNumbers, pixelLimit: pixelLimit)
    case .objects(let objects, let size):
      guard size.width > 0, size.height > 0, size.width <= pixelLimit / size.height else {
        throw ImageError.invalidSize(width: size.width, height: size.height)
      }
      var labels = [UInt8](repeating: 0, count: size.width * size.height)
      // What does not count is known least of all.
      for object in objects.filter({ $0.label != nil }) + objects.filter({ $0.label == nil }) {
        try object.paint(on: &labels, size)
      }
      return SegmentationMask(size: size, labels: labels, classes: classes)
    }
  }
}

extension MaskedPicture.Object {
  fileprivate func paint(on labels: inout [UInt8], _ size: Size) throws(ImageError) {
    var mask = try PixelMask(size)
    var isOutlined = true
    switch segmentation {
    case .polygons(let polygons):
      for polygon in polygons where !mask.fill(polygon: polygon) { isOutlined = false }
    case .runs(let runs, let width, let height) where width == size.width && height == size.height:
      mask.fill(runs: runs)
    case .runs, nil: isOutlined = false
    }
    if !isOutlined { mask.fill(box) }
    let value = isOutlined ? label ?? SegmentationMask.ignored : SegmentationMask.ignored
    for y in 0..<size.height {
      for x in 0..<size.width where mask[x, y] { labels[y * size.width + x] = value }
    }
  }
}
