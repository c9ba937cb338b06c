import PoseGraph

/// What the compiler's passes rewrite: a graph with its weights filled in.
///
/// A pass is a pure function from program to program. `description` prints one, to see what a pass did.
struct Program: Sendable {
  var steps: [Step]
  /// The shape of every value for one image; axis 0 has extent 1.
  var shapes: [[Int]]
  var inputs: [Graph.Port]
  var outputs: [Graph.Port]

  struct Step: Sendable {
    var operation: Operation
    /// The operator's weights in its own order, float32.
    var weights: [[Float]]
    /// As the operator's; a convolution may have a second one, which is added to what it makes. The second operand of a
    /// binary function may be smaller by whole factors: each of its pixels is then read for a block of the first one's.
    /// A sum may have more such terms, and after them its ``scaling``.
    var inputs: [Graph.ValueID]
    var output: Graph.ValueID
    /// Applied to each number of the output as it is made.
    var activation: Unary?
    var path: String
    /// Whether the output gets memory of its own where it could be a view of the input's.
    var isCopy = false
    /// What the first term of a sum is multiplied by.
    var scaling = Scaling.none

    enum Scaling: Sendable, Hashable {
      case none
      case number(Float)
      /// The last input, a number a plane.
      case planes
    }

    /// Whether this is a sum of other than two terms as they are.
    var isJoinedSum: Bool { operation == .binary(.add) && (inputs.count > 2 || scaling != .none) }
  }

  /// How often each value is read, outputs of the network included.
  var readers: [Int] {
    var readers = Array(repeating: 0, count: shapes.count)
    for step in steps { for input in step.inputs { readers[input] += 1 } }
    for output in outputs { readers[output.value] += 1 }
    return readers
  }
}

extension Program {
  /// Appends a value.
  mutating func addValue(_ shape: [Int]) -> Graph.ValueID {
    shapes.append(shape)
    return shapes.count - 1
  }

  /// Fills a graph in with the weights of a checkpoint.
  ///
  /// - Throws: ``CheckpointMismatch`` where they do not belong together.
  init(_ graph: Graph, _ checkpoint: Checkpoint) throws(CheckpointMismatch) {
    try graph.check(checkpoint)
    var renamed = Array(graph.values.indices)
    var steps: [Step] = []
    for node in graph.nodes where node.operation != .input {
      let inputs = node.inputs.map { renamed[$0] }
      if node.operation.isIdentityOutsideTraining, let input = inputs.first {
        renamed[node.output] = input
        continue
      }
      if case .constant(_, let scalars) = node.operation {
        // Known before an image comes, as a parameter is.
        steps.append(
          Step(operation: .parameter, weights: [scalars], inputs: [], output: node.output, path: node.path))
        continue
      }
      let weights = node.parameters.lazy.map { graph.parameters[$0] }.filter { $0.role != .buffer(isInteger: true) }
        .map { checkpoint[$0.name]?.floats ?? [] }
      steps.append(
        Step(
          operation: node.operation, weights: Array(weights), inputs: inputs, output: node.output, activation: nil,
          path: node.path))
    }
    self.init(
      steps: steps, shapes: graph.values.map(\.shape), inputs: graph.inputs,
      outputs: graph.outputs.map { .init(name: $0.name, value: renamed[$0.value]) })
  }
}

extension Program: CustomStringConvertible {
  var description: String { steps.map(description(of:)).joined(separator: "\n") }

  func description(of step: Step) -> String {
    let activation = step.activation.map { ", " + $0.rawValue } ?? ""
    let inputs = step.inputs.map { "%\($0)" }.joined(separator: " ")
    return "%\(step.output) \(shapes[step.output]) = \(step.operation.name)\(activation) \(inputs)  \(step.path)"
  }
}

extension Operation {
  /// Whether only training notices the operator.
  fileprivate var isIdentityOutsideTraining: Bool {
    switch self {
    case .dropout, .detach: true
    default: false
    }
  }
}
