extension Program {
  /// Drops instructions whose results are neither read nor outputs.
  func removeDeadInstructions() -> Program {
    var program = self
    var isRead = Array(repeating: false, count: shapes.count)
    for output in outputs { isRead[output.value] = true }
    program.instructions = instructions.reversed().filter { instruction in
      guard instruction.results.contains(where: { isRead[$0] }) else { return false }
      for input in instruction.inputs { isRead[input] = true }
      return true
    }.reversed()
    return program
  }
}
