import PoseGraph

extension Program {
  /// Moves each batch norm into the convolution before it; what has none before it becomes two numbers a
  /// channel: `x * scale + shift`.
  func foldingBatchNorms() -> Program {
    var program = self
    let readers = readers
    var producers: [Graph.ValueID: Int] = [:]
    var steps: [Step] = []
    for var step in self.steps {
      if case .batchNorm(let epsilon, _, _) = step.operation {
        let affine = Affine(batchNorm: step.weights, epsilon: epsilon)
        if let index = producers[step.inputs[0]], readers[step.inputs[0]] == 1, steps[index].fold(affine) {
          steps[index].output = step.output
          producers[step.output] = index
          continue
        }
        step.weights = [affine.scale, affine.shift]
      }
      producers[step.output] = steps.count
      steps.append(step)
    }
    program.steps = steps
    return program
  }
}

/// `x * scale + shift`, by channel.
private struct Affine {
  var scale: [Float]
  var shift: [Float]

  /// In double precision, so that folding adds no more than one rounding.
  init(batchNorm weights: [[Float]], epsilon: Float) {
    let (weight, bias, mean, variance) = (weights[0], weights[1], weights[2], weights[3])
    let exact = weight.indices.map { Double(weight[$0]) / (Double(variance[$0]) + Double(epsilon)).squareRoot() }
    scale = exact.map { Float($0) }
    shift = weight.indices.map { Float(Double(bias[$0]) - Double(mean[$0]) * exact[$0]) }
  }
}

extension Program.Step {
  /// Applies a channel-wise affine function to what the step makes; false where the step cannot.
  fileprivate mutating func fold(_ affine: Affine) -> Bool {
    guard activation == nil else { return false }
    let hadBias: Bool
    switch operation {
    case .convolution(var convolution):
      let perChannel = weights[0].count / max(affine.scale.count, 1)
      for index in weights[0].indices { weights[0][index] *= affine.scale[index / perChannel] }
      hadBias = convolution.hasBias
      convolution.hasBias = true
      operation = .convolution(convolution)
    case .transposedConvolution(var convolution, let outputPadding):
      // Weights are inputs x (outputs / groups) x height x width.
      let taps = convolution.kernel.height * convolution.kernel.width
      let outputs = affine.scale.count / max(convolution.groups, 1)
      let perGroup = weights[0].count / max(convolution.groups, 1)
      for index in weights[0].indices {
        weights[0][index] *= affine.scale[index / perGroup * outputs + index / taps % outputs]
      }
      hadBias = convolution.hasBias
      convolution.hasBias = true
      operation = .transposedConvolution(convolution, outputPadding: outputPadding)
    default: return false
    }
    let bias = hadBias ? weights[1] : Array(repeating: 0, count: affine.scale.count)
    weights = [weights[0], affine.scale.indices.map { bias[$0] * affine.scale[$0] + affine.shift[$0] }]
    return true
  }
}
