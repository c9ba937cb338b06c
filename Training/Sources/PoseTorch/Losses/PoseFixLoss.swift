/// How far coordinates are, in pixels of the heatmaps they are means of, and how little the heatmaps expect the pixels of
/// the joints (PoseFix, Moon, Chang and Lee, CVPR 2019).
///
/// Outputs are coordinates `N x K x 2` in fractions of the input and logits `N x K x H x W`; targets are coordinates and
/// heatmaps of the same shapes, whose sums are 1; weights are `N x K`.
public struct PoseFixLoss: Loss {
  public var ports: [LossPort] { [LossPort("coordinates"), LossPort("logits")] }

  public init() {}

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    guard outputs.count == 2, targets.count == 2, outputs[1].shape.count == 4,
      outputs[0].shape == Array(outputs[1].shape.prefix(2)) + [2], targets.map(\.shape) == outputs.map(\.shape)
    else {
      throw LibTorchError(
        operation: "PoseFixLoss",
        reason: "takes N x K x 2 and N x K x H x W, of outputs and targets, not \(outputs.map(\.shape)) and "
          + "\(targets.map(\.shape))")
    }
    let shape = outputs[1].shape
    let (count, joints, height, width) = (shape[0], shape[1], shape[2], shape[3])
    let logarithms = try ATen.log_softmax(
      ATen.reshape(outputs[1], shape: [count, joints, height * width]), axis: -1, type: nil)
    let expected = try ATen.reshape(targets[1], shape: [count, joints, height * width])
    var surprise = try ATen.neg(ATen.sumAxes(ATen.mul(expected, logarithms), axes: [2], keepsAxes: false, type: nil))
    var distances = try ATen.abs(ATen.sub(outputs[0], targets[0], alpha: 1))
    if let weights {
      surprise = try ATen.mul(surprise, ATen.reshape(weights, shape: [count, joints]))
      distances = try ATen.mul(distances, ATen.reshape(weights, shape: [count, joints, 1]))
    }
    // Fractions of the input are fractions of the heatmaps.
    let across = try ATen.mulScalar(mean(of: distances, axis: 0), b: Double(width))
    let down = try ATen.mulScalar(mean(of: distances, axis: 1), b: Double(height))
    let distance = try ATen.mulScalar(ATen.add(across, down, alpha: 1), b: 0.5)
    return try ATen.add(ATen.mean(surprise, type: nil), distance, alpha: 1)
  }

  private func mean(of distances: TorchTensor, axis: Int) throws(LibTorchError) -> TorchTensor {
    try ATen.mean(ATen.slice(distances, axis: 2, start: axis, end: axis + 1, step: 1), type: nil)
  }
}
