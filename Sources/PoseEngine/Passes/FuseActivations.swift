import PoseGraph

extension Program {
  /// Fuses a unary function into the instruction whose result it alone reads.
  func fuseActivations() -> Program {
    var program = self
    let dataflow = dataflow
    var producers: [Graph.ValueID: Int] = [:]
    var instructions: [Instruction] = []
    for instruction in self.instructions {
      if case .unary(let function) = instruction.operation, instruction.activation == nil,
        let index = producers[instruction.inputs[0]], dataflow.readCount(of: instruction.inputs[0]) == 1,
        instructions[index].activation == nil, instructions[index].operation.appliesActivations
      {
        instructions[index].activation = function
        instructions[index].output = instruction.output
        producers[instruction.output] = index
        continue
      }
      producers[instruction.output] = instructions.count
      instructions.append(instruction)
    }
    program.instructions = instructions
    return program
  }
}

extension Operation {
  fileprivate var appliesActivations: Bool {
    switch self {
    case .convolution, .transposedConvolution, .linear, .batchNorm, .binary, .scalar: true
    default: false
    }
  }
}
