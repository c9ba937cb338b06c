/// How wide the Gaussian of an object's center is by the object's size: CornerNet's rule (Law and Deng, ECCV 2018), in the form
/// in which it became common.
enum CenterRadius {
  /// The share that boxes have in common as long as their corners move no farther.
  private static let overlap = 0.7

  /// How far a box's corners may move, at least, until the boxes share less than seven tenths. May be below 0 for boxes
  /// without an extent, by rounding.
  static func radius(width: Double, height: Double) -> Double {
    let (sum, area) = (width + height, width * height)
    func root(_ a: Double, _ b: Double, _ c: Double) -> Double { (b + max(b * b - 4 * a * c, 0).squareRoot()) / 2 }
    return min(
      root(1, sum, area * (1 - overlap) / (1 + overlap)), root(4, 2 * sum, (1 - overlap) * area),
      root(4 * overlap, -2 * overlap * sum, (overlap - 1) * area))
  }
}
