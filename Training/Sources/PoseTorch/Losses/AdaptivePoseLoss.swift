/// AdaptivePose's losses (Xiao et al., AAAI 2022): CornerNet's focal loss of centers, the mean distance of joints along both
/// axes, and what is missing of the object keypoint similarity.
///
/// Outputs are heatmaps of centers before the sigmoid, `N x 1 x H x W`, and ways to joints, `N x 2K x H x W`; targets are heatmaps
/// and rows of poses, `N x P x (2 + 3K)`.
public struct AdaptivePoseLoss: Loss {
  public let ports: [LossPort]
  public var similarityWeight = 5.0
  /// The joints' constants of object keypoint similarity.
  private let sigmas: [Double]

  public init(sigmas: [Double]) {
    self.sigmas = sigmas
    ports = [LossPort("heatmap"), LossPort("offsets", for: "poses", .maps(channels: 2 * sigmas.count))]
  }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    let joints = sigmas.count
    guard outputs.count == 2, targets.count == 2, outputs[1].shape.count == 4, outputs[1].shape[1] == 2 * joints,
      targets[1].shape.count == 3, targets[1].shape[2] == 2 + 3 * joints, targets[1].shape[0] == outputs[1].shape[0]
    else {
      throw LibTorchError(
        operation: "AdaptivePoseLoss",
        reason:
          "takes N x 1 x H x W and N x \(2 * joints) x H x W, and for them heatmaps and N x P x \(2 + 3 * joints), not "
          + "\(outputs.map(\.shape)) and \(targets.map(\.shape))")
    }
    let centers = try focal(ATen.sigmoid(outputs[0]), targets[0])
    let poses = try poseTerms(outputs[1], targets[1])
    return try ATen.add(
      ATen.add(centers, poses.distance, alpha: 1), poses.dissimilarity, alpha: similarityWeight)
  }

  private func poseTerms(
    _ offsets: TorchTensor, _ poses: TorchTensor
  ) throws(LibTorchError) -> (distance: TorchTensor, dissimilarity: TorchTensor) {
    let (count, people, joints) = (poses.shape[0], poses.shape[1], sigmas.count)
    let places = try ATen.relu(ATen.select(poses, axis: 2, index: 0)).to(.int64)
    let everywhere = try ATen.reshape(offsets, shape: [count, 2 * joints, -1])
    let found = try ATen.gather(
      everywhere, axis: 2,
      ATen.expand(ATen.unsqueeze(places, axis: 1), shape: [count, 2 * joints, people], implicit: false), sparse: false)
    let pairs = try ATen.permute(
      ATen.reshape(found, shape: [count, joints, 2, people]), order: [0, 3, 1, 2])
    let rows = try ATen.reshape(
      ATen.slice(poses, axis: 2, start: 2, end: 2 + 3 * joints, step: 1), shape: [count, people, joints, 3])
    let isLearnt = try ATen.slice(rows, axis: 3, start: 2, end: 3, step: 1)
    let difference = try ATen.mul(
      ATen.sub(pairs, ATen.slice(rows, axis: 3, start: 0, end: 2, step: 1), alpha: 1), isLearnt)
    let learnt = try ATen.sum(isLearnt, type: nil)
    let distance = try ATen.div(
      ATen.sum(ATen.abs(difference), type: nil), ATen.addScalar(ATen.mulScalar(learnt, b: 2), b: 1e-4, alpha: 1))
    // As COCO's evaluation has it, in pixels of the map.
    let squares = try ATen.sumAxes(ATen.mul(difference, difference), axes: [3], keepsAxes: false, type: nil)
    let variances = try TorchTensor(sigmas.map { Float(8 * $0 * $0) }, [1, 1, joints], device: poses.device)
    let areas = try ATen.slice(poses, axis: 2, start: 1, end: 2, step: 1).atLeast(1e-6)
    let flags = try ATen.select(isLearnt, axis: 3, index: 0)
    let near = try ATen.mul(ATen.exp(ATen.neg(ATen.div(squares, ATen.mul(areas, variances)))), flags)
    func sum(_ values: TorchTensor) throws(LibTorchError) -> TorchTensor {
      try ATen.sumAxes(values, axes: [2], keepsAxes: false, type: nil)
    }
    let counts = try sum(flags)
    let similarity = try ATen.clamp(ATen.div(sum(near), counts.atLeast(1)), least: 1e-6, most: 1)
    let isPerson = try ATen.gtScalar(counts, b: 0).to(poses.type ?? .float32)
    let missing = try ATen.sum(ATen.mul(similarity.complement(), isPerson), type: nil)
    return (distance, try ATen.div(missing, ATen.sum(isPerson, type: nil).atLeast(1)))
  }
}
