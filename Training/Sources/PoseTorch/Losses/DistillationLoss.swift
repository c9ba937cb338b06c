/// How far a student is from its teacher (Hinton et al., 2015; features after Romero et al., FitNets, ICLR 2015) and from
/// the labels.
///
/// What comes from the teacher counts by mean squared differences as a share of what they should be: 1 for a student that
/// says nothing. The first output is the network's, any others are features that teacher and student share. Targets are
/// the labels', then the teacher's outputs.
public struct DistillationLoss: Loss {
  public var ports: [LossPort] { labels.ports }

  public var labels: any Loss
  /// How much the labels' loss counts beside the teacher's, as a share of what it would be for a student that says
  /// nothing.
  public var labelWeight: Double
  /// How much features count, all together.
  public var featureWeight: Double

  public var parameters: [TrainableNetwork.NamedParameter] { labels.parameters }

  public init(labels: any Loss = JointsMSE(), labelWeight: Double = 0, featureWeight: Double = 0) {
    (self.labels, self.labelWeight, self.featureWeight) = (labels, labelWeight, featureWeight)
  }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    guard let output = outputs.first, let label = targets.first, targets.count == outputs.count + 1 else {
      throw LibTorchError(
        operation: "DistillationLoss",
        reason: "\(outputs.count) outputs need the labels' target and as many of the teacher's, not \(targets.count)")
    }
    var loss = try relativeError(output, targets[1])
    if labelWeight > 0 {
      let value = try labels([output], [label], weights: weights)
      let nothing = try labels([ATen.zeros_like(label)], [label], weights: weights)
      let share = try ATen.div(value, ATen.addScalar(nothing, b: Self.least, alpha: 1))
      loss = try ATen.add(loss, share, alpha: labelWeight)
    }
    if featureWeight > 0 {
      for (feature, target) in zip(outputs, targets.dropFirst()).dropFirst() {
        loss = try ATen.add(loss, relativeError(feature, target), alpha: featureWeight / Double(outputs.count - 1))
      }
    }
    return loss
  }

  /// Keeps what is divided by from being nothing.
  private static let least = 1e-6

  private func relativeError(_ a: TorchTensor, _ b: TorchTensor) throws(LibTorchError) -> TorchTensor {
    let size = try ATen.addScalar(ATen.mean(ATen.mul(b, b), type: nil), b: Self.least, alpha: 1)
    return try ATen.div(ATen.mse_loss(a, b, reduction: LossReduction.mean), size)
  }
}
