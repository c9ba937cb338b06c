import PoseGraph

extension Pass {
  /// Evaluates what is computed from parameters alone, with the given kernels.
  static func foldConstants(kernels: Kernels, memoryLimit: Int) -> Pass {
    Pass("foldConstants") { program throws(EngineError) in
      try program.foldConstants(kernels: kernels, memoryLimit: memoryLimit)
    }
  }
}

extension Program {
  /// Replaces instructions that no image changes by parameters with their results.
  ///
  /// - Throws: ``EngineError`` if no kernel can run such an instruction, or if evaluating them takes too much memory.
  func foldConstants(kernels: Kernels, memoryLimit: Int) throws(EngineError) -> Program {
    let parameters = instructions.filter { $0.operation == .parameter }
    var known = Set(parameters.map(\.output))
    var constant: [Instruction] = []
    for instruction in instructions where instruction.operation != .parameter && !instruction.inputs.isEmpty {
      guard instruction.inputs.allSatisfy(known.contains) else { continue }
      known.insert(instruction.output)
      constant.append(instruction)
    }
    guard !constant.isEmpty else { return self }
    let evaluated = Program(
      instructions: parameters + constant, shapes: shapes, inputs: [],
      outputs: constant.map { .init(name: "", value: $0.output) })
    let (fused, _) = try evaluated.applying(Pass.fusions)
    let context = RunContext(try Plan(fused, kernels: kernels, memoryLimit: memoryLimit))
    context.run(part: 0, of: 1) {}
    var results: [Graph.ValueID: [Float]] = [:]
    for (instruction, scalars) in zip(constant, context.outputs) { results[instruction.output] = Array(scalars) }
    var program = self
    program.instructions = instructions.map { instruction in
      guard let scalars = results[instruction.output] else { return instruction }
      return Instruction(
        operation: .parameter, weights: [scalars], inputs: [], output: instruction.output, path: instruction.path)
    }
    return program.removeDeadInstructions()
  }
}
