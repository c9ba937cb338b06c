#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The part of a heatmap that a Gaussian of three deviations covers, rounded as the published code rounds.
struct GaussianPatch {
  /// The first column and row, which may lie outside.
  let left: Int
  let top: Int
  let right: Int
  let bottom: Int

  /// Around a pixel; nil where the patch lies wholly outside the map.
  init?(aroundX x: Int, y: Int, sigma: Double, width: Int, height: Int) {
    let reach = sigma * 3
    // Truncated towards zero: near the left and upper border Gaussians of broken deviations move by a pixel.
    (left, top) = (Int(Double(x) - reach), Int(Double(y) - reach))
    (right, bottom) = (Int(Double(x) + reach + 1), Int(Double(y) + reach + 1))
    guard left < width, top < height, right >= 0, bottom >= 0 else { return nil }
  }

  /// Columns of the map that the patch covers.
  func columns(width: Int) -> Range<Int> { Self.covered(left, right, width) }
  func rows(height: Int) -> Range<Int> { Self.covered(top, bottom, height) }

  private static func covered(_ first: Int, _ end: Int, _ count: Int) -> Range<Int> {
    let start = max(first, 0)
    return start..<max(min(end, count), start)
  }

  /// Pixels along a side of the square that ``values(sigma:)`` are.
  static func side(sigma: Double) -> Int { Int((2 * sigma * 3 + 1).rounded(.up)) }

  /// The pixel of that square where its Gaussian peaks.
  static func center(sigma: Double) -> Int { Int(((2 * sigma * 3 + 1) / 2).rounded(.down)) }

  /// A square of ``side(sigma:)`` pixels with the Gaussian that all joints share.
  static func values(sigma: Double) -> [Float] {
    let (side, center) = (side(sigma: sigma), center(sigma: sigma))
    return (0..<side * side).map { index in
      let (y, x) = index.quotientAndRemainder(dividingBy: side)
      let distance = (x - center) * (x - center) + (y - center) * (y - center)
      return exp(-Float(distance) / Float(2 * sigma * sigma))
    }
  }
}
