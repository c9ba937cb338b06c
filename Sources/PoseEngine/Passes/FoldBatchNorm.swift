import PoseGraph

extension Program {
  /// Folds each batch norm into the convolution before it. A batch norm without one becomes `x * scale + shift` for each
  /// channel, with two weights.
  func foldBatchNorms() -> Program {
    let folded = dataflow.foldableBatchNorms { instructions[$0].activation == nil }
    var program = self
    program.instructions = []
    // Where the convolutions are now, by their index before.
    var places: [Int: Int] = [:]
    for (index, var instruction) in instructions.enumerated() {
      if case .batchNorm(let epsilon, _, _) = instruction.operation {
        let affine = ChannelAffine(batchNorm: instruction.weights, epsilon: epsilon)
        if let place = folded[index].flatMap({ places[$0] }),
          let result = affine.folded(
            into: program.instructions[place].operation, weights: program.instructions[place].weights)
        {
          (program.instructions[place].operation, program.instructions[place].weights) = result
          program.instructions[place].output = instruction.output
          continue
        }
        instruction.weights = [affine.scale, affine.shift]
      }
      places[index] = program.instructions.count
      program.instructions.append(instruction)
    }
    return program
  }
}
