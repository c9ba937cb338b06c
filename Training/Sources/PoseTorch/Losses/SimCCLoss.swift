/// The divergence of distributions over positions along x and along y (`KLDiscretLoss`; Li et al., SimCC, ECCV 2022).
///
/// Outputs are logits `N x K x bins` for each axis, targets of the same shapes, weights `N x K`.
public struct SimCCLoss: Loss {
  public var ports: [LossPort] { [LossPort("x"), LossPort("y")] }

  /// The factor on the logits before the softmax.
  public var beta: Double
  /// Whether the softmax is applied to the targets as well as to the outputs.
  public var usesTargetSoftmax: Bool
  public var average: Average

  /// What terms are averaged over rather than summed.
  public enum Average: Sendable, Hashable {
    /// Bins and joints: MMPose's.
    case binsAndJoints
    /// Samples too: SA-SimDR's own code (`KLDiscretLoss` of leeyegy/SimCC).
    case all
    /// Samples alone: SimDR's own code (`NMTCritierion`).
    case samples
  }

  public init(beta: Double = 1, usesTargetSoftmax: Bool = false, average: Average = .binsAndJoints) {
    self.beta = beta
    self.usesTargetSoftmax = usesTargetSoftmax
    self.average = average
  }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    guard let first = outputs.first?.shape, first.count == 3, outputs.count == targets.count, first[1] > 0 else {
      throw LibTorchError(
        operation: "SimCCLoss",
        reason: "takes as many targets as outputs, not \(targets.count) and \(outputs.count), of N x K x bins")
    }
    var losses: [TorchTensor] = []
    for (output, target) in zip(outputs, targets) {
      let logarithms = try ATen.log_softmax(ATen.mulScalar(output, b: beta), axis: -1, type: nil)
      let expected =
        usesTargetSoftmax ? try ATen.softmax(ATen.mulScalar(target, b: beta), axis: -1, type: nil) : target
      let terms = try ATen.kl_div(logarithms, expected, reduction: LossReduction.none, logTarget: false)
      var perJoint =
        average == .samples
        ? try ATen.sumAxes(terms, axes: [-1], keepsAxes: false, type: nil)
        : try ATen.meanAxes(terms, axes: [-1], keepsAxes: false, type: nil)
      if let weights { perJoint = try ATen.mul(perJoint, ATen.reshape(weights, shape: perJoint.shape)) }
      losses.append(try ATen.sum(perJoint, type: nil))
    }
    var total = losses[0]
    for loss in losses.dropFirst() { total = try ATen.add(total, loss, alpha: 1) }
    let (samples, joints) = (max(first[0], 1), first[1])
    let count =
      switch average {
      case .binsAndJoints: joints
      case .all: samples * joints
      case .samples: samples
      }
    return try ATen.divScalar(total, b: Double(count))
  }
}
