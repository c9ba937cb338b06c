/// Smooth L1 of coordinates, and how far from the targets' the heatmaps are that they are the means of.
///
/// Outputs and targets are coordinates `N x K x 2` and heatmaps `N x K x H x W`, weights `N x K x 1`.
public struct IntegralLoss: Loss {
  public var ports: [LossPort] { [LossPort("coordinates"), LossPort("heatmaps")] }

  public enum Heatmaps: Sendable, Hashable {
    /// The mean square (Sun et al., ECCV 2018).
    case meanSquare
    /// Jensen and Shannon's divergence of heatmaps with a sum of 1 (Nibali et al., DSNT, 2018; MMPose's `JSDiscretLoss`),
    /// which heatmaps without bias learn by too (Gu et al., ICCV 2021).
    case divergence
  }

  public var heatmaps: Heatmaps

  public init(_ heatmaps: Heatmaps) { self.heatmaps = heatmaps }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    guard outputs.count == 2, targets.count == 2, outputs[1].shape.count == 4, outputs[1].shape == targets[1].shape
    else {
      throw LibTorchError(
        operation: "IntegralLoss",
        reason: "takes N x K x 2 and N x K x H x W, of outputs and targets, not \(outputs.map(\.shape)) and "
          + "\(targets.map(\.shape))")
    }
    let coordinates = try CoordinateLoss(.smoothL1())([outputs[0]], [targets[0]], weights: weights)
    let maps =
      switch heatmaps {
      case .meanSquare: try JointsMSE()([outputs[1]], [targets[1]], weights: weights)
      case .divergence: try divergence(outputs[1], targets[1], weights)
      }
    return try ATen.add(coordinates, maps, alpha: 1)
  }

  /// Summed over joints and pixels, the mean over samples.
  private func divergence(
    _ output: TorchTensor, _ target: TorchTensor, _ weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    let (a, b) = try weighted(output, target, by: weights?.overHeatmaps())
    let middle = try logarithm(ATen.mulScalar(ATen.add(a, b, alpha: 1), b: 0.5))
    // Written out: ATen's own divergence has no gradient where a map is 0, as those of joints without a label are.
    func towardsMiddle(_ map: TorchTensor) throws(LibTorchError) -> TorchTensor {
      try ATen.sum(ATen.mul(map, ATen.sub(logarithm(map), middle, alpha: 1)), type: nil)
    }
    let both = try ATen.add(towardsMiddle(a), towardsMiddle(b), alpha: 1)
    return try ATen.mulScalar(both, b: 0.5 / Double(max(output.shape[0], 1)))
  }

  /// Finite where there is nothing.
  private func logarithm(_ map: TorchTensor) throws(LibTorchError) -> TorchTensor {
    try ATen.log(ATen.addScalar(map, b: 1e-24, alpha: 1))
  }
}
