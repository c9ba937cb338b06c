import PoseGraph

extension Program {
  /// Computes once what several steps compute alike.
  func sharingSteps() -> Program {
    var program = self
    var renamed = Array(shapes.indices)
    var known: [Key: [Int]] = [:]
    var kept: [Step] = []
    let outputs = Set(outputs.map(\.value))
    for var step in steps {
      step.inputs = step.inputs.map { renamed[$0] }
      let key = Key(
        operation: step.operation, inputs: step.inputs, activation: step.activation, scaling: step.scaling,
        shape: shapes[step.output])
      if let twin = known[key]?.first(where: { kept[$0].weights == step.weights }), !outputs.contains(step.output) {
        renamed[step.output] = kept[twin].output
        continue
      }
      known[key, default: []].append(kept.count)
      kept.append(step)
    }
    program.steps = kept
    return program
  }

  private struct Key: Hashable {
    var operation: Operation
    var inputs: [Graph.ValueID]
    var activation: Unary?
    var scaling: Step.Scaling
    var shape: [Int]
  }
}
