/// A bound on gradients before they change weights.
public enum GradientClipping: Sendable, Hashable {
  /// On the length of all gradients as one vector: longer ones are scaled down.
  case norm(Double)
  /// On each number.
  case value(Double)

  /// Clips the gradients in place.
  ///
  /// - Returns: their length before, a number on their device; nil where only numbers are bounded.
  @discardableResult
  public func apply(to gradients: [TorchTensor]) throws(LibTorchError) -> TorchTensor? {
    if gradients.isEmpty { return nil }
    return try withoutGradients { () throws(LibTorchError) in
      switch self {
      case .value(let bound):
        try ATen.clampEach(gradients, least: -bound)
        try ATen.clampEachAbove(gradients, most: bound)
        return nil
      case .norm(let bound):
        let norm = try Self.norm(of: gradients)
        // The published code's small number keeps a zero gradient zero.
        let factor = try ATen.powScalar(ATen.addScalar(norm, b: 1e-6, alpha: 1), b: -1)
        try ATen.scaleEachByTensor(
          gradients, ATen.clamp(ATen.mulScalar(factor, b: bound), least: 0, most: 1))
        return norm
      }
    }
  }

  /// The length of tensors as one vector, without waiting for their device.
  public static func norm(of tensors: [TorchTensor]) throws(LibTorchError) -> TorchTensor {
    let norms = try ATen.stack(ATen.normOfEach(tensors, order: 2), axis: 0)
    return try ATen.sqrt(ATen.sum(ATen.mul(norms, norms), type: nil))
  }
}
