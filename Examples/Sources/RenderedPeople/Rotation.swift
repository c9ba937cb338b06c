import Foundation

/// A turn around one axis.
struct Rotation: Sendable {
  enum Axis: Sendable { case side, vertical, depth }

  private let axis: Axis
  private let cosine: Float
  private let sine: Float

  /// - Parameter angle: in radians, by the right hand's rule.
  init(around axis: Axis, by angle: Float) {
    self.axis = axis
    (cosine, sine) = (cos(angle), sin(angle))
  }

  func forward(_ p: SIMD3<Float>) -> SIMD3<Float> { turn(p, sine) }
  func backward(_ p: SIMD3<Float>) -> SIMD3<Float> { turn(p, -sine) }

  private func turn(_ p: SIMD3<Float>, _ sine: Float) -> SIMD3<Float> {
    switch axis {
    case .side: [p.x, p.y * cosine - p.z * sine, p.y * sine + p.z * cosine]
    case .vertical: [p.x * cosine + p.z * sine, p.y, p.z * cosine - p.x * sine]
    case .depth: [p.x * cosine - p.y * sine, p.x * sine + p.y * cosine, p.z]
    }
  }
}
