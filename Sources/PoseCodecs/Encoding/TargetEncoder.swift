import PoseCore

/// Writes a target for given sizes.
public struct TargetEncoder: Sendable {
  public let target: any Target
  public let grid: TargetGrid
  /// The network's outputs that the target is for, with the shapes of one sample.
  public let ports: [TargetPort]
  /// What a joint's weight is multiplied by, one for each joint; empty for 1 each.
  package let jointWeights: [Float]

  /// - Throws: ``TargetError`` where a size, a setting or the count of weights makes no sense.
  public init(_ target: any Target, for grid: TargetGrid, jointWeights: [Float] = []) throws(TargetError) {
    let (input, maps) = (grid.input, grid.maps)
    let sides = 1...65536
    try TargetError.check(
      [input.width, input.height, maps.width, maps.height].allSatisfy(sides.contains),
      "sides need 1 to 65536 pixels, not \(input.width) x \(input.height) and \(maps.width) x \(maps.height)")
    try TargetError.check((1...4096).contains(grid.joints), "a person needs 1 to 4096 joints, not \(grid.joints)")
    try TargetError.check((1...4096).contains(grid.people), "an input needs 1 to 4096 people, not \(grid.people)")
    if let fine = grid.fineMaps {
      try TargetError.check(
        sides.contains(fine.width) && sides.contains(fine.height)
          && grid.joints * fine.width * fine.height <= 1 << 30,
        "finer maps of \(fine.width) x \(fine.height) are too large")
    }
    try TargetError.check(
      3 * grid.joints * maps.width * maps.height <= 1 << 30 && input.width * input.height <= 1 << 28,
      "maps of \(maps.width) x \(maps.height) for an input of \(input.width) x \(input.height) are too large")
    try TargetError.check(
      jointWeights.isEmpty || jointWeights.count == grid.joints,
      "\(grid.joints) joints cannot have \(jointWeights.count) weights")
    (self.target, self.grid, self.jointWeights) = (target, grid, jointWeights)
    ports = try target.ports(for: grid)
  }

  /// The network's input.
  public var input: Size { grid.input }

  /// How many joints a person has.
  public var joints: Int { grid.joints }

  /// The shapes of ``ports``.
  public var shapes: [[Int]] { ports.map(\.shape) }

  /// How many floats each port has.
  public var counts: [Int] { ports.map { $0.shape.reduce(1, *) } }

  /// The target of one person.
  ///
  /// - Parameter labels: in pixels of the input; missing joints count as not labelled.
  public func encode(_ labels: [LabelledKeypoint]) -> EncodedTarget { encode(LabelledScene(labels)) }

  /// The target of a scene.
  public func encode(_ scene: LabelledScene) -> EncodedTarget {
    let parts = counts.map { UnsafeMutableBufferPointer<Float>.allocate(capacity: $0) }
    defer { for part in parts { part.deallocate() } }
    var weights = Array(repeating: Float(0), count: joints)
    weights.withUnsafeMutableBufferPointer { encode(scene, into: parts, weights: $0) }
    return EncodedTarget(shapes: shapes, values: parts.map(Array.init), weights: weights)
  }

  /// As ``encode(_:)``, into memory of any content.
  ///
  /// - Parameters:
  ///   - parts: one for each of ``ports``, with as many floats as its shape has.
  ///   - weights: one for each joint: 0 for those that are not learned.
  package func encode(
    _ scene: LabelledScene, into parts: [UnsafeMutableBufferPointer<Float>],
    weights: UnsafeMutableBufferPointer<Float>
  ) {
    let counts = counts
    precondition(
      parts.map(\.count) == counts && weights.count == joints,
      "a target needs \(counts) floats and \(joints) weights, not \(parts.map(\.count)) and \(weights.count)")
    for part in parts { part.initialize(repeating: 0) }
    weights.initialize(repeating: 0)
    target.encode(scene, into: TargetMemory(grid: grid, parts: parts, weights: weights))
    for (joint, factor) in jointWeights.enumerated() { weights[joint] *= factor }
  }
}

extension TargetEncoder: Equatable {
  public static func == (a: TargetEncoder, b: TargetEncoder) -> Bool {
    AnyHashable(a.target) == AnyHashable(b.target) && a.grid == b.grid && a.jointWeights == b.jointWeights
  }
}

/// The target of one sample.
public struct EncodedTarget: Sendable, Hashable {
  /// As ``TargetEncoder/shapes``.
  public var shapes: [[Int]]
  /// The floats of each port, in C order.
  public var values: [[Float]]
  /// The weight of each joint: 0 for one that is not learned.
  public var weights: [Float]
}
