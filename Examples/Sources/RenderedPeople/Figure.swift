/// A person made of rounded solids. Meters; y points up, z towards the viewer, x to the person's left.
struct Figure: Sendable {
  typealias Vector = SIMD3<Float>

  /// What a part of a figure is made of.
  enum Material: Int, CaseIterable, Sendable { case skin, hair, shirt, trousers, shoe }

  /// Colors in daylight, linear.
  struct Colors: Sendable {
    var skin = Vector(0.62, 0.36, 0.25)
    var hair = Vector(0.055, 0.032, 0.02)
    var shirt = Vector(0.5, 0.055, 0.055)
    var stripe = Vector(0.55, 0.08, 0.07)
    var trousers = Vector(0.045, 0.07, 0.16)
    var shoe = Vector(0.09, 0.09, 0.1)
  }

  /// A cone with round ends, squashed in depth.
  struct Limb: Sendable {
    var start: Vector
    var end: Vector
    var startRadius: Float
    var endRadius: Float
    var depth: Float = 1
    var material: Material

    func distance(_ p: Vector) -> Float {
      let center = (start.z + end.z) / 2
      var q = p
      q.z = center + (p.z - center) / depth
      return roundCone(q, start, end, startRadius, endRadius) * depth
    }
  }

  private(set) var limbs: [Limb]
  private var hasHead = true
  private let stance: Stance
  private let colors: Colors
  private let position: Vector
  private let size: Float
  private let heading: Rotation
  private let lean: Stance.Lean
  private let isBald: Bool
  /// The corners of a box around the solids.
  private let lowest: Vector
  private let highest: Vector

  private static let materials = Material.allCases
  /// The middle of the head before the body leans.
  private static let head = Vector(0.015, 1.595, 0.02)

  /// - Parameters:
  ///   - position: the place on the floor.
  ///   - size: 1 is 1.7 meters.
  ///   - turn: to the person's left, in radians; 0 faces the viewer.
  ///   - isBald: whether there is hair at the top of the head alone.
  init(
    _ stance: Stance, colors: Colors = Colors(), at position: Vector = .zero, size: Float = 1, turn: Float = 0,
    isBald: Bool = true
  ) {
    self.isBald = isBald
    self.stance = stance
    self.colors = colors
    self.position = position
    self.size = size
    heading = Rotation(around: .vertical, by: turn)
    (limbs, lean) = (stance.limbs, Stance.Lean(stance))
    let head = stance.leaned(Self.head)
    lowest = limbs.reduce(head - 0.13) { min3($0, min3($1.start - $1.startRadius, $1.end - $1.endRadius)) }
    highest = limbs.reduce(head + 0.15) { max3($0, max3($1.start + $1.startRadius, $1.end + $1.endRadius)) }
  }

  /// Points of the surface that reach far along a direction of the world.
  func outline(towards direction: Vector) -> [Vector] {
    var spheres: [(center: Vector, radius: Float)] = [(stance.leaned(Self.head), 0.12)]
    for limb in limbs { spheres += [(limb.start, limb.startRadius), (limb.end, limb.endRadius)] }
    return spheres.map { position + heading.forward($0.center * size) + direction * ($0.radius * size) }
  }

  /// A ball around each end of each part in the world: of the limbs in their order, then of the head.
  var parts: [(start: Vector, end: Vector, radius: Float)] {
    func world(_ p: Vector) -> Vector { position + heading.forward(p * size) }
    let head = world(stance.leaned(Self.head))
    return limbs.map { (world($0.start), world($0.end), max($0.startRadius, $0.endRadius) * size) }
      + [(head, head, 0.15 * size)]
  }

  /// The figure with some of its parts alone, a bit for each.
  func restricted(to parts: UInt64) -> Figure {
    var figure = self
    figure.limbs = limbs.indices.filter { parts >> UInt64($0) & 1 == 1 }.map { limbs[$0] }
    figure.hasHead = parts >> UInt64(limbs.count) & 1 == 1
    return figure
  }

