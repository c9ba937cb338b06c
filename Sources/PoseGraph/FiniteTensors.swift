extension Checkpoint {
  /// The first tensor that holds a number that is not finite; nil where all are finite.
  package var firstTensorThatIsNotFinite: String? {
    names.first { name in
      guard let tensor = self[name], tensor.type.isFloatingPoint else { return false }
      return !tensor.withFloats(\.areFinite)
    }
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
