import PoseCore
import PoseGraph

/// RTMDet's loss (Lyu et al., 2022): scores that are to be the overlap of a place's box with its object, by quality focal
/// loss (Li et al., NeurIPS 2020), and boxes by generalized intersection over union (Rezatofighi et al., CVPR 2019).
///
/// Follows MMDetection's `RTMDetHead.loss_by_feat`. Places in areas of which nothing is known count only where they find an
/// object.
public struct RTMDetLoss: Loss {
  public let ports: [LossPort]
  /// The weight of the boxes' loss.
  public var boxWeight = 2.0
  public var assignment = SoftLabelAssignment()
  /// The processes over which the losses are averaged; nil for this one alone.
  public var group: ProcessGroup?
  private let places: DetectionPlaces
  private let classes: Int
  private let levels: Int

  /// - Parameters:
  ///   - levels: heights and widths of the outputs' maps, the finest first.
  ///   - inputWidth: of the network.
  public init(levels: [(height: Int, width: Int)], inputWidth: Int, classes: Int) {
    (self.levels, self.classes) = (levels.count, classes)
    places = DetectionPlaces(levels: levels, inputWidth: inputWidth)
    ports =
      levels.indices.map { LossPort("cls_scores.\($0)", for: "boxes", .maps(channels: classes)) }
      + levels.indices.map { LossPort("bbox_preds.\($0)", for: "boxes", .maps(channels: 4)) }
  }

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    let terms = try terms(outputs, targets)
    return try ATen.add(terms.scores, terms.boxes, alpha: boxWeight)
  }

  /// The loss of the scores and that of the boxes, not yet weighted.
  func terms(
    _ outputs: [TorchTensor], _ targets: [TorchTensor]
  ) throws(LibTorchError) -> (scores: TorchTensor, boxes: TorchTensor) {
    guard outputs.count == 2 * levels, let rows = targets.first, rows.shape.count == 3, rows.shape[2] == BoxRow.count
    else {
      throw LibTorchError(
        operation: "RTMDetLoss", reason: "takes \(2 * levels) outputs and rows of boxes, not \(targets.map(\.shape))")
    }
    let logits = try TorchTensor.placewise(outputs.prefix(levels))
    let distances = try TorchTensor.placewise(outputs.suffix(levels))
    let assigned = try self.assigned(logits, distances, rows)
    // As published: by the overlaps of all places, by one at least, and by a rounding error more than one.
    let sum = assigned.overlaps.reduce(0.0) { $0 + Double($1) }
    let mean = try group?.mean(sum) ?? sum
    let share = 1 / max(mean, 1) / (1 + 1.1920928955078125e-07)
    return (
      try ATen.mulScalar(scoreLoss(logits, assigned), b: share),
      try ATen.mulScalar(boxLoss(distances, assigned), b: share)
    )
  }

  /// What the places of outputs are to give.
  func assigned(_ outputs: [TorchTensor], _ rows: TorchTensor) throws(LibTorchError) -> AssignedBatch {
    try assigned(
      TorchTensor.placewise(outputs.prefix(levels)), TorchTensor.placewise(outputs.suffix(levels)), rows)
  }

  private func assigned(
    _ logits: TorchTensor, _ distances: TorchTensor, _ rows: TorchTensor
  ) throws(LibTorchError) -> AssignedBatch {
    AssignedBatch(
      try rows.floats(), count: rows.shape[0], assignment, at: places, logits: try logits.floats(),
      distances: try distances.floats())
  }

  /// Cross entropy, times the square of how far score and goal are apart; the sum of all.
  private func scoreLoss(_ logits: TorchTensor, _ assigned: AssignedBatch) throws(LibTorchError) -> TorchTensor {
    let goals = try TorchTensor.numbers(assigned.goals, logits.shape, like: logits)
    let entropy = try ATen.sub(
      ATen.softplus(logits, beta: 1, threshold: 20), ATen.mul(logits, goals), alpha: 1)
    let difference = try ATen.sub(goals, ATen.sigmoid(logits), alpha: 1)
    var losses = try ATen.mul(entropy, ATen.mul(difference, difference))
    if let weights = assigned.weights {
      let shape = [logits.shape[0], logits.shape[1], 1]
      losses = try ATen.mul(losses, TorchTensor.numbers(weights, shape, like: logits))
    }
    return try ATen.sum(losses, type: nil)
  }

  /// One less the generalized intersection over union of each found object, times its overlap; the sum of all.
  private func boxLoss(_ distances: TorchTensor, _ assigned: AssignedBatch) throws(LibTorchError) -> TorchTensor {
    let count = assigned.places.count
    // Without objects the boxes have gradients all the same, of nothing.
    guard count > 0 else { return try ATen.mulScalar(ATen.sum(distances, type: nil), b: 0) }
    func constant(_ numbers: [Float], _ shape: [Int]) throws(LibTorchError) -> TorchTensor {
      try .numbers(numbers, shape, like: distances)
    }
    let flat = try ATen.reshape(distances, shape: [-1, 4])
    let chosen = try ATen.index_select(
      flat, axis: 0, TorchTensor(indices: assigned.places.map(Int.init), device: distances.device))
    let corners = assigned.places.flatMap { index in
      let position = places.all[Int(index) % places.all.count].position
      return [position.x, position.y, position.x, position.y]
    }
    let signs = try constant([-1, -1, 1, 1], [1, 4])
    let boxes = try ATen.add(constant(corners, [count, 4]), ATen.mul(chosen, signs), alpha: 1)
    let overlap = try BoxPairs(boxes, constant(assigned.boxes, [count, 4])).generalizedIntersectionOverUnion()
    let losses = try ATen.addScalar(ATen.neg(overlap), b: 1, alpha: 1)
    return try ATen.sum(ATen.mul(losses, constant(assigned.overlaps, [count])), type: nil)
  }
}
