/// The losses of disentangled keypoint regression (Geng et al., CVPR 2021): the mean square of heatmaps, weighted pixel by
/// pixel, and smooth L1 of the vectors between places and joints, weighted and averaged over those that are learnt.
///
/// Heatmaps and their weights are `N x (K + 1) x H x W`, vectors and theirs `N x 2K x H x W`.
public struct DEKRLoss: Loss {
  public let ports: [LossPort]
  /// The weight of the vectors.
  public var vectorWeight: Double
  /// Below this, in heatmap pixels, vectors count by their squares.
  public var beta = 1.0 / 9

  /// Which vectors a network gives.
  public enum Vectors: Sendable, Hashable {
    /// From places to joints, by MMPose 1.x's weights.
    case displacements
    /// From joints to places, by the published code's.
    case offsets
  }

  public init(_ vectors: Vectors) {
    let (output, weights) =
      vectors == .displacements ? ("displacements", "displacement_weights") : ("offsets", "offset_weights")
    ports = [
      LossPort("heatmaps"), LossPort("heatmaps", for: "heatmap_weights"), LossPort(output),
      LossPort(output, for: weights),
    ]
    vectorWeight = vectors == .displacements ? 0.002 : 0.03
  }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    guard outputs.count == 4, targets.count == 4 else {
      throw LibTorchError(
        operation: "DEKRLoss", reason: "takes 4 outputs and targets, not \(outputs.count) and \(targets.count)")
    }
    let heatmaps = try meanSquare(outputs[0], targets[0], weights: targets[1])
    let distances = try ATen.smooth_l1_loss(outputs[2], targets[2], reduction: LossReduction.none, beta: beta)
    let learnt = try ATen.sum(ATen.gtScalar(targets[3], b: 0).to(distances.type ?? .float32), type: nil)
    let vectors = try ATen.div(ATen.sum(ATen.mul(distances, targets[3]), type: nil), learnt.atLeast(1))
    return try ATen.add(heatmaps, vectors, alpha: vectorWeight)
  }
}
