import Foundation
import PoseGraph

/// Poseur's residual log-likelihoods: of the proposal, and of what each layer of the decoder makes of it (Mao et al., ECCV
/// 2022; `get_enc_rle_loss`, `get_dec_rle_loss` and `RLELoss_poseur` of the published code).
///
/// Outputs are the coordinates, which are the last layer's, the proposal, both `N x K x 4`, and all layers' coordinates,
/// `N x layers x K x 4`: x, y and the logits of their deviations. Targets are `N x K x 2`, weights `N x K`.
public final class PoseurLoss: Loss {
  public var ports: [LossPort] {
    [
      LossPort("coordinates", for: "coordinates", .withDeviations),
      LossPort("proposal", for: "coordinates", .withDeviations),
      LossPort("layers", for: "coordinates", .layersWithDeviations),
    ]
  }

  let proposalFlow: TrainableNetwork
  let layerFlow: TrainableNetwork

  public var parameters: [TrainableNetwork.NamedParameter] { proposalFlow.parameters + layerFlow.parameters }

  /// - Parameter weights: the flows', under `enc_flow` and `dec_flow`; nil for PyTorch's start.
  /// - Throws: ``CheckpointMismatch`` where they are of something else, ``LibTorchError`` for the device.
  public init(weights: Checkpoint? = nil, device: Device = .cpu, seed: UInt64 = 0) throws {
    func flow(_ name: String) throws -> TrainableNetwork {
      let graph = try RealNVP.graph(name, mean: 0.5, hasPrior: false)
      var own = weights == nil ? graph.initialized(seed: seed) : Checkpoint()
      if let weights {
        for parameter in graph.parameters { own[parameter.name] = weights[parameter.name] }
      }
      return try TrainableNetwork(graph, own, device: device)
    }
    proposalFlow = try flow("enc_flow")
    layerFlow = try flow("dec_flow")
  }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    let shapes = outputs.map(\.shape)
    guard shapes.count == 3, shapes[1].count == 3, shapes[1][2] == 4, shapes[2].count == 4,
      [shapes[2][0]] + shapes[2].suffix(2) == shapes[1], targets.count == 1,
      targets[0].shape == shapes[1].prefix(2) + [2]
    else {
      throw LibTorchError(
        operation: "PoseurLoss",
        reason: "takes N x K x 4, N x K x 4 and N x layers x K x 4 and a target N x K x 2, not \(shapes) and "
          + "\(targets.map(\.shape))")
    }
    let (count, joints) = (shapes[1][0], shapes[1][1])
    let target = try ATen.unsqueeze(targets[0], axis: 1)
    let weights = try weights.map { weights throws(LibTorchError) in
      try ATen.reshape(weights, shape: [count, 1, joints, 1])
    }
    let proposal = try likelihood(of: ATen.unsqueeze(outputs[1], axis: 1), target, weights, by: proposalFlow)
    let layers = try likelihood(of: outputs[2], target, weights, by: layerFlow)
    return try ATen.divScalar(ATen.add(proposal, layers, alpha: 1), b: Double(max(count * joints, 1)))
  }

  /// The negative logarithm, summed over `N x layers x K`.
  private func likelihood(
    of output: TorchTensor, _ target: TorchTensor, _ weights: TorchTensor?, by flow: TrainableNetwork
  ) throws(LibTorchError) -> TorchTensor {
    let position = try ATen.slice(output, axis: 3, start: 0, end: 2, step: 1)
    let deviation = try ATen.sigmoid(ATen.slice(output, axis: 3, start: 2, end: 4, step: 1))
    let error = try ATen.sub(position, target, alpha: 1)
    let density = try flow(ATen.reshape(ATen.div(error, deviation), shape: [-1, 2]), isTraining: true)[0]
    let learnt = try ATen.sub(
      ATen.log(deviation), ATen.reshape(density, shape: output.shape.prefix(3) + [1]), alpha: 1)
    let spread = try ATen.addScalar(ATen.mulScalar(deviation, b: 2.squareRoot()), b: 1e-9, alpha: 1)
    let base = try ATen.add(
      ATen.log(ATen.mulScalar(deviation, b: (2 * Double.pi).squareRoot())), ATen.div(ATen.abs(error), spread), alpha: 1)
    var loss = try ATen.add(learnt, base, alpha: 1)
    if let weights { loss = try ATen.mul(loss, weights) }
    return try ATen.sum(loss, type: nil)
  }
}
