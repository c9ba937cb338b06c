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

  /// The map that takes three points to three others, as `cv2.getAffineTransform`; nil where the first three lie on a line.
  public init?(from source: (Point, Point, Point), to target: (Point, Point, Point)) {
    let (p, q, r) = source
    let (ux, uy, vx, vy) = (q.x - p.x, q.y - p.y, r.x - p.x, r.y - p.y)
    let determinant = ux * vy - uy * vx
    guard determinant != 0, determinant.isFinite else { return nil }
    func row(_ s: Double, _ t: Double, _ u: Double) -> (Double, Double, Double) {
      let (du, dv) = (t - s, u - s)
      let x = (du * vy - dv * uy) / determinant
      let y = (dv * ux - du * vx) / determinant
      return (x, y, s - x * p.x - y * p.y)
    }
    (a, b, tx) = row(target.0.x, target.1.x, target.2.x)
    (c, d, ty) = row(target.0.y, target.1.y, target.2.y)
  }

  public func callAsFunction(_ point: Point) -> Point {
    Point(x: a * point.x + b * point.y + tx, y: c * point.x + d * point.y + ty)
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
