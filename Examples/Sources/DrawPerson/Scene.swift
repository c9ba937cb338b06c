/// A person who waves, made of rounded solids, and the room around them. Metres; y points up, z towards the viewer.
struct Scene {
  typealias Vector = SIMD3<Float>

  /// What a surface is made of.
  enum Material { case skin, hair, shirt, trousers, shoe, floor, wall }

  /// Where a solid is: a cone with round ends, squashed in depth.
  private struct Limb {
    var start: Vector
    var end: Vector
    var startRadius: Float
    var endRadius: Float
    var depth: Float = 1
    var material: Material
  }

  private let limbs: [Limb]
  private let head = Vector(0.015, 1.595, 0.02)

  init() {
    let (leftShoulder, leftElbow, leftWrist) = (
      Vector(0.175, 1.395, 0), Vector(0.39, 1.22, 0.02), Vector(0.5, 1.475, 0.1)
    )
    let (rightShoulder, rightElbow, rightWrist) = (
      Vector(-0.175, 1.395, 0), Vector(-0.275, 1.125, -0.02), Vector(-0.3, 0.885, 0.07)
    )
    let (leftHip, leftKnee, leftAnkle) = (Vector(0.088, 0.93, 0), Vector(0.145, 0.5, 0.04), Vector(0.185, 0.085, -0.02))
    let (rightHip, rightKnee, rightAnkle) = (
      Vector(-0.088, 0.93, 0), Vector(-0.115, 0.5, 0.03), Vector(-0.125, 0.085, 0)
    )
    func middle(_ a: Vector, _ b: Vector, _ t: Float) -> Vector { a + (b - a) * t }
    func limb(_ a: Vector, _ b: Vector, _ ra: Float, _ rb: Float, _ material: Material, depth: Float = 1) -> Limb {
      Limb(start: a, end: b, startRadius: ra, endRadius: rb, depth: depth, material: material)
    }
    var limbs = [
      limb([0, 1.46, 0], [0.008, 1.53, 0.01], 0.05, 0.047, .skin),
      limb([-0.075, 1.31, 0], [-0.05, 1.08, 0], 0.11, 0.095, .shirt, depth: 0.85),
      limb([0.075, 1.31, 0], [0.05, 1.08, 0], 0.11, 0.095, .shirt, depth: 0.85),
      limb(rightShoulder, leftShoulder, 0.058, 0.058, .shirt),
      limb([-0.1, 1.4, 0], [0.1, 1.4, 0], 0.075, 0.075, .shirt, depth: 0.9),
      limb([-0.06, 1.0, 0], [0.06, 1.0, 0], 0.112, 0.112, .shirt, depth: 0.85),
      limb([-0.06, 0.93, 0], [0.06, 0.93, 0], 0.112, 0.112, .trousers, depth: 0.9),
    ]
    for (shoulder, elbow, wrist) in [(leftShoulder, leftElbow, leftWrist), (rightShoulder, rightElbow, rightWrist)] {
      limbs.append(limb(shoulder, middle(shoulder, elbow, 0.6), 0.058, 0.056, .shirt))
      limbs.append(limb(shoulder, elbow, 0.048, 0.04, .skin))
      limbs.append(limb(elbow, wrist, 0.041, 0.028, .skin))
      let hand = wrist + (wrist - elbow) * 0.3
      limbs.append(limb(wrist, hand, 0.03, 0.036, .skin, depth: 0.6))
      let along = (wrist - elbow) * 0.26
      for finger in 0..<4 {
        let across = Vector(along.y, -along.x, 0) * (Float(finger) - 1.5) * 0.28
        limbs.append(limb(hand + across * 0.8, hand + along * 0.9 + across, 0.011, 0.009, .skin))
      }
    }
    for (hip, knee, ankle) in [(leftHip, leftKnee, leftAnkle), (rightHip, rightKnee, rightAnkle)] {
      limbs.append(limb(hip, knee, 0.092, 0.062, .trousers))
      limbs.append(limb(knee, ankle, 0.062, 0.047, .trousers))
      limbs.append(limb(ankle - [0, 0.04, 0.02], ankle + [ankle.x * 0.25, -0.045, 0.13], 0.042, 0.037, .shoe))
    }
    self.limbs = limbs
  }

