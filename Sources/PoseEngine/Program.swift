import PoseGraph

/// The representation that the compiler's passes rewrite: a graph with its weights filled in.
///
/// A pass is a pure function from program to program, in a file of its own in `Passes`; ``Pass`` lists them in order.
struct Program: Sendable, Equatable {
  /// Every instruction comes after those whose results it reads.
  var instructions: [Instruction]
  /// The shape of every value for one image; axis 0 has extent 1.
  var shapes: [[Int]]
  var inputs: [Graph.Port]
  var outputs: [Graph.Port]

  /// The producers and readers of the values, by the instructions' indices.
  var dataflow: Dataflow {
    Dataflow(
      nodes: instructions.map { .init(operation: $0.operation, inputs: $0.inputs, outputs: $0.results) },
      shapes: shapes, outputs: outputs.map(\.value))
  }
}

extension Program {
  /// Appends a value.
  mutating func addValue(_ shape: [Int]) -> Graph.ValueID {
    shapes.append(shape)
    return shapes.count - 1
  }

  /// Fills in the weights of a checkpoint.
  ///
  /// - Throws: ``CheckpointMismatch`` if the checkpoint belongs to another network.
  init(_ graph: Graph, _ checkpoint: Checkpoint) throws(CheckpointMismatch) {
    try graph.check(checkpoint)
    var renamed = Array(graph.values.indices)
    var instructions: [Instruction] = []
    for node in graph.nodes where node.operation != .input {
      let inputs = node.inputs.map { renamed[$0] }
      if node.operation.isTrainingOnly, let input = inputs.first {
        renamed[node.output] = input
        continue
      }
      if case .constant(_, let scalars) = node.operation {
        // A constant is known before an image comes, as a parameter is.
        instructions.append(
          Instruction(operation: .parameter, weights: [scalars], inputs: [], output: node.output, path: node.path))
        continue
      }
      let weights = node.parameters.lazy.map { graph.parameters[$0] }.filter { $0.role != .buffer(isInteger: true) }
        .map { checkpoint[$0.name]?.floats ?? [] }
      instructions.append(
        Instruction(
          operation: node.operation, weights: Array(weights), inputs: inputs, output: node.output, path: node.path))
    }
    self.init(
      instructions: instructions, shapes: graph.values.map(\.shape), inputs: graph.inputs,
      outputs: graph.outputs.map { .init(name: $0.name, value: renamed[$0.value]) })
  }
}

extension Program: CustomStringConvertible {
  var description: String { instructions.map(description(of:)).joined(separator: "\n") }

  /// One line: the results with the shape of the first, the operators, the values read, and the module path.
  func description(of instruction: Instruction) -> String {
    let results = instruction.results.map { "%\($0)" }.joined(separator: " ")
    let inputs = instruction.inputs.map { "%\($0)" }.joined(separator: " ")
    let shape = shapes[instruction.results[0]]
    return "\(results) \(shape) = \(instruction.label) \(inputs)  \(instruction.path)"
  }
}
