import PoseGraph

extension Program {
  /// Fuses a unary function into the sum that it reads where the sum itself is read, too: one kernel stores both.
  func fuseSumFunctions() -> Program {
    var program = self
    let dataflow = dataflow
    var fused: Set<Int> = []
    for (index, sum) in instructions.enumerated()
    where sum.isAddChain && sum.activation == nil && sum.fusion == .none && planewise(sum) != nil {
      guard let reader = dataflow.readers(of: sum.output).first(where: { instructions[$0].isPlainUnary }) else {
        continue
      }
      program.instructions[index].fusion = .function(instructions[reader])
      fused.insert(reader)
    }
    program.instructions = program.instructions.indices.filter { !fused.contains($0) }.map { program.instructions[$0] }
    return program
  }
}

extension Program.Instruction {
  fileprivate var isPlainUnary: Bool {
    if case .unary = operation { activation == nil && fusion == .none } else { false }
  }
}