  /// The distance to the nearest surface, or a little less, and what it is made of.
  func distance(_ p: Vector) -> (Float, Material) {
    var best: (Float, Material) = (p.y, .floor)
    if p.z + 1.1 < best.0 { best = (p.z + 1.1, .wall) }
    // Far from the body, its box is near enough.
    let outside = abs(p - Vector(0.05, 0.88, 0)) - Vector(0.62, 0.95, 0.35)
    let box = length(max3(outside, 0))
    if box > 0.3 { return box < best.0 ? (box, .skin) : best }
    var solids: [Material: Float] = [:]
    func add(_ distance: Float, _ material: Material, blend: Float) {
      solids[material] = solids[material].map { smoothMinimum($0, distance, blend) } ?? distance
    }
    for limb in limbs { add(distance(p, limb), limb.material, blend: limb.material == .skin ? 0.012 : 0.035) }
    let q = p - head
    add(ellipsoid(q - [0, 0.015, -0.005], [0.078, 0.1, 0.092]), .skin, blend: 0.02)
    add(ellipsoid(q - [0, -0.055, 0.02], [0.055, 0.06, 0.06]), .skin, blend: 0.04)
    add(roundCone(q, [0, 0.02, 0.085], [0, -0.018, 0.102], 0.009, 0.016), .skin, blend: 0.015)
    for side in [-1, 1] as [Float] {
      add(ellipsoid(q - [side * 0.081, 0.0, -0.005], [0.012, 0.03, 0.02]), .skin, blend: 0.008)
    }
    let scalp = ellipsoid(q - [0, 0.035, -0.02], [0.089, 0.1, 0.098])
    // The hair ends at the forehead and above the ears.
    let face = min(0.052 - q.y + max(0, -q.z) * 1.1, 1)
    add(max(scalp, face), .hair, blend: 0.01)
    for (material, distance) in solids.sorted(by: { $0.value < $1.value }).prefix(1) where distance < best.0 {
      best = (distance, material)
    }
    return best
  }

  /// The colour of a surface in daylight, linear.
  func color(_ p: Vector, _ material: Material) -> Vector {
    switch material {
    case .skin: return faceColor(p - head) ?? [0.62, 0.36, 0.25]
    case .hair: return [0.055, 0.032, 0.02] * (0.8 + 0.5 * noise(p * [160, 40, 160]))
    case .shirt:
      let stripe = (p.y * 18).rounded(.down).truncatingRemainder(dividingBy: 2) == 0
      return stripe && p.y < 1.36 && p.y > 1.06 ? [0.55, 0.08, 0.07] : [0.5, 0.055, 0.055]
    case .trousers: return Vector(0.045, 0.07, 0.16) * (0.85 + 0.3 * noise(p * 90))
    case .shoe: return p.y < 0.022 ? [0.7, 0.7, 0.68] : [0.09, 0.09, 0.1]
    case .floor:
      let board = (p.x * 5).rounded(.down)
      return Vector(0.3, 0.2, 0.12)
        * (0.75 + 0.25 * noise([board * 7.3, 0, p.z * 2]) + 0.2 * noise([p.x * 60, 0, p.z * 6]))
    case .wall:
      return p.y < 0.12 ? [0.5, 0.5, 0.48] : Vector(0.42, 0.47, 0.5) * (0.95 + 0.08 * noise(p * 35))
    }
  }

  /// Eyes, brows and mouth; nil elsewhere.
  private func faceColor(_ q: Vector) -> Vector? {
    guard q.z > 0.03 else { return nil }
    for side in [-1, 1] as [Float] {
      let eye = SIMD2(q.x - side * 0.033, q.y - 0.022)
      let white = (eye.x * eye.x) / (0.0165 * 0.0165) + (eye.y * eye.y) / (0.0085 * 0.0085)
      if white < 1 {
        let iris = (eye.x * eye.x + eye.y * eye.y).squareRoot()
        return iris < 0.0035 ? [0.005, 0.005, 0.005] : iris < 0.0075 ? [0.07, 0.04, 0.02] : [0.75, 0.73, 0.7]
      }
      if white < 1.5 { return [0.16, 0.08, 0.06] }
      let brow = SIMD2(q.x - side * 0.034, q.y - 0.043 + abs(eye.x) * 0.15)
      if abs(brow.x) < 0.021 && abs(brow.y) < 0.0042 { return [0.06, 0.035, 0.02] }
    }
    let mouth = SIMD2(q.x, q.y + 0.052 - q.x * q.x * 6)
    if abs(mouth.x) < 0.026 && abs(mouth.y) < 0.0065 { return [0.42, 0.12, 0.11] }
    return nil
  }

  private func distance(_ p: Vector, _ limb: Limb) -> Float {
    let center = (limb.start.z + limb.end.z) / 2
    var q = p
    q.z = center + (p.z - center) / limb.depth
    return roundCone(q, limb.start, limb.end, limb.startRadius, limb.endRadius) * limb.depth
  }
}

func dot(_ a: SIMD3<Float>, _ b: SIMD3<Float>) -> Float { (a * b).sum() }
func length(_ a: SIMD3<Float>) -> Float { dot(a, a).squareRoot() }
func normalize(_ a: SIMD3<Float>) -> SIMD3<Float> { a / max(length(a), 1e-9) }
func abs(_ a: SIMD3<Float>) -> SIMD3<Float> { a.replacing(with: -a, where: a .< 0) }
func max3(_ a: SIMD3<Float>, _ least: Float) -> SIMD3<Float> { a.replacing(with: least, where: a .< least) }

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
