/// A network output that a loss reads, and the target that it compares the output with.
public struct LossPort: Sendable, Hashable {
  /// The output's name in the network's graph.
  public var output: String
  /// The name of the target's port.
  public var target: String
  public var shape: Shape

  /// The shape of an output for one sample, beside its target's.
  public enum Shape: Sendable, Hashable, CustomStringConvertible {
    case sameAsTarget
    /// Positions `K x 2` and the logits of their deviations: `K x 4` for a target `K x 2`.
    case withDeviations
    /// The same of each of several layers: `layers x K x 4` for a target `K x 2`.
    case layersWithDeviations
    /// Maps of so many channels, for a target of any shape.
    case maps(channels: Int)

    public var description: String {
      switch self {
      case .sameAsTarget: "of the target's shape"
      case .withDeviations: "K x 4"
      case .layersWithDeviations: "layers x K x 4"
      case .maps(let channels): "\(channels) x H x W"
      }
    }
  }

  /// - Parameter target: nil for the target of the output's name.
  public init(_ output: String, for target: String? = nil, _ shape: Shape = .sameAsTarget) {
    (self.output, self.target, self.shape) = (output, target ?? output, shape)
  }

  /// Whether the loss reads an output of that shape for a target of that one, both for one sample.
  public func reads(_ output: [Int], for target: [Int]) -> Bool {
    let deviations = target.dropLast() + [4]
    return switch shape {
    case .sameAsTarget: output == target
    case .withDeviations: output == Array(deviations)
    case .layersWithDeviations: output.dropFirst() == deviations[...]
    case .maps(let channels): output.count == 3 && output[0] == channels
    }
  }
}
