import PoseGraph

extension Program {
  /// Computes once what several instructions compute from the same values with the same weights.
  func eliminateCommonSubexpressions() -> Program {
    var program = self
    var renamed = Array(shapes.indices)
    var known: [Key: [Int]] = [:]
    var kept: [Instruction] = []
    let outputs = Set(outputs.map(\.value))
    for var instruction in instructions {
      instruction.inputs = instruction.inputs.map { renamed[$0] }
      let key = Key(
        operation: instruction.operation, inputs: instruction.inputs, activation: instruction.activation,
        scaling: instruction.scaling,
        shape: shapes[instruction.output])
      if let twin = known[key]?.first(where: { kept[$0].weights == instruction.weights }),
        !outputs.contains(instruction.output)
      {
        renamed[instruction.output] = kept[twin].output
        continue
      }
      known[key, default: []].append(kept.count)
      kept.append(instruction)
    }
    program.instructions = kept
    return program
  }

  private struct Key: Hashable {
    var operation: Operation
    var inputs: [Graph.ValueID]
    var activation: Unary?
    var scaling: Instruction.Scaling
    var shape: [Int]
  }
}
