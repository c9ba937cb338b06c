import PoseCore

/// The cross entropy of each pixel's class, over all pixels of a batch or over the hard ones alone.
///
/// Follows MMSegmentation's `BaseDecodeHead.loss_by_feat`, `CrossEntropyLoss` and `OHEMPixelSampler`: the outputs
/// `N x classes x h x w` are brought to the size of the labels `N x H x W` bilinearly; a pixel labelled 255 has no loss, and
/// the sum is divided by the number of all pixels.
public struct SegmentationLoss: Loss {
  /// Which pixels are learnt from.
  public struct HardPixels: Sendable, Hashable {
    /// Those whose true class has less than this probability.
    public var threshold: Double
    /// At least so many a picture, the hardest ones.
    public var least: Int

    public init(threshold: Double = 0.7, least: Int = 100_000) { (self.threshold, self.least) = (threshold, least) }
  }

  public let ports: [LossPort]
  private let hardPixels: HardPixels?
  private let weights: [Double]
  private let alignCorners: Bool

  /// - Parameters:
  ///   - classes: of the outputs.
  ///   - hardPixels: nil for all pixels.
  ///   - auxiliary: the weight of the loss of `auxiliary_logits`; nil where the network has none.
  public init(classes: Int, hardPixels: HardPixels? = nil, auxiliary: Double? = nil, alignCorners: Bool = false) {
    let names = ["logits"] + (auxiliary == nil ? [] : ["auxiliary_logits"])
    ports = names.map { LossPort($0, for: "labels", .maps(channels: classes)) }
    (self.hardPixels, self.alignCorners) = (hardPixels, alignCorners)
    weights = [1] + (auxiliary.map { [$0] } ?? [])
  }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights _: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    guard let labels = targets.first, labels.shape.count == 3, outputs.count == ports.count, let first = outputs.first
    else {
      throw LibTorchError(
        operation: "SegmentationLoss", reason: "takes \(ports.count) outputs and labels of N x H x W")
    }
    var total = try ATen.mulScalar(loss(first, labels), b: weights[0])
    for (output, weight) in zip(outputs, weights).dropFirst() {
      total = try ATen.add(total, loss(output, labels), alpha: weight)
    }
    return total
  }

  private func loss(_ output: TorchTensor, _ labels: TorchTensor) throws(LibTorchError) -> TorchTensor {
    let scores = try ATen.upsample_bilinear2d(
      output, size: Array(labels.shape.dropFirst()), alignCorners: alignCorners, scales: nil)
    let logarithms = try ATen.log_softmax(scores, axis: 1, type: nil)
    // Pixels that do not count get the first class and no weight.
    let counted = try ATen.toType(
      ATen.ltScalar(labels, b: Double(SegmentationMask.ignored)), type: logarithms.type ?? .float32, nonBlocking: false,
      copy: false)
    let indices = try ATen.toType(
      ATen.mul(labels, ATen.toType(counted, type: labels.type ?? .float32, nonBlocking: false, copy: false)),
      type: .int64, nonBlocking: false, copy: false)
    let column = try ATen.unsqueeze(indices, axis: 1)
    let own = try ATen.reshape(ATen.gather(logarithms, axis: 1, column, sparse: false), shape: labels.shape)
    var weights = counted
    if let hardPixels { weights = try ATen.mul(counted, hard(own, counted, hardPixels)) }
    return try ATen.neg(ATen.mean(ATen.mul(own, weights), type: nil))
  }

  /// One for pixels that are hard, zero for others.
  private func hard(
    _ logarithms: TorchTensor, _ counted: TorchTensor, _ rule: HardPixels
  ) throws(LibTorchError) -> TorchTensor {
    // Pixels that do not count have a probability of 2, which comes last.
    let own = try ATen.detach(ATen.exp(logarithms))
    let uncounted = try ATen.addScalar(ATen.neg(counted), b: 1, alpha: 1)
    let probabilities = try ATen.add(ATen.mul(own, counted), uncounted, alpha: 2)
    let count = Int(try ATen.sum(counted, type: nil).item())
    guard count > 0 else { return try ATen.zeros_like(counted) }
    let place = min(rule.least * counted.shape[0], count - 1)
    let flat = try ATen.reshape(probabilities, shape: [-1])
    let smallest = try ATen.topk(flat, count: place + 1, axis: 0, largest: false, sorted: true).0
    let least = try ATen.select(smallest, axis: 0, index: place).item()
    return try ATen.toType(
      ATen.ltScalar(probabilities, b: max(least, rule.threshold)), type: counted.type ?? .float32, nonBlocking: false,
      copy: false)
  }
}
