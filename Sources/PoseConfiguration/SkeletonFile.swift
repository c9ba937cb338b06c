import Foundation
import PoseCore

extension Skeleton {
  /// The most joints that a skeleton may have.
  static let maximumJoints = 1024

  /// Reads a skeleton from YAML, which names joints rather than numbering them:
  ///
  ///     name: hand_and_arm
  ///     joints: [left_wrist, right_wrist, left_elbow, right_elbow]
  ///     flip_pairs: [[left_wrist, right_wrist], [left_elbow, right_elbow]]
  ///     limbs: [[left_wrist, left_elbow], [right_wrist, right_elbow]]
  ///     sigmas: [0.062, 0.062, 0.072, 0.072]
  ///
  /// Without `flip_pairs`, joints whose names differ in `left_` and `right_` alone pair. `upper_body` and `lower_body`
  /// list joints; `joint_weights` are 1 unless given.
  ///
  /// - Parameter name: where the text came from, and the skeleton's name unless the text says otherwise.
  /// - Throws: ``ConfigurationError`` with the key at fault.
  public init(yaml: String, name: String) throws(ConfigurationError) {
    let description: SkeletonDescription = try ModelConfiguration.decode(yaml, name: name)
    self = description.skeleton
    if self.name.isEmpty { self.name = name }
  }

  /// Reads a `.yaml` file of at most 1 MB.
  ///
  /// - Throws: ``ConfigurationError`` where the file cannot be read or says something unknown.
  public init(contentsOf path: String) throws(ConfigurationError) {
    try self.init(yaml: ModelConfiguration.text(of: path), name: path)
    if name == path { name = URL(filePath: path).deletingPathExtension().lastPathComponent }
  }
}

/// A skeleton as its file has it.
struct SkeletonDescription: Codable {
  var skeleton: Skeleton

  init(_ skeleton: Skeleton) { self.skeleton = skeleton }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, joints, limbs, sigmas
    case flipPairs = "flip_pairs"
    case upperBody = "upper_body"
    case lowerBody = "lower_body"
    case jointWeights = "joint_weights"
  }

  init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    let names: [String] = try section.value(.joints)
    try section.check(.joints, !names.isEmpty && names.count <= Skeleton.maximumJoints, "needs 1 to 1024 names")
    try section.check(.joints, Set(names).count == names.count, "names a joint twice")
    let joints = names.map(Joint.init(rawValue:))
    let indices = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })

    func index(_ name: String, _ key: CodingKeys) throws -> Int {
      guard let index = indices[name] else { throw section.unknown(name, key, known: names) }
      return index
    }
    func pairs(_ key: CodingKeys) throws -> [Skeleton.Pair]? {
      let pairs: [[String]]? = try section.value(key, default: nil)
      return try pairs?.map { pair in
        try section.check(key, pair.count == 2 && pair[0] != pair[1], "needs pairs of two different joints")
        return Skeleton.Pair(try index(pair[0], key), try index(pair[1], key))
      }
    }
    func list(_ key: CodingKeys) throws -> [Int] {
      let names: [String] = try section.value(key, default: [])
      return try names.map { try index($0, key) }
    }

    let flipPairs = try pairs(.flipPairs) ?? Self.pairs(named: names)
    let paired = flipPairs.flatMap { [$0.first, $0.second] }
    try section.check(.flipPairs, Set(paired).count == paired.count, "has a joint in two pairs")
    let sigmas: [Double] = try section.value(.sigmas)
    try section.check(
      .sigmas, sigmas.count == names.count, "has \(sigmas.count) numbers, but there are \(names.count) joints")
    try section.check(.sigmas, sigmas.allSatisfy { $0 > 0 && $0 <= 10 }, "needs numbers above 0, such as 0.05")
    let weights: [Double]? = try section.value(.jointWeights, default: nil)
    if let weights {
      try section.check(
        .jointWeights, weights.count == names.count, "has \(weights.count) numbers, but there are \(names.count) joints"
      )
      try section.check(.jointWeights, weights.allSatisfy { $0 >= 0 && $0 <= 1000 }, "needs numbers from 0 to 1000")
    }
    skeleton = Skeleton(
      name: try section.value(.name, default: ""), joints: joints, flipPairs: flipPairs,
      limbs: try pairs(.limbs) ?? [], sigmas: sigmas, upperBody: try list(.upperBody),
      lowerBody: try list(.lowerBody), jointWeights: weights)
  }

  func encode(to encoder: any Encoder) throws {
    let names = skeleton.joints.map(\.rawValue)
    func list(_ indices: [Int]) -> [String] { indices.map { names[$0] } }
    func pairs(_ pairs: [Skeleton.Pair]) -> [[String]] { pairs.map { list([$0.first, $0.second]) } }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(skeleton.name, forKey: .name)
    try container.encode(names, forKey: .joints)
    try container.encode(pairs(skeleton.flipPairs), forKey: .flipPairs)
    try container.encode(pairs(skeleton.limbs), forKey: .limbs)
    try container.encode(skeleton.sigmas, forKey: .sigmas)
    try container.encode(list(skeleton.upperBody), forKey: .upperBody)
    try container.encode(list(skeleton.lowerBody), forKey: .lowerBody)
    try container.encode(skeleton.jointWeights, forKey: .jointWeights)
  }

  private static func pairs(named names: [String]) -> [Skeleton.Pair] {
    names.enumerated().compactMap { index, name in
      guard name.hasPrefix("left_") else { return nil }
      return names.firstIndex(of: "right_" + name.dropFirst("left_".count)).map { Skeleton.Pair(index, $0) }
    }
  }
}
