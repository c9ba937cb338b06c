import PoseCore

/// A network as a value: operators in the order they run, the values that pass between them, and the parameters they use.
///
/// Shapes are static but for the batch: axis 0 of every batched value has extent 1 and stands for any batch. A graph is
/// rebuilt, which is cheap, for another input size.
public struct Graph: Sendable, Hashable {
  /// The network's name, as messages show it.
  public let name: String
  /// Every node comes after the nodes it reads.
  public let nodes: [Node]
  /// What passes between nodes, by ``ValueID``.
  public let values: [ValueInfo]
  /// In the order of the published code's `state_dict()`, running statistics included.
  public let parameters: [Parameter]
  public let inputs: [Port]
  public let outputs: [Port]

  public typealias ValueID = Int
  public typealias ParameterID = Int

  /// One operator at its place in the network.
  public struct Node: Sendable, Hashable {
    public let operation: Operation
    public let inputs: [ValueID]
    public let output: ValueID
    public let parameters: [ParameterID]
    /// The published module path (`backbone.stage0.0.layers.1`), or that of the module whose code the operator stands in.
    public let path: String
    /// Whether the published code has a module of its own at `path` for this operator, as published counts ask.
    public let isModule: Bool

    func replacingParameters(_ change: (ParameterID) -> ParameterID) -> Node {
      Node(
        operation: operation, inputs: inputs, output: output, parameters: parameters.map(change), path: path,
        isModule: isModule)
    }
  }

  /// What is known of a value before the network runs.
  public struct ValueInfo: Sendable, Hashable {
    /// For images `1 x C x H x W`.
    public let shape: [Int]
    /// Whether axis 0 is the batch; false for what is computed from parameters alone.
    public let isBatched: Bool
  }

  /// A named way in or out.
  public struct Port: Sendable, Hashable {
    public let name: String
    public let value: ValueID

    public init(name: String, value: ValueID) {
      self.name = name
      self.value = value
    }
  }

  /// The same network with more outputs: intermediate values, for comparing, drawing or distilling from them.
  public func exposing(_ ports: [Port]) -> Graph {
    Graph(
      name: name, nodes: nodes, values: values, parameters: parameters, inputs: inputs,
      outputs: outputs + ports.filter { values.indices.contains($0.value) })
  }

  /// The same network with these outputs alone.
  package func giving(_ outputs: [Port]) -> Graph {
    Graph(
      name: name, nodes: nodes, values: values, parameters: parameters, inputs: inputs,
      outputs: outputs.filter { values.indices.contains($0.value) })
  }

  /// The shape of a value, axis 0 being the batch.
  ///
  /// - Precondition: `value` is one of this graph's.
  public func shape(of value: ValueID) -> [Int] {
    precondition(values.indices.contains(value), "Graph '\(name)' has no value \(value); is it another graph's?")
    return values[value].shape
  }
}

/// A tensor that a checkpoint gives.
public struct Parameter: Sendable, Hashable {
  /// The full published name: `backbone.stem.conv1.conv.weight`.
  public let name: String
  public let shape: [Int]
  public let role: Role
  public let initializer: Initializer

  public enum Role: Sendable, Hashable {
    /// Trained by gradients, counted as a parameter.
    case trainable
    /// Counted as a parameter, but left as it started: a table of positions.
    case fixed
    /// Kept by the network itself, as a batch norm's running mean; a 64-bit counter where `isInteger`.
    case buffer(isInteger: Bool = false)
  }
}

/// Why layers do not make a network.
public struct GraphError: UserError, Hashable {
  /// The path of the layer at fault.
  public let path: String
  public let reason: String

  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
}
