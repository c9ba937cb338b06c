import CTorch

/// A training step on CUDA whose forward and backward passes were recorded once as a CUDA graph and are replayed: one call
/// instead of thousands. Updates of the weights run as always, and batches of other shapes take the step itself.
public final class CUDAGraphStep {
  private let step: TrainingStep
  private let recording: torch_recording
  /// What the recording reads and writes.
  private let batch: TrainingBatch
  private let loss: TorchTensor
  private let outputs: [TorchTensor]
  private let gradients: [(parameter: TrainableNetwork.NamedParameter, gradient: TorchTensor)]
  /// Running statistics as they were before the last batch.
  private let statistics: [TorchTensor]

  deinit { torch_free_recording(recording) }

  /// Records a step. A few steps run first, for the libraries to settle; nothing stays of them.
  ///
  /// - Parameter example: a batch of the shapes that all others have.
  /// - Throws: ``LibTorchError`` where the network is not on CUDA, or takes part in what cannot be recorded.
  public init(_ step: TrainingStep, example: TrainingBatch) throws(LibTorchError) {
    let device = step.network.device
    if let reason = step.reasonNotToRecord { throw LibTorchError(operation: "record", reason: reason) }
    guard let opened = torch_open_recording(device.type, device.index) else { throw .last("record") }
    var succeeded = false
    defer { if !succeeded { torch_free_recording(opened) } }
    let batch = try example.copy()
    let statistics = try step.network.statistics()
    var recorded: (loss: TorchTensor, outputs: [TorchTensor])?
    do throws(LibTorchError) {
      for _ in 0..<3 {
        _ = try step.addGradients(of: batch, leavesOutNonFinite: false)
        try step.optimizer.clearGradients()
      }
      try step.network.restore(statistics: statistics)
      // The gradients that recording makes are those that replaying writes.
      try LibTorchError.check(torch_start_recording(opened), "record")
      try step.network.copyStatistics(to: statistics)
      recorded = try step.addGradients(of: batch, leavesOutNonFinite: false)
    } catch {
      _ = torch_end_recording(opened)
      throw error
    }
    try LibTorchError.check(torch_end_recording(opened), "record")
    guard let recorded else { throw LibTorchError(operation: "record", reason: "the step has no loss") }
    gradients = step.optimizer.groups.flatMap(\.parameters).compactMap { parameter in
      parameter.tensor.gradient.map { (parameter, $0) }
    }
    try step.optimizer.clearGradients()
    succeeded = true
    (self.step, self.batch, self.statistics, recording) = (step, batch, statistics, opened)
    (loss, outputs) = recorded
  }

  /// Trains on a batch, as ``TrainingStep`` does.
  ///
  /// - Returns: the loss; the next call writes over it.
  public func callAsFunction(_ batch: TrainingBatch, rate: Double) throws(LibTorchError) -> TrainingStep.Result {
    guard batch.shapes == self.batch.shapes else { return try step(batch, rate: rate) }
    try withoutGradients { () throws(LibTorchError) in
      for (target, source) in zip(self.batch.tensors, batch.tensors) {
        try ATen.copyInPlace(target, source, nonBlocking: true)
      }
    }
    try replay()
    if step.options.leavesOutNonFinite, try !loss.item().isFinite {
      try step.network.restore(statistics: statistics)
      return TrainingStep.Result(loss: loss, outputs: outputs, isUpdate: false, gradientNorm: nil)
    }
    for (parameter, gradient) in gradients { try parameter.tensor.setGradient(gradient) }
    return try step.update(loss: loss, outputs: outputs, rate: rate)
  }
}

extension CUDAGraphStep {
  private func replay() throws(LibTorchError) { try LibTorchError.check(torch_play(recording), "replay") }
}

extension TrainingStep {
  /// Why the step cannot be recorded; nil where it can.
  public var reasonNotToRecord: String? {
    if network.device.isCPU { return "only steps on CUDA can be recorded" }
    if options.checkpointingSegments > 1 || options.accumulation > 1 || options.microbatches > 1 {
      return "steps with activation checkpointing, accumulated batches or microbatches cannot be recorded"
    }
    if let reducer, reducer.group.size > 1 { return "steps that several processes share cannot be recorded" }
    if let lossScale, case .adaptive = lossScale.rule {
      return "an adaptive loss scale cannot be recorded; take a fixed one, or bfloat16"
    }
    return nil
  }
}

extension TrainingBatch {
  fileprivate var tensors: [TorchTensor] { [input] + targets + (weights.map { [$0] } ?? []) }

  fileprivate var shapes: [[Int]] { tensors.map(\.shape) }

  fileprivate func copy() throws(LibTorchError) -> TrainingBatch {
    var copy = self
    copy.input = try ATen.clone(input)
    copy.targets = []
    for target in targets { copy.targets.append(try ATen.clone(target)) }
    if let weights { copy.weights = try ATen.clone(weights) }
    return copy
  }
}