  /// COCO's 17 joints in the world: nose, eyes, ears, and those of the stance.
  var joints: [Vector] {
    let face =
      [
        [0, -0.018, 0.118], [0.033, 0.022, 0.085], [-0.033, 0.022, 0.085], [0.088, 0, -0.005], [-0.088, 0, -0.005],
      ] as [Vector]
    return (face.map { stance.leaned(Self.head + $0) } + stance.joints).map { position + heading.forward($0 * size) }
  }

  /// A point of the world in the figure's own coordinates.
  func local(_ p: Vector) -> Vector { heading.backward(p - position) / size }

  /// The distance to the nearest surface, or a little less, and what it is made of.
  func distance(_ world: Vector) -> (Float, Material) {
    let p = local(world)
    // Far from the body, its box is near enough.
    let outside = abs(p - (lowest + highest) / 2) - (highest - lowest) / 2
    let box = length(max3(outside, .zero))
    if box > 0.3 { return (box * size, .skin) }
    var solids = SIMD8<Float>(repeating: 100)
    func add(_ distance: Float, _ material: Material, blend: Float) {
      solids[material.rawValue] = smoothMinimum(solids[material.rawValue], distance, blend)
    }
    for limb in limbs { add(limb.distance(p), limb.material, blend: limb.material == .skin ? 0.012 : 0.035) }
    if hasHead { addHead(p, add) }
    var nearest = Material.skin
    for material in Self.materials where solids[material.rawValue] < solids[nearest.rawValue] { nearest = material }
    return (solids[nearest.rawValue] * size, nearest)
  }

  private func addHead(_ p: Vector, _ add: (Float, Material, _ blend: Float) -> Void) {
    let q = lean.backward(p) - Self.head
    add(ellipsoid(q - [0, 0.015, -0.005], [0.078, 0.1, 0.092]), .skin, 0.02)
    add(ellipsoid(q - [0, -0.055, 0.02], [0.055, 0.06, 0.06]), .skin, 0.04)
    add(roundCone(q, [0, 0.02, 0.085], [0, -0.018, 0.102], 0.009, 0.016), .skin, 0.015)
    for side in [-1, 1] as [Float] {
      add(ellipsoid(q - [side * 0.081, 0.0, -0.005], [0.012, 0.03, 0.02]), .skin, 0.008)
    }
    let scalp = ellipsoid(q - [0, 0.035, -0.02], [0.089, 0.1, 0.098])
    // The hair ends at the forehead and above the ears, or in the neck.
    let face = min(0.052 - q.y + max(0, -q.z) * (isBald ? 1.1 : -1.4), 1)
    add(max(scalp, face), .hair, 0.01)
  }

  /// The color of a point of the surface.
  func color(_ world: Vector, _ material: Material) -> Vector {
    let p = local(world)
    switch material {
    case .skin: return faceColor(lean.backward(p) - Self.head) ?? colors.skin
    case .hair: return colors.hair * (0.8 + 0.5 * noise(p * [160, 40, 160]))
    case .shirt:
      let height = lean.backward(p).y
      let stripe = (height * 18).rounded(.down).truncatingRemainder(dividingBy: 2) == 0
      return stripe && height < 1.36 && height > 1.06 ? colors.stripe : colors.shirt
    case .trousers: return colors.trousers * (0.85 + 0.3 * noise(p * 90))
    case .shoe: return p.y < 0.022 ? [0.7, 0.7, 0.68] : colors.shoe
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
      if white < 1.5 { return colors.skin * 0.25 }
      let brow = SIMD2(q.x - side * 0.034, q.y - 0.043 + abs(eye.x) * 0.15)
      if abs(brow.x) < 0.021 && abs(brow.y) < 0.0042 { return [0.06, 0.035, 0.02] }
    }
    let mouth = SIMD2(q.x, q.y + 0.052 - q.x * q.x * 6)
    if abs(mouth.x) < 0.026 && abs(mouth.y) < 0.0065 { return [0.42, 0.12, 0.11] }
    return nil
  }
}
