import PoseGraph

extension Program {
  /// Fuses a product with gates, the depthwise 3x3 convolution that alone reads it, and the mean of each plane of the
  /// result into one sweep over a plane. Either the product or the mean may be missing.
  func fuseScaledDepthwise() -> Program {
    var program = self
    let dataflow = dataflow
    var fused: Set<Int> = []
    for (index, convolution) in instructions.enumerated() where isSweep(convolution) {
      let mean = dataflow.readers(of: convolution.output).first { isPlaneMean(instructions[$0]) }
      let means = mean.map { instructions[$0] }
      if let product = dataflow.producer(of: convolution.inputs[0]), isGating(instructions[product]),
        dataflow.onlyReader(of: convolution.inputs[0]) == index
      {
        program.instructions[product].fusion = .convolution(convolution, means: means)
        fused.insert(index)
      } else if let means {
        program.instructions[index].fusion = .means(means)
      } else {
        continue
      }
      if let mean { fused.insert(mean) }
    }
    program.instructions = program.instructions.indices.filter { !fused.contains($0) }.map { program.instructions[$0] }
    return program
  }

  /// Whether the kernel can run a convolution.
  private func isSweep(_ instruction: Instruction) -> Bool {
    guard case .depthwise(let convolution)? = planeKernel(for: instruction), instruction.fusion == .none else {
      return false
    }
    return convolution.kernel == 3 && convolution.stride == 1 && convolution.padding == 1 && convolution.dilation == 1
      && [nil, .relu].contains(instruction.activation)
  }

  private func isGating(_ instruction: Instruction) -> Bool {
    planeKernel(for: instruction) == .binary(.multiply) && instruction.activation == nil && instruction.fusion == .none
  }

  private func isPlaneMean(_ instruction: Instruction) -> Bool {
    guard case .adaptiveAveragePool = instruction.operation, instruction.fusion == .none else { return false }
    return planes(of: instruction.output).size == 1
  }
}
