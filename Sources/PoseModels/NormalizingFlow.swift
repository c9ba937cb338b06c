import PoseGraph

extension Scope {
  /// The parameters of RealNVP (Dinh et al., ICLR 2017), the flow that RLE learns errors with: checkpoints have them, and
  /// prediction needs none.
  func declareFlow(nets: [String] = ["s", "t"], hasPrior: Bool = true) {
    if hasPrior {
      unusedParameter("loc", shape: [2], .values([0, 0]), role: .buffer())
      unusedParameter("cov", shape: [2, 2], .values([1, 0, 0, 1]), role: .buffer())
    }
    let layers = 6
    unusedParameter(
      "mask", shape: [layers, 2], .values((0..<layers).flatMap { $0 % 2 == 0 ? [0, 1] : [1, 0] }),
      role: .buffer())
    for name in nets {
      for layer in 0..<layers {
        for (index, (inputs, outputs)) in [(2, 64), (64, 64), (64, 2)].enumerated() {
          let here = self / name / layer / (2 * index)
          here.unusedParameter("weight", shape: [outputs, inputs], .xavierUniform)
          here.unusedParameter("bias", shape: [outputs], .pyTorchDefault(fanIn: inputs))
        }
      }
    }
  }
}
