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
      var sums: [Int: (mean: TorchTensor, square: TorchTensor)] = [:]
      for batch in batches {
        try check(batch)
        try addMoments(of: batch, to: &sums)
      }
      if batches.isEmpty { throw LibTorchError(operation: "norm statistics", reason: "there are no inputs") }
      for (index, sum) in sums {
        try renew(layers[index], mean: sum.mean, square: sum.square, share: 1 / Double(batches.count))
      }
    }
  }

  /// Adds the means, and the means of squares, of what batch norms read.
  private func addMoments(
    of batch: TorchTensor, to sums: inout [Int: (mean: TorchTensor, square: TorchTensor)]
  ) throws(LibTorchError) {
    var values = [TorchTensor?](repeating: nil, count: graph.values.count)
    for port in graph.inputs { values[port.value] = batch }
    for (index, step) in layers.enumerated() {
      if step.normEpsilon != nil, let x = values[step.inputs[0]] {
        let mean = try ATen.meanAxes(x, axes: x.axesOfSamples, keepsAxes: false, type: nil)
        let square = try ATen.meanAxes(ATen.mul(x, x), axes: x.axesOfSamples, keepsAxes: false, type: nil)
        sums[index] =
          try sums[index].map { sum throws(LibTorchError) in
            (try ATen.add(sum.mean, mean, alpha: 1), try ATen.add(sum.square, square, alpha: 1))
          } ?? (mean, square)
      }
      try run(layers[index...index], &values, RunMode(isTraining: false))
    }
  }

  private func renew(
    _ step: PlannedStep, mean sum: TorchTensor, square: TorchTensor, share: Double
  ) throws(LibTorchError) {
    guard let epsilon = step.normEpsilon else { return }
    let (weight, bias, oldMean, oldVariance) = (
      step.parameters[0], step.parameters[1], step.parameters[2], step.parameters[3]
    )
    let mean = try ATen.mulScalar(sum, b: share)
    // Rounding can leave a little less than nothing.
    let variance = try ATen.relu(ATen.sub(ATen.mulScalar(square, b: share), ATen.mul(mean, mean), alpha: 1))
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
