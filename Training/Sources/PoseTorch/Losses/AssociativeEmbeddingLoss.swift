/// How far heatmaps are from everybody's joints, how far the tags of a person's joints are from their mean, and how near the
/// means of two people are (Newell et al., NIPS 2017), as MMPose 0.29's `MultiLossFactory` with `HeatmapLoss` and `AELoss`.
///
/// An output `N x 2K x H x W` holds K heatmaps, then K maps of tags. Targets are heatmaps `N x K x H x W`, masks
/// `N x 1 x H x W`, and for each joint of each person the place in all maps of tags one after the other, `N x P x K`, or -1.
public struct AssociativeEmbeddingLoss: Loss {
  public let ports: [LossPort]
  /// The weight of the means' nearness.
  public var pushWeight = 0.001
  /// The weight of the tags' distance from their mean.
  public var pullWeight = 0.001
  public var push = Push.exponential

  /// How nearness counts.
  public enum Push: Sendable, Hashable {
    /// `exp(-d²)` of two people's distance.
    case exponential
    /// What is missing of a distance of 1.
    case maximum
  }

  /// - Parameters:
  ///   - output: the name of the output with heatmaps and tags.
  ///   - hasFineHeatmaps: whether there are finer heatmaps, too.
  public init(output: String = "heatmaps", joints: Int, hasFineHeatmaps: Bool = false) {
    ports =
      ["heatmaps", "mask", "tag_indices"].map { LossPort(output, for: $0, .maps(channels: 2 * joints)) }
      + (hasFineHeatmaps
        ? [LossPort("fine_heatmaps"), LossPort("fine_heatmaps", for: "fine_mask", .maps(channels: joints))] : [])
  }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    guard outputs.count == ports.count, targets.count == ports.count else {
      throw LibTorchError(
        operation: "AssociativeEmbeddingLoss",
        reason: "takes \(ports.count) outputs and targets, not \(outputs.count) and \(targets.count)")
    }
    let joints = targets[0].shape.count == 4 ? targets[0].shape[1] : 0
    let heatmaps = try ATen.slice(outputs[0], axis: 1, start: 0, end: joints, step: 1)
    let tags = try ATen.slice(outputs[0], axis: 1, start: joints, end: 2 * joints, step: 1)
    var loss = try meanSquare(heatmaps, targets[0], weights: targets[1])
    if outputs.count > 3 {
      loss = try ATen.add(loss, meanSquare(outputs[3], targets[3], weights: targets[4]), alpha: 1)
    }
    let terms = try tagTerms(tags, targets[2])
    loss = try ATen.add(loss, ATen.mean(terms.push, type: nil), alpha: pushWeight)
    return try ATen.add(loss, ATen.mean(terms.pull, type: nil), alpha: pullWeight)
  }

  /// What each picture's tags cost, not yet weighted.
  ///
  /// - Parameters:
  ///   - tags: `N x K x H x W`.
  ///   - indices: `N x P x K`.
  func tagTerms(
    _ tags: TorchTensor, _ indices: TorchTensor
  ) throws(LibTorchError) -> (push: TorchTensor, pull: TorchTensor) {
    let shape = indices.shape
    guard shape.count == 3, tags.shape.count == 4, tags.shape[0] == shape[0], tags.shape[1] == shape[2] else {
      throw LibTorchError(
        operation: "AssociativeEmbeddingLoss",
        reason: "takes tags N x K x H x W and indices N x P x K, not \(tags.shape) and \(shape)")
    }
    func sum(_ tensor: TorchTensor, _ axes: [Int]) throws(LibTorchError) -> TorchTensor {
      try ATen.sumAxes(tensor, axes: axes, keepsAxes: true, type: nil)
    }
    let isThere = try ATen.gtScalar(indices, b: -1).to(tags.type ?? .float32)
    let places = try ATen.reshape(
      ATen.relu(indices).to(.int64), shape: [shape[0], shape[1] * shape[2]])
    let flat = try ATen.reshape(tags, shape: [shape[0], -1])
    let found = try ATen.reshape(ATen.gather(flat, axis: 1, places, sparse: false), shape: shape)
    // A person's mean, and how far its tags are from it.
    let counts = try sum(isThere, [2])
    let means = try ATen.div(sum(ATen.mul(found, isThere), [2]), counts.atLeast(1))
    let distances = try ATen.mul(ATen.sub(found, means, alpha: 1), isThere)
    let pulls = try ATen.div(sum(ATen.mul(distances, distances), [2]), counts.atLeast(1))
    let hasTags = try ATen.gtScalar(counts, b: 0).to(tags.type ?? .float32)
    let people = try sum(hasTags, [1])
    let pull = try ATen.div(sum(pulls, [1]), people.atLeast(1))
    // Everybody with everybody else.
    let others = try ATen.permute(means, order: [0, 2, 1])
    let difference = try ATen.sub(means, others, alpha: 1)
    let nearness =
      switch push {
      case .exponential: try ATen.exp(ATen.neg(ATen.mul(difference, difference)))
      case .maximum: try ATen.relu(ATen.addScalar(ATen.neg(ATen.abs(difference)), b: 1, alpha: 1))
      }
    let pairs = try ATen.mul(hasTags, ATen.permute(hasTags, order: [0, 2, 1]))
    let near = try ATen.sub(sum(ATen.mul(nearness, pairs), [1, 2]), people, alpha: 1)
    let pairCount = try ATen.mul(people, ATen.addScalar(people, b: -1, alpha: 1))
    let push = try ATen.mulScalar(ATen.div(near, pairCount.atLeast(1)), b: 0.5)
    return (push, pull)
  }
}
