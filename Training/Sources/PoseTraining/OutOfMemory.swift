import PoseTorch

extension LibTorchError {
  var isOutOfMemory: Bool {
    reason.contains("out of memory") || reason.contains("can't allocate memory") || reason.contains("not enough memory")
  }
}

extension TrainingStep {
  /// How many samples of a batch that does not fit in memory do; nil where not even one does.
  func largestFitting(of batch: TrainingBatch) -> Int? {
    var count = batch.input.shape.first ?? 0
    while count > 1 {
      count /= 2
      try? optimizer.clearGradients()
      if let part = try? batch.first(count), (try? self(part, rate: 0)) != nil { return count }
    }
    return nil
  }
}
