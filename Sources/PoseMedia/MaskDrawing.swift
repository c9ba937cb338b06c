import PoseCore
import PoseImage

extension Image {
  /// A copy on which each class is laid in its color. The background and ignored pixels stay as they are.
  ///
  /// - Parameters:
  ///   - mask: of the picture's size.
  ///   - opacity: how much of the color is seen, in 0...1.
  /// - Throws: ``MediaError`` where the mask has another size.
  public func drawing(_ mask: SegmentationMask, opacity: Double = 0.5) throws(MediaError) -> Image {
    var (drawn, alpha) = (self, nil as [UInt8]?)
    try drawn.draw(mask, opacity: opacity, alpha: &alpha)
    return drawn
  }

  /// - Parameter alpha: the transparency of the picture, which becomes opaque where a class is laid.
  package mutating func draw(
    _ mask: SegmentationMask, opacity: Double = 0.5, alpha: inout [UInt8]?
  ) throws(MediaError) {
    guard mask.size == Size(height: height, width: width) else {
      throw .cannotDraw(
        reason: "it has \(width) x \(height) pixels, and the mask \(mask.size.width) x \(mask.size.height)")
    }
    let colors = SegmentationClasses.colors(of: mask.classes)
    let share = Int((min(max(opacity, 0), 1) * 256).rounded())
    // What each class adds to a channel; nil where nothing is drawn.
    let light: [[Int]?] = (0..<256).map { label in
      guard colors.indices.contains(label), mask.classes[label] != "background" else { return nil }
      return colors[label].map { Int($0) * share }
    }
    withMutablePixels { pixels in
      for (place, label) in mask.labels.enumerated() {
        guard let light = light[Int(label)] else { continue }
        for channel in 0..<3 {
          let old = Int(pixels[3 * place + channel])
          pixels[3 * place + channel] = UInt8(clamping: (old * (256 - share) + light[channel] + 128) >> 8)
        }
      }
    }
    for (place, label) in mask.labels.enumerated() where light[Int(label)] != nil { alpha?[place] = 255 }
  }
}
