/// A batch norm at inference, `x * scale + shift` for each channel, and how it folds into the convolution before it.
package struct ChannelAffine: Sendable {
  /// By channel.
  package let scale: [Float]
  package let shift: [Float]

  /// Computed in double precision, so that folding rounds each factor once.
  ///
  /// - Parameter weights: weight, bias, running mean and running variance, a number for each channel.
  package init(batchNorm weights: [[Float]], epsilon: Float) {
    let (weight, bias, mean, variance) = (weights[0], weights[1], weights[2], weights[3])
    let exact = weight.indices.map { Double(weight[$0]) / (Double(variance[$0]) + Double(epsilon)).squareRoot() }
    scale = exact.map { Float($0) }
    shift = weight.indices.map { Float(Double(bias[$0]) - Double(mean[$0]) * exact[$0]) }
  }

  /// The convolution and its weights that compute this function of what a convolution makes, with a bias in any case.
  ///
  /// - Parameter weights: the weight and, if the convolution has one, the bias.
  /// - Returns: nil for other operators.
  package func folded(
    into operation: Operation, weights: [[Float]]
  ) -> (operation: Operation, weights: [[Float]])? {
    var kernel = weights[0]
    let hadBias: Bool
    let result: Operation
    switch operation {
    case .convolution(var convolution):
      let perChannel = kernel.count / max(scale.count, 1)
      for index in kernel.indices { kernel[index] *= scale[index / perChannel] }
      hadBias = convolution.hasBias
      convolution.hasBias = true
      result = .convolution(convolution)
    case .transposedConvolution(var convolution, let outputPadding):
      // Weights are inputs x (outputs / groups) x height x width.
      let taps = convolution.kernel.height * convolution.kernel.width
      let outputs = scale.count / max(convolution.groups, 1)
      let perGroup = kernel.count / max(convolution.groups, 1)
      for index in kernel.indices {
        kernel[index] *= scale[index / perGroup * outputs + index / taps % outputs]
      }
      hadBias = convolution.hasBias
      convolution.hasBias = true
      result = .transposedConvolution(convolution, outputPadding: outputPadding)
    default: return nil
    }
    let bias = hadBias ? weights[1] : Array(repeating: 0, count: scale.count)
    return (result, [kernel, scale.indices.map { bias[$0] * scale[$0] + shift[$0] }])
  }
}
