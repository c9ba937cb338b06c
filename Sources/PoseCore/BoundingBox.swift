/// A rectangle in an image, in pixels.
public struct BoundingBox: Sendable, Hashable, Codable {
  /// The left edge.
  public var x: Double
  /// The top edge.
  public var y: Double
  public var width: Double
  public var height: Double

  public init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }

  public var area: Double { width * height }

  /// Width and height of the least box around this one whose width is `aspect` times its height.
  public func size(ofAspect aspect: Double) -> (width: Double, height: Double) {
    width > aspect * height ? (width, width / aspect) : (height * aspect, height)
  }

  /// The area that two boxes have in common; 0 where they do not touch.
  package func commonArea(with other: BoundingBox) -> Double {
    let width = min(x + self.width, other.x + other.width) - max(x, other.x)
    let height = min(y + self.height, other.y + other.height) - max(y, other.y)
    return width > 0 && height > 0 ? width * height : 0
  }

  /// The intersection over union (IoU) of two boxes: the share of their common area in the area of both. It is 0 where
  /// they do not touch.
  public func overlap(with other: BoundingBox) -> Double {
    let common = commonArea(with: other)
    return common > 0 ? common / (area + other.area - common) : 0
  }
}
