import PoseGraph

extension Unary {
  func apply(to x: TorchTensor) throws(LibTorchError) -> TorchTensor {
    switch self {
    case .relu: try ATen.relu(x)
    case .relu6: try ATen.hardtanh(x, least: 0, most: 6)
    case .sigmoid: try ATen.sigmoid(x)
    case .hardSigmoid: try ATen.hardsigmoid(x)
    case .hardSwish: try ATen.hardswish(x)
    case .silu: try ATen.silu(x)
    case .gelu: try ATen.gelu(x, approximate: "none")
    case .tanh: try ATen.tanh(x)
    case .exp: try ATen.exp(x)
    case .log: try ATen.log(x)
    case .sqrt: try ATen.sqrt(x)
    case .abs: try ATen.abs(x)
    case .negate: try ATen.neg(x)
    case .erf: try ATen.erf(x)
    case .softplus: try ATen.softplus(x, beta: 1, threshold: 20)
    case .sin: try ATen.sin(x)
    case .cos: try ATen.cos(x)
    case .leakyReLU: try ATen.leaky_relu(x, slope: 0.01)
    }
  }
}

extension Binary {
  func apply(to a: TorchTensor, _ b: TorchTensor) throws(LibTorchError) -> TorchTensor {
    switch self {
    case .add: try ATen.add(a, b, alpha: 1)
    case .subtract: try ATen.sub(a, b, alpha: 1)
    case .multiply: try ATen.mul(a, b)
    case .divide: try ATen.div(a, b)
    case .maximum: try ATen.maximum(a, b)
    case .minimum: try ATen.minimum(a, b)
    case .power: try ATen.pow(a, b)
    }
  }

  /// The function of a value and a fixed number.
  func step(by number: Double, type: TorchType, device: Device) -> Step {
    switch self {
    case .add: { inputs, _, _ throws(LibTorchError) in try ATen.addScalar(inputs[0], b: number, alpha: 1) }
    case .subtract: { inputs, _, _ throws(LibTorchError) in try ATen.addScalar(inputs[0], b: -number, alpha: 1) }
    case .multiply: { inputs, _, _ throws(LibTorchError) in try ATen.mulScalar(inputs[0], b: number) }
    case .divide: { inputs, _, _ throws(LibTorchError) in try ATen.divScalar(inputs[0], b: number) }
    case .maximum:
      { inputs, _, _ throws(LibTorchError) in try ATen.clamp(inputs[0], least: number, most: .infinity) }
    case .minimum:
      { inputs, _, _ throws(LibTorchError) in try ATen.clamp(inputs[0], least: -.infinity, most: number) }
    case .power: { inputs, _, _ throws(LibTorchError) in try ATen.powScalar(inputs[0], b: number) }
    }
  }
}
