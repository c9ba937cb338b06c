import PoseConfiguration
import PoseCore
import PoseData
import PoseGraph

/// Weights of one network as another's start: those that fit by name and shape, and of an output layer for other joints
/// the rows of joints that both have.
public struct WeightTransfer {
  public let weights: Checkpoint
  /// The tensors that begin anew, if only in part.
  public let renewed: [String]

  /// - Parameters:
  ///   - fresh: the network's own weights.
  ///   - loaded: the other's, with its configuration where it has other joints.
  public init(_ fresh: Checkpoint, of configuration: ModelConfiguration, from loaded: Checkpoint) throws {
    var (weights, taken) = fresh.taking(from: loaded)
    if let json = loaded.metadata["config"],
      let source = try ModelConfiguration(json: json, source: "the weights").model.skeleton,
      let target = configuration.model.skeleton, source != target
    {
      let mapping = try JointMapping(from: source, to: target)
      for name in weights.names where !taken.contains(name) {
        guard let own = weights[name], let other = loaded[name] else { continue }
        weights[name] = try own.rows(of: mapping, from: other, joints: source.joints.count)
      }
    }
    let whole = Set(taken)
    self.weights = weights
    renewed = weights.names.filter { !whole.contains($0) }
  }
}

extension Tensor {
  /// The same tensor with the rows that another has for the same joints; unchanged where rows are no joints.
  fileprivate func rows(of mapping: JointMapping, from other: Tensor, joints: Int) throws -> Tensor {
    guard type.isFloatingPoint, shape.first == mapping.sources.count, other.shape.first == joints,
      shape.dropFirst() == other.shape.dropFirst()
    else { return self }
    let count = shape.dropFirst().reduce(1, *)
    var rows = floats
    let source = other.floats
    for (row, sources) in mapping.sources.enumerated() {
      guard sources.count == 1, let joint = sources.first else { continue }
      rows.replaceSubrange(row * count..<(row + 1) * count, with: source[joint * count..<(joint + 1) * count])
    }
    return try Tensor(shape: shape, rows)
  }
}
