/// How far a student is from its teacher, and from the labels (Hinton et al., 2015; features after Romero et al.,
/// FitNets, ICLR 2015).
///
/// Every part is a mean squared difference as a share of what it should be: 1 for a student that says nothing.
/// The first output is heatmaps, any others are features that teacher and student share. Targets are the labels' heatmaps,
/// then the teacher's outputs.
public struct DistillationLoss: Loss {
  /// How much the labels count beside the teacher's heatmaps.
  public var labels: Double
  /// How much features count, all together.
  public var features: Double

  public init(labels: Double = 0, features: Double = 0) {
    (self.labels, self.features) = (labels, features)
  }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    guard let heatmaps = outputs.first, targets.count == outputs.count + 1 else {
      throw LibTorchError(
        operation: "DistillationLoss",
        reason: "\(outputs.count) outputs need the labels' target and as many of the teacher's, not \(targets.count)")
    }
    var loss = try relativeError(heatmaps, targets[1])
    if labels > 0 {
      let (a, b) = try weighted(heatmaps, targets[0], by: weights?.overHeatmaps())
      loss = try ATen.add(loss, relativeError(a, b), alpha: labels)
    }
    if features > 0 {
      for (output, target) in zip(outputs, targets.dropFirst()).dropFirst() {
        loss = try ATen.add(loss, relativeError(output, target), alpha: features / Double(outputs.count - 1))
      }
    }
    return loss
  }

  private func relativeError(_ a: TorchTensor, _ b: TorchTensor) throws(LibTorchError) -> TorchTensor {
    let size = try ATen.addScalar(ATen.mean(ATen.mul(b, b), type: nil), b: 1e-6, alpha: 1)
    return try ATen.div(ATen.mse_loss(a, b, reduction: LossReduction.mean), size)
  }
}
