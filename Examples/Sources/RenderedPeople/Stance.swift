/// How a figure holds its limbs, in its own coordinates: where elbows, wrists, knees and ankles are, and how the body
/// leans. Arms are given as the body is upright; leaning takes them along.
struct Stance: Sendable {
  typealias Vector = SIMD3<Float>

  var leftElbow = Vector(0.275, 1.125, -0.02)
  var leftWrist = Vector(0.3, 0.885, 0.07)
  var rightElbow = Vector(-0.275, 1.125, -0.02)
  var rightWrist = Vector(-0.3, 0.885, 0.07)
  var leftKnee = Vector(0.115, 0.5, 0.03)
  var leftAnkle = Vector(0.125, 0.085, 0)
  var rightKnee = Vector(-0.115, 0.5, 0.03)
  var rightAnkle = Vector(-0.125, 0.085, 0)
  /// How far the hips are from where they are when standing.
  var hips = Vector.zero
  /// To the person's right and forward, in radians.
  var lean: Float = 0
  var bow: Float = 0

  static let waving = Stance(
    leftElbow: [0.39, 1.22, 0.02], leftWrist: [0.5, 1.475, 0.1], leftKnee: [0.145, 0.5, 0.04],
    leftAnkle: [0.185, 0.085, -0.02])
  static let jumping = Stance(
    leftElbow: [0.33, 1.62, 0.02], leftWrist: [0.36, 1.89, 0.05], rightElbow: [-0.33, 1.62, 0.02],
    rightWrist: [-0.36, 1.89, 0.05], leftKnee: [0.3, 0.75, 0.1], leftAnkle: [0.42, 0.37, 0],
    rightKnee: [-0.3, 0.75, 0.1], rightAnkle: [-0.42, 0.37, 0], hips: [0, 0.22, 0])
  static let stretching = Stance(
    leftElbow: [0.455, 1.4, 0.0], leftWrist: [0.73, 1.41, 0.03], rightElbow: [-0.455, 1.4, 0],
    rightWrist: [-0.73, 1.41, 0.03], leftKnee: [0.25, 0.52, 0.02], leftAnkle: [0.37, 0.085, 0],
    rightKnee: [-0.25, 0.52, 0.02], rightAnkle: [-0.37, 0.085, 0], lean: 0.28)
  static let walking = Stance(
    leftElbow: [0.235, 1.13, -0.1], leftWrist: [0.2, 0.93, -0.02], rightElbow: [-0.235, 1.14, 0.08],
    rightWrist: [-0.17, 1.13, 0.33], leftKnee: [0.1, 0.52, 0.17], leftAnkle: [0.1, 0.1, 0.27],
    rightKnee: [-0.1, 0.5, -0.06], rightAnkle: [-0.1, 0.16, -0.32], hips: [0, -0.02, 0], bow: 0.06)
  static let kicking = Stance(
    leftElbow: [0.42, 1.3, 0.05], leftWrist: [0.62, 1.47, 0.14], rightElbow: [-0.4, 1.23, -0.04],
    rightWrist: [-0.63, 1.12, 0.05], leftKnee: [0.38, 0.67, 0.14], leftAnkle: [0.66, 0.39, 0.22],
    rightKnee: [-0.1, 0.5, 0.05], rightAnkle: [-0.08, 0.085, 0], hips: [-0.03, 0, 0], lean: 0.16)
  static let lunging = Stance(
    leftElbow: [0.36, 1.2, 0.03], leftWrist: [0.16, 1.03, 0.12], rightElbow: [-0.36, 1.2, 0.03],
    rightWrist: [-0.16, 1.03, 0.12], leftKnee: [0.42, 0.49, 0.13], leftAnkle: [0.46, 0.085, 0],
    rightKnee: [-0.36, 0.4, 0.03], rightAnkle: [-0.66, 0.085, -0.02], hips: [0.08, -0.24, 0])

  /// Where a point of the upright upper body is.
  func leaned(_ p: Vector) -> Vector { Lean(self).forward(p) }

  /// How the upper body leans.
  struct Lean: Sendable {
    private let lean: Rotation
    private let bow: Rotation
    private let hips: Vector

    init(_ stance: Stance) {
      lean = Rotation(around: .depth, by: stance.lean)
      bow = Rotation(around: .side, by: stance.bow)
      hips = stance.hips
    }

