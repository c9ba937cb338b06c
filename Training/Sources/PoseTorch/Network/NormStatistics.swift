import PoseGraph

extension TrainableNetwork {
  /// Gives batch norms the statistics of these inputs, and weights and biases that keep what the network computes.
  ///
  /// Published weights often have their norms folded into convolutions. Such norms keep nothing of what passes through
  /// them, and training, which takes the statistics of the batch instead, would start from another network.
  ///
  /// - Parameter batches: inputs as ``callAsFunction(_:isTraining:)`` takes them, like those to come.
  /// - Throws: ``LibTorchError`` where there is no input, or where the network cannot run on them.
  public func renewNormStatistics(on batches: [TorchTensor]) throws(LibTorchError) {
    try withoutGradients { () throws(LibTorchError) in
      for (step, moments) in try moments(of: batches, normalizedByBatch: false) { try renew(step, moments) }
    }
  }

  /// Gives batch norms the statistics of these inputs as training sees them, each batch normalised by its own (Wu and
  /// Johnson, Rethinking "Batch" in BatchNorm, 2021). Averaged weights have none otherwise: running statistics are of the
  /// weights that were averaged.
  ///
  /// - Parameter batches: inputs as ``callAsFunction(_:isTraining:)`` takes them, of the size that training takes.
  /// - Throws: ``LibTorchError`` where there is no input, or where the network cannot run on them.
  public func takeNormStatistics(from batches: [TorchTensor]) throws(LibTorchError) {
    try withoutGradients { () throws(LibTorchError) in
      for (step, moments) in try moments(of: batches, normalizedByBatch: true) {
        try ATen.copyInPlace(step.parameters[2], moments.mean, nonBlocking: false)
        try ATen.copyInPlace(step.parameters[3], moments.variance(), nonBlocking: false)
      }
    }
  }

  /// The mean, and the mean of squares, of what a batch norm reads, by channel.
  private struct Moments {
    var mean: TorchTensor
    var square: TorchTensor

    func variance() throws(LibTorchError) -> TorchTensor {
      // Rounding can leave a little less than nothing.
      try ATen.relu(ATen.sub(square, ATen.mul(mean, mean), alpha: 1))
    }
  }

  private func moments(
    of batches: [TorchTensor], normalizedByBatch: Bool
  ) throws(LibTorchError) -> [(PlannedStep, Moments)] {
    if batches.isEmpty { throw LibTorchError(operation: "norm statistics", reason: "there are no inputs") }
    var sums: [Int: Moments] = [:]
    for batch in batches {
      try check(batch)
      try addMoments(of: batch, normalizedByBatch: normalizedByBatch, to: &sums)
    }
    var moments: [(PlannedStep, Moments)] = []
    for (index, sum) in sums {
      let share = 1 / Double(batches.count)
      moments.append(
        (
          layers[index],
          Moments(mean: try ATen.mulScalar(sum.mean, b: share), square: try ATen.mulScalar(sum.square, b: share))
        ))
    }
    return moments
  }

  private func addMoments(
    of batch: TorchTensor, normalizedByBatch: Bool, to sums: inout [Int: Moments]
  ) throws(LibTorchError) {
    var values = [TorchTensor?](repeating: nil, count: graph.values.count)
    for port in graph.inputs { values[port.value] = batch }
    for (index, step) in layers.enumerated() {
      if step.normEpsilon != nil, let x = values[step.inputs[0]] {
        let mean = try ATen.meanAxes(x, axes: x.axesOfSamples, keepsAxes: false, type: nil)
        let square = try ATen.meanAxes(ATen.mul(x, x), axes: x.axesOfSamples, keepsAxes: false, type: nil)
        sums[index] =
          try sums[index].map { sum throws(LibTorchError) in
            Moments(mean: try ATen.add(sum.mean, mean, alpha: 1), square: try ATen.add(sum.square, square, alpha: 1))
          } ?? Moments(mean: mean, square: square)
      }
      let usesBatch = normalizedByBatch && step.normEpsilon != nil
      try run(layers[index...index], &values, RunMode(isTraining: usesBatch, updatesStatistics: false))
    }
  }

  private func renew(_ step: PlannedStep, _ moments: Moments) throws(LibTorchError) {
    guard let epsilon = step.normEpsilon else { return }
    let (weight, bias, oldMean, oldVariance) = (
      step.parameters[0], step.parameters[1], step.parameters[2], step.parameters[3]
    )
    let (mean, variance) = (moments.mean, try moments.variance())
    func deviation(_ variance: TorchTensor) throws(LibTorchError) -> TorchTensor {
      try ATen.sqrt(ATen.addScalar(variance, b: epsilon, alpha: 1))
    }
    let slope = try ATen.div(weight, deviation(oldVariance))
    let moved = try ATen.mul(ATen.sub(mean, oldMean, alpha: 1), slope)
    try ATen.copyInPlace(bias, ATen.add(bias, moved, alpha: 1), nonBlocking: false)
    try ATen.copyInPlace(weight, ATen.mul(slope, deviation(variance)), nonBlocking: false)
    try ATen.copyInPlace(oldMean, mean, nonBlocking: false)
    try ATen.copyInPlace(oldVariance, variance, nonBlocking: false)
  }
}

extension TorchTensor {
  /// All axes but that of channels.
  fileprivate var axesOfSamples: [Int] { shape.indices.filter { $0 != 1 } }
}
