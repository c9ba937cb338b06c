import Foundation
import PoseGraph

/// Coordinates with their uncertainty, whose density a normalising flow learns (`RLELoss`; Li et al., ICCV 2021).
///
/// Outputs are `N x K x 4`: x, y and the logits of their deviations; targets `N x K x 2`; weights of the targets' shape.
public final class ResidualLogLikelihood: Loss {
  public var ports: [LossPort] { [LossPort("coordinates", for: "coordinates", .withDeviations)] }

  /// What is known of the density; the flow learns the rest.
  public enum Base: Sendable, Hashable { case laplace, gaussian }

  public let base: Base
  /// Whether the flow learns what the base leaves, or the whole density.
  public let isResidual: Bool
  let flow: TrainableNetwork

  public var parameters: [TrainableNetwork.NamedParameter] { flow.parameters }

  /// - Parameter weights: the flow's, under `flow_model`; nil for PyTorch's start.
  /// - Throws: ``CheckpointMismatch`` where they are of something else, ``LibTorchError`` for the device.
  public init(
    base: Base = .laplace, isResidual: Bool = true, weights: Checkpoint? = nil, device: Device = .cpu,
    type: TorchType = .float32, seed: UInt64 = 0
  ) throws {
    self.base = base
    self.isResidual = isResidual
    let graph = try RealNVP.graph()
    flow = try TrainableNetwork(graph, weights ?? graph.initialized(seed: seed), device: device, type: type)
  }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    let (output, target) = try single(outputs, targets)
    let shape = output.shape
    guard shape.count == 3, shape[2] == 4, target.shape == [shape[0], shape[1], 2] else {
      throw LibTorchError(
        operation: "ResidualLogLikelihood", reason: "takes N x K x 4 and N x K x 2, not \(shape) and \(target.shape)")
    }
    let position = try ATen.slice(output, axis: 2, start: 0, end: 2, step: 1)
    let deviation = try ATen.sigmoid(ATen.slice(output, axis: 2, start: 2, end: 4, step: 1))
    let error = try ATen.div(
      ATen.sub(position, target, alpha: 1), ATen.addScalar(deviation, b: 1e-9, alpha: 1))
    let density = try flow(ATen.reshape(error, shape: [-1, 2]), isTraining: true)[0]
    var loss = try ATen.sub(
      ATen.log(deviation), ATen.reshape(density, shape: [shape[0], shape[1], 1]), alpha: 1)
    if isResidual { loss = try ATen.add(loss, negativeLogarithm(error, deviation), alpha: 1) }
    if let weights { loss = try ATen.mul(loss, weights) }
    return try ATen.divScalar(ATen.sum(loss, type: nil), b: Double(max(shape[0], 1)))
  }

  /// Of the base density.
  private func negativeLogarithm(_ error: TorchTensor, _ deviation: TorchTensor) throws(LibTorchError) -> TorchTensor {
    switch base {
    case .laplace: try ATen.add(ATen.log(ATen.mulScalar(deviation, b: 2)), ATen.abs(error), alpha: 1)
    case .gaussian:
      try ATen.add(
        ATen.log(ATen.mulScalar(deviation, b: (2 * Double.pi).squareRoot())),
        ATen.powScalar(error, b: 2), alpha: 0.5)
    }
  }
}
