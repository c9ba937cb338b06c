import PoseTorch

/// A loss that another one of the same outputs and targets follows from some epochs on.
struct ScheduledLoss: Loss {
  let first: any Loss
  /// The losses that follow and the epoch from which each counts, in order.
  var later: [(epoch: Int, loss: any Loss)] = []

  var ports: [LossPort] { first.ports }
  var parameters: [TrainableNetwork.NamedParameter] { first.parameters }

  func inEpoch(_ epoch: Int) -> any Loss { later.last { $0.epoch <= epoch }?.loss ?? first }

  func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    try first(outputs, targets, weights: weights)
  }
}
