import CTorch

/// A training step on CUDA whose forward and backward were recorded once and are played again: one call instead of some
/// thousand (a CUDA graph). Batches must have the shapes of the first; updates of the weights run as always.
public final class RecordedStep {
  private let step: TrainingStep
  private let recording: torch_recording
  private let batch: TrainingBatch
  private let loss: TorchTensor
  private let outputs: [TorchTensor]

  deinit { torch_free_recording(recording) }

  /// Records a step. A few steps run first, for the libraries to settle; they change running statistics, not weights.
  ///
  /// - Parameter example: a batch of the shapes that all others have.
  /// - Throws: ``LibTorchError`` where the network is not on CUDA, or takes part in what cannot be recorded.
  public init(_ step: TrainingStep, example: TrainingBatch) throws(LibTorchError) {
    let device = step.network.device
    guard !device.isCPU else {
      throw LibTorchError(operation: "record", reason: "only steps on CUDA can be recorded; use the step itself")
    }
    guard step.options.segments <= 1, step.options.accumulation <= 1, !step.options.leavesOutNonFinite else {
      throw LibTorchError(
        operation: "record",
        reason: "steps with recomputed segments, accumulated batches or a look at the loss cannot be recorded")
    }
    if let lossScale = step.lossScale, case .adaptive = lossScale.rule {
      throw LibTorchError(
        operation: "record", reason: "an adaptive loss scale cannot be recorded; use a fixed one, or bfloat16")
    }
    guard let opened = torch_open_recording(device.type, device.index) else { throw .last("record") }
    var succeeded = false
    defer { if !succeeded { torch_free_recording(opened) } }
    let batch = try TrainingBatch(
      input: ATen.clone(example.input), targets: Self.copies(of: example.targets),
      weights: example.weights.map { weights throws(LibTorchError) in try ATen.clone(weights) })
    var recorded: (loss: TorchTensor, outputs: [TorchTensor])?
    do throws(LibTorchError) {
      for _ in 0..<3 {
        _ = try step.addGradients(of: batch)
        try step.optimizer.clearGradients()
      }
      // The gradients that recording makes are those that playing writes.
      try LibTorchError.check(torch_start_recording(opened), "record")
      recorded = try step.addGradients(of: batch)
    } catch {
      _ = torch_end_recording(opened)
      throw error
    }
    try LibTorchError.check(torch_end_recording(opened), "record")
    guard let recorded else { throw LibTorchError(operation: "record", reason: "the step has no loss") }
    succeeded = true
    (self.step, self.batch, recording) = (step, batch, opened)
    (loss, outputs) = recorded
  }

  /// Trains on a batch, as ``TrainingStep`` does.
  ///
  /// - Returns: the loss; the next call writes over it.
  public func callAsFunction(_ batch: TrainingBatch, rate: Double) throws(LibTorchError) -> TrainingStep.Result {
    try withoutGradients { () throws(LibTorchError) in
      try ATen.copyInPlace(self.batch.input, batch.input, nonBlocking: true)
      for (target, source) in zip(self.batch.targets, batch.targets) {
        try ATen.copyInPlace(target, source, nonBlocking: true)
      }
      if let target = self.batch.weights, let source = batch.weights {
        try ATen.copyInPlace(target, source, nonBlocking: true)
      }
    }
    try LibTorchError.check(torch_play(recording), "play")
    return try step.update(loss: loss, outputs: outputs, rate: rate, keepsGradients: true)
  }

  private static func copies(of tensors: [TorchTensor]) throws(LibTorchError) -> [TorchTensor] {
    var copies: [TorchTensor] = []
    for tensor in tensors { copies.append(try ATen.clone(tensor)) }
    return copies
  }
}
