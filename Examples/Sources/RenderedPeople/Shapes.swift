func dot(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float { (a * b).sum() }
func length(_ a: SIMD3<Float>) -> Float { dot(a, a).squareRoot() }
func normalize(_ a: SIMD3<Float>) -> SIMD3<Float> { a / max(length(a), 1e-9) }
func abs(_ a: SIMD3<Float>) -> SIMD3<Float> { a.replacing(with: -a, where: a .< 0) }
func max3(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> SIMD3<Float> { a.replacing(with: b, where: a .< b) }
func min3(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> SIMD3<Float> { a.replacing(with: b, where: a .> b) }
func cross(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> SIMD3<Float> {
  [a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x]
}

/// A sphere's way from one radius to another.
func roundCone(_ p: SIMD3<Float>, _ a: SIMD3<Float>, _ b: SIMD3<Float>, _ ra: Float, _ rb: Float) -> Float {
  let axis = b - a
  let t = min(max(dot(p - a, axis) / max(dot(axis, axis), 1e-9), 0), 1)
  return length(p - a - axis * t) - (ra + (rb - ra) * t)
}

func ellipsoid(_ p: SIMD3<Float>, _ radii: SIMD3<Float>) -> Float {
  let outer = length(p / radii)
  return outer * (outer - 1) / max(length(p / (radii * radii)), 1e-6)
}

/// The smaller of two, with a soft crossing.
func smoothMinimum(_ a: Float, _ b: Float, _ width: Float) -> Float {
  let near = max(width - abs(a - b), 0) / width
  return min(a, b) - near * near * width / 4
}

/// Smooth noise in 0...1.
func noise(_ p: SIMD3<Float>) -> Float {
  func corner(_ x: Int, _ y: Int, _ z: Int) -> Float {
    var bits = UInt64(bitPattern: Int64(x &* 73_856_093 ^ y &* 19_349_663 ^ z &* 83_492_791)) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ bits >> 29) &* 0xBF58_476D_1CE4_E5B9
    return Float(bits >> 40) / 0x1p24
  }
  let cell = p.rounded(.down)
  let f = p - cell
  let s = f * f * (3 - 2 * f)
  let (x, y, z) = (Int(cell.x), Int(cell.y), Int(cell.z))
  func row(_ y: Int, _ z: Int) -> Float { corner(x, y, z) + (corner(x + 1, y, z) - corner(x, y, z)) * s.x }
  func plane(_ z: Int) -> Float { row(y, z) + (row(y + 1, z) - row(y, z)) * s.y }
  return plane(z) + (plane(z + 1) - plane(z)) * s.z
}
