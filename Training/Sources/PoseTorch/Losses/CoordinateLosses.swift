import Foundation

/// Losses of coordinates `N x K x D`, with weights of the same shape that both sides are multiplied by.
public struct CoordinateLoss: Loss {
  public var ports: [LossPort] { [LossPort("coordinates")] }

  public enum Shape: Sendable, Hashable {
    /// Squared below `beta`, straight above (Girshick, ICCV 2015).
    case smoothL1(beta: Double = 1)
    case l1, meanSquare
    /// Logarithmic below `omega`, straight above, summed over a sample (Feng et al., CVPR 2018).
    case wing(omega: Double = 10, epsilon: Double = 2)
    /// Straight below `omega1`, logarithmic above, summed over a sample (Lin et al., Structure-Coherent, TIP 2021).
    case softWing(omega1: Double = 2, omega2: Double = 20, epsilon: Double = 0.5)
  }

  public var shape: Shape

  public init(_ shape: Shape) { self.shape = shape }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    let (output, target) = try single(outputs, targets)
    let (a, b) = try weighted(output, target, by: weights)
    switch shape {
    case .smoothL1(let beta): return try ATen.smooth_l1_loss(a, b, reduction: LossReduction.mean, beta: beta)
    case .l1: return try ATen.l1_loss(a, b, reduction: LossReduction.mean)
    case .meanSquare: return try ATen.mse_loss(a, b, reduction: LossReduction.mean)
    case .wing(let omega, let epsilon):
      let delta = try ATen.abs(try ATen.sub(b, a, alpha: 1))
      let straight = try ATen.addScalar(delta, b: -omega * (1 - log(1 + omega / epsilon)), alpha: 1)
      return try meanOverSamples(
        ATen.where(ATen.ltScalar(delta, b: omega), logarithm(delta, omega, epsilon), straight))
    case .softWing(let omega1, let omega2, let epsilon):
      let delta = try ATen.abs(try ATen.sub(b, a, alpha: 1))
      let curved = try ATen.addScalar(
        logarithm(delta, omega2, epsilon), b: omega1 - omega2 * log(1 + omega1 / epsilon), alpha: 1)
      return try meanOverSamples(ATen.where(ATen.ltScalar(delta, b: omega1), delta, curved))
    }
  }

  private func logarithm(_ delta: TorchTensor, _ omega: Double, _ epsilon: Double) throws(LibTorchError) -> TorchTensor
  {
    try ATen.mulScalar(ATen.log(ATen.addScalar(ATen.mulScalar(delta, b: 1 / epsilon), b: 1, alpha: 1)), b: omega)
  }

  private func meanOverSamples(_ losses: TorchTensor) throws(LibTorchError) -> TorchTensor {
    let shape = losses.shape
    guard shape.count > 1 else {
      throw LibTorchError(operation: "CoordinateLoss", reason: "takes N x K x D, not \(shape)")
    }
    return try ATen.mean(
      ATen.sumAxes(losses, axes: Array(1..<shape.count), keepsAxes: false, type: nil), type: nil)
  }
}
