import CTorch
import PoseGraph

/// A batch norm, and the ReLU that reads it alone where there is one.
struct BatchNormLayer {
  let epsilon: Double
  /// How far the running statistics move in a run. A layer that the published code runs `updates` times on one input
  /// gives the same result each time and moves its statistics each time: `updates` moves by `momentum` are one by
  /// `1 - (1 - momentum) ^ updates`.
  let momentum: Double
  let updates: Int
  var relu = false

  /// Nil for other operations.
  init?(_ operation: Operation) {
    guard case .batchNorm(let epsilon, let momentum, let updates) = operation else { return nil }
    let stay = (0..<updates).reduce(1.0) { stay, _ in stay * (1 - momentum.asWritten) }
    self.epsilon = epsilon.asWritten
    self.momentum = updates == 1 ? momentum.asWritten : 1 - stay
    self.updates = updates
  }

  /// Counts the run, and returns the running statistics that it uses or moves.
  func statistics(
    _ parameters: [TorchTensor], _ mode: RunMode
  ) throws(LibTorchError) -> (mean: TorchTensor?, variance: TorchTensor?) {
    let moves = mode.isTraining && mode.updatesStatistics
    if moves, parameters.count > 4 { try ATen.addScalarInPlace(parameters[4], b: Double(updates), alpha: 1) }
    return mode.isTraining && !moves ? (nil, nil) : (parameters[2], parameters[3])
  }

  func step(
    _ inputs: [TorchTensor], _ parameters: [TorchTensor], _ mode: RunMode
  ) throws(LibTorchError) -> TorchTensor {
    let (x, weight, bias) = (inputs[0], parameters[0], parameters[1])
    let (mean, variance) = try statistics(parameters, mode)
    if mode.isTraining, let processes = mode.normGroup?.handle {
      defer { withExtendedLifetime((x, parameters)) {} }
      let y = try TorchTensor(
        taking: torch_sync_batch_norm(
          processes, x.handle, weight.handle, bias.handle, mean?.handle, variance?.handle, momentum, epsilon),
        "synchronised batch norm")
      return relu ? try ATen.reluInPlace(y) : y
    }
    if mode.isTraining, x.with(torch_can_batch_norm), weight.type == .float32 {
      defer { withExtendedLifetime((x, parameters)) {} }
      return try TorchTensor(
        taking: torch_batch_norm_relu(
          x.handle, weight.handle, bias.handle, mean?.handle, variance?.handle, momentum, epsilon, relu), "batch norm")
    }
    let y = try ATen.batch_norm(
      x, weight, bias, mean, variance, training: mode.isTraining, momentum: momentum, epsilon: epsilon, cudnn: true)
    return relu ? try ATen.reluInPlace(y) : y
  }
}

/// A depthwise convolution without a bias and the norm that alone reads it; one after the other where they cannot be one.
func depthwiseNormStep(_ convolution: Convolution, _ step: @escaping Step, _ norm: BatchNormLayer) -> Step {
  { inputs, parameters, mode throws(LibTorchError) in
    let (x, weight, parameters) = (inputs[0], parameters[0], Array(parameters.dropFirst()))
    guard mode.isTraining, mode.normGroup == nil,
      x.with({ torch_can_depthwise3x3_norm($0, convolution.stride.height) }),
      weight.type == .float32, weight.shape == [convolution.groups, 1, 3, 3]
    else { return try norm.step([step(inputs, [weight], mode)], parameters, mode) }
    let (mean, variance) = try norm.statistics(parameters, mode)
    defer { withExtendedLifetime((x, weight, parameters)) {} }
    return try TorchTensor(
      taking: torch_depthwise3x3_norm(
        x.handle, weight.handle, convolution.stride.height, parameters[0].handle, parameters[1].handle, mean?.handle,
        variance?.handle, norm.momentum, norm.epsilon, norm.relu), "depthwise convolution and batch norm")
  }
}
