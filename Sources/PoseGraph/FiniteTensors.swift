extension Checkpoint {
  /// The first tensor that holds a number that is not finite; nil where all are finite.
  package var firstTensorThatIsNotFinite: String? {
    names.first { name in
      guard let tensor = self[name], tensor.type.isFloatingPoint else { return false }
      return !tensor.withFloats(\.areFinite)
    }
  }
}

extension Graph {
  /// The name of the first batch norm variance with a negative entry; nil if there is none.
  package func firstNegativeVariance(in checkpoint: Checkpoint) -> String? {
    nodes.lazy.compactMap { node -> String? in
      // The parameters are weight, bias, mean, variance and the counter of batches, of which the first two may be missing.
      guard case .batchNorm = node.operation,
        let name = node.parameters.lazy.map({ self.parameters[$0].name }).first(where: { $0.hasSuffix("running_var") }),
        let variance = checkpoint[name]?.floats, variance.contains(where: { $0 < 0 })
      else { return nil }
      return name
    }.first
  }
}

extension UnsafeBufferPointer<Float> {
  /// Whether all numbers are finite. The loop has no branch, so that it runs on vectors.
  package var areFinite: Bool {
    var highest: UInt32 = 0
    for index in indices { highest = Swift.max(highest, self[index].bitPattern & 0x7fff_ffff) }
    return highest < 0x7f80_0000
  }
}
