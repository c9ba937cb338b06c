/// The mean squared difference of heatmaps `N x K x H x W`, each times its joint's weight (`JointsMSELoss`).
public struct JointsMSE: Loss {
  public var ports: [LossPort] { [LossPort("heatmaps")] }

  public init() {}

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    let (output, target) = try single(outputs, targets)
    guard let weights else { return try ATen.mse_loss(output, target, reduction: LossReduction.mean) }
    let squares = try ATen.mse_loss(output, target, reduction: LossReduction.none)
    return try ATen.mean(ATen.mul(squares, weights.overHeatmaps()), type: nil)
  }
}

/// The mean squared difference of each sample's hardest joints only (`JointsOHKMMSELoss`; Chen et al., CPN, CVPR 2018).
/// Output and target are both multiplied by the weights, unlike in ``JointsMSE``.
public struct JointsOHKM: Loss {
  public var ports: [LossPort] { [LossPort("heatmaps")] }

  public var hardest: Int

  public init(hardest: Int = 8) { self.hardest = hardest }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    let (output, target) = try single(outputs, targets)
    let (a, b) = try weighted(output, target, by: weights?.overHeatmaps())
    let squares = try ATen.mse_loss(a, b, reduction: LossReduction.none)
    let perJoint = try ATen.meanAxes(squares, axes: [2, 3], keepsAxes: false, type: nil)
    return try ATen.mean(try ATen.topk(perJoint, count: hardest, axis: 1, largest: true, sorted: false).0, type: nil)
  }
}

/// UDP's combined target: maps in threes, the joint's disc and its offsets in x and y, which count where the disc is
/// (`CombinedTargetMSELoss`; Huang et al., CVPR 2020).
public struct CombinedTargetMSE: Loss {
  public var ports: [LossPort] { [LossPort("heatmaps")] }

  public init() {}

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    let (output, target) = try single(outputs, targets)
    let (predicted, expected) = (try planes(of: output), try planes(of: target))
    let (disc, expectedDisc) = try weighted(predicted[0], expected[0], by: weights?.overHeatmaps())
    var loss = try ATen.mse_loss(disc, expectedDisc, reduction: LossReduction.mean)
    for axis in 1...2 {
      let offsets = try weighted(predicted[axis], expected[axis], by: expectedDisc)
      loss = try ATen.add(loss, ATen.mse_loss(offsets.0, offsets.1, reduction: LossReduction.mean), alpha: 1)
    }
    return try ATen.mulScalar(loss, b: 0.5)
  }

  private func planes(of maps: TorchTensor) throws(LibTorchError) -> [TorchTensor] {
    let shape = maps.shape
    guard shape.count == 4, shape[1] % 3 == 0 else {
      throw LibTorchError(operation: "CombinedTargetMSE", reason: "takes N x 3K x H x W, not \(shape)")
    }
    var planes: [TorchTensor] = []
    for part in 0..<3 {
      planes.append(try ATen.slice(maps, axis: 1, start: part, end: shape[1], step: 3))
    }
    return planes
  }
}

/// Wing's shape for heatmaps, sharper the higher the target (Wang et al., ICCV 2019).
public struct AdaptiveWing: Loss {
  public var ports: [LossPort] { [LossPort("heatmaps")] }

  public var alpha = 2.1
  public var omega = 14.0
  public var epsilon = 1.0
  public var theta = 0.5

  public init() {}

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    let (output, target) = try single(outputs, targets)
    let (a, b) = try weighted(output, target, by: weights?.overHeatmaps())
    let delta = try ATen.abs(try ATen.sub(b, a, alpha: 1))
    let exponent = try ATen.addScalar(ATen.neg(b), b: alpha, alpha: 1)
    let ratio = try TorchTensor.full([], theta / epsilon, type: b.type ?? .float32, device: b.device)
    let power = try ATen.addScalar(ATen.pow(ratio, exponent), b: 1, alpha: 1)
    let steeper = try ATen.pow(ratio, ATen.addScalar(exponent, b: -1, alpha: 1))
    let slope = try ATen.mulScalar(ATen.div(ATen.mul(exponent, steeper), power), b: omega / epsilon)
    let offset = try ATen.sub(
      ATen.mulScalar(slope, b: theta), ATen.mulScalar(ATen.log(power), b: omega), alpha: 1)
    let curved = try ATen.mulScalar(
      ATen.log(ATen.addScalar(ATen.pow(ATen.mulScalar(delta, b: 1 / epsilon), exponent), b: 1, alpha: 1)), b: omega)
    let straight = try ATen.sub(ATen.mul(slope, delta), offset, alpha: 1)
    return try ATen.mean(ATen.where(ATen.ltScalar(delta, b: theta), curved, straight), type: nil)
  }
}
