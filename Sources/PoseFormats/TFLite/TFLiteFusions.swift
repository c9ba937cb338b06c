import PoseGraph

/// The ReLUs that become part of the operator before them, which is the only one that feeds them and feeds nothing else.
struct TFLiteFusions {
  /// The activation of each operator that has one, by its node's index.
  private var activations: [Int: TFLiteActivation] = [:]
  /// The nodes of the ReLUs that are part of another operator.
  private(set) var gone: Set<Int> = []

  init(_ graph: Graph, _ folded: FoldedConvolutions) {
    var makers: [Graph.ValueID: Int] = [:]
    var readers: [Graph.ValueID: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      makers[node.output] = index
      for input in node.inputs { readers[input, default: 0] += 1 }
    }
    for port in graph.outputs { readers[port.value, default: 0] += 1 }
    for (index, node) in graph.nodes.enumerated() {
      guard let activation = node.operation.fusedActivation else { continue }
      var source = node.inputs[0]
      while readers[source] == 1, let maker = makers[source] {
        let before = graph.nodes[maker]
        if folded.foldedNorms.contains(maker) || before.operation.isTrainingOnly {
          source = before.inputs[0]
          continue
        }
        if before.operation.takesActivation, activations[maker] == nil {
          activations[maker] = activation
          gone.insert(index)
        }
        break
      }
    }
  }

  func activation(of node: Int) -> TFLiteActivation { activations[node] ?? .none }
}

extension Operation {
  /// The activation that an operator of the file can have instead of this one after it.
  fileprivate var fusedActivation: TFLiteActivation? {
    switch self {
    case .unary(.relu): .relu
    case .unary(.relu6): .relu6
    default: nil
    }
  }

  fileprivate var takesActivation: Bool {
    switch self {
    case .convolution, .linear: true
    case .binary(let function), .scalar(let function, _): [.add, .subtract, .multiply, .divide].contains(function)
    default: false
    }
  }
}
