/// A function of outputs and targets that training minimizes.
public protocol Loss {
  /// The outputs that it reads by their ports' names, in the order of its arguments.
  var ports: [LossPort] { get }

  /// How far a network's outputs are from what they should be.
  ///
  /// - Parameters:
  ///   - outputs: one for each of ``ports``.
  ///   - targets: the targets of ``ports``, each once, on the same device.
  ///   - weights: how much each joint of each sample counts, as the loss says; nil for all the same.
  /// - Returns: a number with the history that gradients take.
  /// - Throws: ``LibTorchError`` where the shapes do not fit.
  func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor

  /// Weights of the loss's own, trained with the network's.
  var parameters: [TrainableNetwork.NamedParameter] { get }

  /// The loss of an epoch, of the same outputs and targets; most losses never change.
  func inEpoch(_ epoch: Int) -> any Loss
}

extension Loss {
  public var parameters: [TrainableNetwork.NamedParameter] { [] }

  public func inEpoch(_ epoch: Int) -> any Loss { self }

  /// The only output and its target.
  func single(
    _ outputs: [TorchTensor], _ targets: [TorchTensor]
  ) throws(LibTorchError) -> (TorchTensor, TorchTensor) {
    guard let output = outputs.first, let target = targets.first, outputs.count == 1, targets.count == 1 else {
      throw LibTorchError(
        operation: "\(Self.self)",
        reason: "takes one output and one target, not \(outputs.count) and \(targets.count)")
    }
    return (output, target)
  }

  /// The mean squared difference of heatmaps, each pixel times its weight.
  ///
  /// - Parameters:
  ///   - output: `N x K x H x W`.
  ///   - weights: `N x K x H x W`, or `N x 1 x H x W` for the same in all maps, such as a mask.
  func meanSquare(
    _ output: TorchTensor, _ target: TorchTensor, weights: TorchTensor
  ) throws(LibTorchError) -> TorchTensor {
    let squares = try ATen.mse_loss(output, target, reduction: LossReduction.none)
    return try ATen.mean(ATen.mul(squares, weights), type: nil)
  }

  /// Two tensors with both multiplied by the weights, as the published losses do.
  func weighted(
    _ a: TorchTensor, _ b: TorchTensor, by weights: TorchTensor?
  ) throws(LibTorchError) -> (TorchTensor, TorchTensor) {
    guard let weights else { return (a, b) }
    return (try ATen.mul(a, weights), try ATen.mul(b, weights))
  }
}

/// How ATen reduces a loss.
enum LossReduction {
  static let none = 0
  static let mean = 1
  static let sum = 2
}

extension TorchTensor {
  /// Raised to a number where it is less.
  func atLeast(_ least: Double) throws(LibTorchError) -> TorchTensor {
    try ATen.clamp(self, least: least, most: .infinity)
  }

  /// Per-joint weights `N x K` or `N x K x 1` as `N x K x 1 x 1`, which broadcasts over heatmaps.
  func overHeatmaps() throws(LibTorchError) -> TorchTensor {
    let shape = shape
    guard shape.count == 2 || (shape.count == 3 && shape[2] == 1) else {
      throw LibTorchError(operation: "weights", reason: "must be N x K or N x K x 1, not \(shape)")
    }
    return try ATen.reshape(self, shape: [shape[0], shape[1], 1, 1])
  }
}
