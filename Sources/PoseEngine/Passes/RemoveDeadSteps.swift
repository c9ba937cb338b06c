extension Program {
  /// Drops steps whose result nobody reads.
  func removingDeadSteps() -> Program {
    var program = self
    var isRead = Array(repeating: false, count: shapes.count)
    for output in outputs { isRead[output.value] = true }
    program.steps = steps.reversed().filter { step in
      guard isRead[step.output] else { return false }
      for input in step.inputs { isRead[input] = true }
      return true
    }.reversed()
    return program
  }
}
