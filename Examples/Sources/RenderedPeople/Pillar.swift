/// What people walk behind: it stands on the floor and has no end above.
public struct Pillar: Sendable {
  /// The middle's place, in meters: to the right in the picture and towards the viewer.
  var x: Float
  var z: Float
  /// In meters.
  var width: Float
  var depth: Float

  public init(x: Float, z: Float, width: Float, depth: Float = 0.1) {
    (self.x, self.z, self.width, self.depth) = (x, z, width, depth)
  }

  /// The distance from a point of the world to the surface.
  func distance(_ p: SIMD3<Float>) -> Float {
    let outside = abs(p - [x, p.y, z]) - SIMD3(width / 2, 1, depth / 2)
    return length(max3(outside, .zero)) + min(max(outside.x, outside.z), 0)
  }
}
