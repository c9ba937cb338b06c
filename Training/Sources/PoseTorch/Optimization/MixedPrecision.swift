import CTorch

/// In how many bits a step multiplies. Weights, norms, losses and updates stay in the network's own type.
public enum MixedPrecision: Sendable, Hashable {
  case none
  case bfloat16
  /// Small gradients vanish in float16 unless the loss is scaled up.
  case float16(LossScale.Rule = .adaptive())

  /// Runs `body` with products in fewer bits. Must not suspend: the mode belongs to the thread.
  func callAsFunction<Result, Failure: Error>(
    on device: Device, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let type: TorchType
    switch self {
    case .none: return try body()
    case .bfloat16: type = .bfloat16
    case .float16: type = .float16
    }
    let before = torch_set_autocast(device.type, true, type.rawValue)
    defer {
      _ = torch_set_autocast(device.type, before, -1)
      torch_clear_autocast_cache()
    }
    return try body()
  }
}

/// A factor on the loss that keeps float16's gradients from vanishing, taken off them before they are used.
public final class LossScale {
  public enum Rule: Sendable, Hashable {
    /// Halved where a gradient is not finite, and that step is left out; doubled after `patience` good steps
    /// (Micikevicius et al., ICLR 2018).
    case adaptive(first: Double = 0x1p16, patience: Int = 2000)
    case fixed(Double = 0x1p16)
  }

  public let rule: Rule
  public private(set) var value: Double
  /// Steps since the scale last changed.
  private var goodSteps = 0

  public init(_ rule: Rule) {
    self.rule = rule
    switch rule {
    case .adaptive(let first, _): value = first
    case .fixed(let scale): value = scale
    }
  }

  /// What a checkpoint keeps; ``restore(value:goodSteps:)`` goes on from it.
  public var state: (value: Double, goodSteps: Int) { (value, goodSteps) }

  public func restore(value: Double, goodSteps: Int) { (self.value, self.goodSteps) = (value, goodSteps) }

  /// Takes the factor off the gradients.
  ///
  /// - Returns: whether all are finite; where not, they must not be used.
  func unscale(_ gradients: [TorchTensor]) throws(LibTorchError) -> Bool {
    guard let device = gradients.first?.device else { return true }
    let found = try TorchTensor.zeros([1], device: device)
    let inverse = try TorchTensor.full([1], 1 / value, device: device)
    try withoutGradients { () throws(LibTorchError) in try ATen.unscaleEach(gradients, found, inverse) }
    let isFinite = try found.item() == 0
    adapt(isFinite)
    return isFinite
  }

  func adapt(_ isFinite: Bool) {
    guard case .adaptive(_, let patience) = rule else { return }
    goodSteps = isFinite ? goodSteps + 1 : 0
    if !isFinite {
      value /= 2
    } else if goodSteps == patience {
      value *= 2
      goodSteps = 0
    }
  }
}