    func forward(_ p: Vector) -> Vector { lean.forward(bow.forward(p - Stance.pivot)) + Stance.pivot + hips }

    /// Where a point of the leaning upper body is while it is upright.
    func backward(_ p: Vector) -> Vector { bow.backward(lean.backward(p - Stance.pivot - hips)) + Stance.pivot }
  }

  private static let pivot = Vector(0, 0.95, 0)
  private static let leftShoulder = Vector(0.175, 1.395, 0)
  private static let rightShoulder = Vector(-0.175, 1.395, 0)
  private static let leftHip = Vector(0.088, 0.93, 0)
  private static let rightHip = Vector(-0.088, 0.93, 0)

  /// The joints below the head in COCO's order: shoulders, elbows, wrists, hips, knees, ankles, the left one first.
  var joints: [Vector] {
    [Self.leftShoulder, Self.rightShoulder, leftElbow, rightElbow, leftWrist, rightWrist].map(leaned)
      + [Self.leftHip + hips, Self.rightHip + hips, leftKnee, rightKnee, leftAnkle, rightAnkle]
  }

  /// The solids of body, arms and legs.
  var limbs: [Figure.Limb] {
    typealias Limb = Figure.Limb
    func middle(_ a: Vector, _ b: Vector, _ t: Float) -> Vector { a + (b - a) * t }
    func limb(_ a: Vector, _ b: Vector, _ ra: Float, _ rb: Float, _ material: Figure.Material, depth: Float = 1) -> Limb
    {
      Limb(start: a, end: b, startRadius: ra, endRadius: rb, depth: depth, material: material)
    }
    func upper(_ a: Vector, _ b: Vector, _ ra: Float, _ rb: Float, _ material: Figure.Material, depth: Float = 1)
      -> Limb
    {
      limb(leaned(a), leaned(b), ra, rb, material, depth: depth)
    }
    var limbs = [
      upper([0, 1.46, 0], [0.008, 1.53, 0.01], 0.05, 0.047, .skin),
      upper([-0.075, 1.31, 0], [-0.05, 1.08, 0], 0.11, 0.095, .shirt, depth: 0.85),
      upper([0.075, 1.31, 0], [0.05, 1.08, 0], 0.11, 0.095, .shirt, depth: 0.85),
      upper(Self.rightShoulder, Self.leftShoulder, 0.058, 0.058, .shirt),
      upper([-0.1, 1.4, 0], [0.1, 1.4, 0], 0.075, 0.075, .shirt, depth: 0.9),
      upper([-0.06, 1.0, 0], [0.06, 1.0, 0], 0.112, 0.112, .shirt, depth: 0.85),
      limb([-0.06, 0.93, 0] + hips, [0.06, 0.93, 0] + hips, 0.112, 0.112, .trousers, depth: 0.9),
    ]
    for (shoulder, elbow, wrist) in [
      (Self.leftShoulder, leftElbow, leftWrist), (Self.rightShoulder, rightElbow, rightWrist),
    ] {
      limbs.append(upper(shoulder, middle(shoulder, elbow, 0.6), 0.058, 0.056, .shirt))
      limbs.append(upper(shoulder, elbow, 0.048, 0.04, .skin))
      limbs.append(upper(elbow, wrist, 0.041, 0.028, .skin))
      let hand = wrist + (wrist - elbow) * 0.3
      limbs.append(upper(wrist, hand, 0.03, 0.036, .skin, depth: 0.6))
      let along = (wrist - elbow) * 0.26
      for finger in 0..<4 {
        let across = Vector(along.y, -along.x, 0) * (Float(finger) - 1.5) * 0.28
        limbs.append(upper(hand + across * 0.8, hand + along * 0.9 + across, 0.011, 0.009, .skin))
      }
    }
    for (hip, knee, ankle) in [(Self.leftHip, leftKnee, leftAnkle), (Self.rightHip, rightKnee, rightAnkle)] {
      limbs.append(limb(hip + hips, knee, 0.092, 0.062, .trousers))
      limbs.append(limb(knee, ankle, 0.062, 0.047, .trousers))
      limbs.append(limb(ankle - [0, 0.04, 0.02], ankle + [ankle.x * 0.25, -0.045, 0.13], 0.042, 0.037, .shoe))
    }
    return limbs
  }
}
