import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Where a network's input is cut out of an image: a centre, a size and a turn, in MMPose's terms and roundings.
public struct CropGeometry: Sendable, Hashable, Codable {
  /// In pixels of the image.
  public var center: Point
  /// The crop's width in units of 200 pixels, the "pixel std" of the published code.
  public var scaleX: Double
  /// The crop's height in units of 200 pixels.
  public var scaleY: Double
  /// In degrees.
  public var rotation: Double

  public init(center: Point, scaleX: Double, scaleY: Double, rotation: Double = 0) {
    self.center = center
    self.scaleX = scaleX
    self.scaleY = scaleY
    self.rotation = rotation
  }

  /// The crop around a box that has the input's aspect and room to spare (`bbox_xywh2cs`).
  ///
  /// - Parameter padding: how much larger the crop is than the box.
  public init(
    box: BoundingBox, input: Size, padding: Double = 1.25, rule: BoxRule = .distance
  ) {
    let (width, height) = box.size(ofAspect: Double(input.width) / Double(max(input.height, 1)))
    // The published code keeps centre and scale in float32.
    center = Point(x: Double(Float(box.x + box.width * 0.5)), y: Double(Float(box.y + box.height * 0.5)))
    scaleX = rule.scale(width, padding: padding)
    scaleY = rule.scale(height, padding: padding)
    rotation = 0
  }

  /// From pixels of the image to pixels of the network's input.
  public func transform(to input: Size, warp: Warp) -> AffineTransform {
    switch warp {
    case .standard: standardTransform(Double(input.width), Double(input.height))
    case .udp: unbiasedTransform(Double(input.width), Double(input.height))
    }
  }

  /// Where a position on a grid over the crop, such as a heatmap's, lies in the image (`transform_preds`). A turn of the
  /// crop does not count.
  public func imagePoint(of position: Point, on grid: Size, warp: Warp) -> Point {
    func coordinate(_ value: Double, _ scale: Double, _ center: Double, _ extent: Int) -> Double {
      let size = Float(scale) * 200
      let step = Float(Double(size) / Double(warp == .udp ? max(extent - 1, 1) : max(extent, 1)))
      return Double(Float(value) * step + Float(center) - size * 0.5)
    }
    return Point(
      x: coordinate(position.x, scaleX, center.x, grid.width),
      y: coordinate(position.y, scaleY, center.y, grid.height))
  }

  /// Width and height in pixels, rounded as the published code rounds.
  private var size: (width: Double, height: Double) {
    (Double(Float(scaleX) * 200), Double(Float(scaleY) * 200))
  }

  /// `get_affine_transform`: through three points in float32.
  private func standardTransform(_ width: Double, _ height: Double) -> AffineTransform {
    let angle = Double.pi * rotation / 180
    let up = -0.5 * size.width
    func rounded(_ x: Double, _ y: Double) -> Point { Point(x: Double(Float(x)), y: Double(Float(y))) }
    /// The corner of the right angle on the line from `a` to `b`.
    func third(_ a: Point, _ b: Point) -> Point {
      let (dx, dy) = (Float(a.x) - Float(b.x), Float(a.y) - Float(b.y))
      return Point(x: Double(Float(b.x) - dy), y: Double(Float(b.y) + dx))
    }
    let source = rounded(center.x, center.y)
    let above = rounded(source.x - up * sin(angle), source.y + up * cos(angle))
    let target = rounded(width * 0.5, height * 0.5)
    let targetAbove = rounded(width * 0.5, height * 0.5 - width * 0.5)
    return AffineTransform(
      from: (source, above, third(source, above)), to: (target, targetAbove, third(target, targetAbove))) ?? .degenerate
  }

  /// `get_warp_matrix`: kept in float32.
  private func unbiasedTransform(_ width: Double, _ height: Double) -> AffineTransform {
    let angle = rotation * (Double.pi / 180)
    let (x, y) = (Double(Float(center.x) * 2), Double(Float(center.y) * 2))
    let (scaleX, scaleY) = ((width - 1) / size.width, (height - 1) / size.height)
    func rounded(_ value: Double) -> Double { Double(Float(value)) }
    return AffineTransform(
      a: rounded(cos(angle) * scaleX), b: rounded(-sin(angle) * scaleX),
      tx: rounded(scaleX * (-0.5 * x * cos(angle) + 0.5 * y * sin(angle) + 0.5 * size.width)),
      c: rounded(sin(angle) * scaleY), d: rounded(cos(angle) * scaleY),
      ty: rounded(scaleY * (-0.5 * x * sin(angle) - 0.5 * y * cos(angle) + 0.5 * size.height)))
  }
}

extension AffineTransform {
  /// Of an empty box: everything lies outside.
  fileprivate static let degenerate = AffineTransform(a: 0, b: 0, tx: 0, c: 0, d: 0, ty: 0)
}
