import PoseConfiguration
import PoseCore
import PoseImage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension AffineDescription {
  /// Decides for one sample.
  package func draw(from stream: RandomStream) -> DrawnAffine {
    func share(_ number: UInt64) -> Double {
      var own = stream.split(number)
      guard distribution == .normal else { return own.uniform(-1, 1) }
      while true {
        let share = own.normal()
        if share.magnitude <= 1 { return share }
      }
    }
    let middle = (scale[0] + scale[1]) / 2
    return DrawnAffine(
      scale: middle + (scale[1] - middle) * share(0), rotation: rotation * share(1),
      shift: Point(x: shift * share(2), y: shift * share(3)), shear: Point(x: shear * share(4), y: shear * share(5)))
  }

  /// From pixels of a picture, or of a mosaic, to pixels of the input, counted from the middle of the first one.
  package func transform(of canvas: Size, to input: Size, warp: Warp, _ drawn: DrawnAffine) -> AffineTransform {
    let (width, height) = (Double(canvas.width), Double(canvas.height))
    let aspect = Double(input.width) / Double(input.height)
    let isWide = width > height * aspect
    switch fit {
    case .canvas:
      let center = Point(x: Double(input.width) / 2, y: Double(input.height) / 2)
      let turn = drawn.rotation * Double.pi / 180
      let scaled = AffineTransform(
        a: drawn.scale * cos(turn), b: -drawn.scale * sin(turn), tx: 0, c: drawn.scale * sin(turn),
        d: drawn.scale * cos(turn), ty: 0)
      let sheared = AffineTransform(
        a: 1, b: tan(drawn.shear.x * Double.pi / 180), tx: 0, c: tan(drawn.shear.y * Double.pi / 180), d: 1, ty: 0)
      var transform = sheared.after(scaled)
      let moved = transform(center)
      transform.tx = center.x + drawn.shift.x * Double(input.width) - moved.x
      transform.ty = center.y + drawn.shift.y * Double(input.height) - moved.y
      return transform
    case .short, .long:
      let coversWidth = isWide == (fit == .long)
      let side = (coversWidth ? width : height * aspect) * drawn.scale
      let middle = warp == .udp ? Point(x: (width - 1) / 2, y: (height - 1) / 2) : Point(x: width / 2, y: height / 2)
      return CropGeometry(
        center: Point(x: middle.x + drawn.shift.x * width, y: middle.y + drawn.shift.y * height), scaleX: side / 200,
        scaleY: side / aspect / 200, rotation: drawn.rotation
      ).transform(to: input, warp: warp)
    }
  }
}

/// What was decided for one sample.
package struct DrawnAffine: Sendable, Hashable {
  package var scale = 1.0
  /// In degrees.
  package var rotation = 0.0
  package var shift = Point(x: 0, y: 0)
  /// In degrees along both axes.
  package var shear = Point(x: 0, y: 0)
}
