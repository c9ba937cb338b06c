/// A joint's name, as the datasets write it: `left_wrist`.
public struct Joint: Sendable, Hashable, Codable, RawRepresentable, ExpressibleByStringLiteral {
  public var rawValue: String

  public init(rawValue: String) { self.rawValue = rawValue }
  public init(stringLiteral value: String) { rawValue = value }
}

/// Which joints a pose has and how they belong together.
public struct Skeleton: Sendable, Hashable {
  /// The name that configurations and model files use: `coco17`.
  public var name: String
  /// The joints in the order of the network's outputs.
  public var joints: [Joint]
  /// Pairs of joint indices that change places when the picture is mirrored.
  public var flipPairs: [Pair]
  /// Pairs of joint indices that a drawing connects.
  public var limbs: [Pair]
  /// The per-joint constants of object keypoint similarity.
  public var sigmas: [Double]
  /// The indices of the joints that count as the upper half where training crops to half a body.
  public var upperBody: [Int]
  /// The indices of the other half's joints.
  public var lowerBody: [Int]
  /// How much each joint counts in a training loss that weights joints.
  public var jointWeights: [Double]

  /// Two joint indices.
  public struct Pair: Sendable, Hashable, Codable {
    public var first: Int
    public var second: Int

    public init(_ first: Int, _ second: Int) {
      self.first = first
      self.second = second
    }
  }

  /// - Parameter jointWeights: 1 for each joint where nil.
  public init(
    name: String, joints: [Joint], flipPairs: [Pair], limbs: [Pair], sigmas: [Double], upperBody: [Int] = [],
    lowerBody: [Int] = [], jointWeights: [Double]? = nil
  ) {
    self.name = name
    self.joints = joints
    self.flipPairs = flipPairs
    self.limbs = limbs
    self.sigmas = sigmas
    self.upperBody = upperBody
    self.lowerBody = lowerBody
    self.jointWeights = jointWeights ?? joints.map { _ in 1 }
  }

  /// Whether the joints are those of whole people, who have shoulders and ankles, and not of hands, faces or animals.
  package var isOfPeople: Bool { joints.contains(.leftShoulder) && joints.contains(.leftAnkle) }
}
