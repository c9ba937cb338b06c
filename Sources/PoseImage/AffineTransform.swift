import PoseCore

/// A map of the plane: `x' = a x + b y + tx`, `y' = c x + d y + ty`.
public struct AffineTransform: Sendable, Hashable {
  public var a: Double
  public var b: Double
  public var tx: Double
  public var c: Double
  public var d: Double
  public var ty: Double

  public init(a: Double, b: Double, tx: Double, c: Double, d: Double, ty: Double) {
    (self.a, self.b, self.tx) = (a, b, tx)
    (self.c, self.d, self.ty) = (c, d, ty)
  }

  public static let identity = AffineTransform(a: 1, b: 0, tx: 0, c: 0, d: 1, ty: 0)

  /// The map that takes three points to three others; nil where the first three lie on a line.
  ///
  /// Solved as `cv2.getAffineTransform` does, step by step, so that the last digits are the same too: crops depend on them.
  public init?(from source: (Point, Point, Point), to target: (Point, Point, Point)) {
    var system = LinearSystem(size: 6)
    for (index, (from, to)) in zip([source.0, source.1, source.2], [target.0, target.1, target.2]).enumerated() {
      system.rows[2 * index] = [from.x, from.y, 1, 0, 0, 0, to.x]
      system.rows[2 * index + 1] = [0, 0, 0, from.x, from.y, 1, to.y]
    }
    guard let m = system.solution() else { return nil }
    self.init(a: m[0], b: m[1], tx: m[2], c: m[3], d: m[4], ty: m[5])
  }

  public func callAsFunction(_ point: Point) -> Point {
    Point(x: a * point.x + b * point.y + tx, y: c * point.x + d * point.y + ty)
  }

  /// The map that first does `first`, then this.
  package func after(_ first: AffineTransform) -> AffineTransform {
    AffineTransform(
      a: a * first.a + b * first.c, b: a * first.b + b * first.d, tx: a * first.tx + b * first.ty + tx,
      c: c * first.a + d * first.c, d: c * first.b + d * first.d, ty: c * first.tx + d * first.ty + ty)
  }

  /// The map back, computed as OpenCV computes it; nil where there is none.
  public var inverse: AffineTransform? {
    let determinant = a * d - b * c
    guard determinant != 0, determinant.isFinite else { return nil }
    let scale = 1 / determinant
    let (ia, ib, ic, id) = (d * scale, b * -scale, c * -scale, a * scale)
    return AffineTransform(a: ia, b: ib, tx: -ia * tx - ib * ty, c: ic, d: id, ty: -ic * tx - id * ty)
  }
}

/// Linear equations: each row holds the coefficients and the right side.
private struct LinearSystem {
  var rows: [[Double]]

  init(size: Int) { rows = Array(repeating: Array(repeating: 0, count: size + 1), count: size) }

  /// By Gauss's elimination with partial pivoting, in OpenCV's order of operations.
  func solution() -> [Double]? {
    var rows = rows
    let count = rows.count
    for i in 0..<count {
      var pivot = i
      for j in i..<count where rows[j][i].magnitude > rows[pivot][i].magnitude { pivot = j }
      guard rows[pivot][i].magnitude >= .ulpOfOne * 100 else { return nil }
      rows.swapAt(i, pivot)
      let scale = -1 / rows[i][i]
      for j in i + 1..<max(count, i + 1) {
        let factor = rows[j][i] * scale
        for k in i + 1...count { rows[j][k] += factor * rows[i][k] }
      }
    }
    var solution = Array(repeating: 0.0, count: count)
    for i in (0..<count).reversed() {
      var sum = rows[i][count]
      for k in i + 1..<max(count, i + 1) { sum -= rows[i][k] * solution[k] }
      solution[i] = sum / rows[i][i]
    }
    return solution
  }
}
