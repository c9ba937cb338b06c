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
    let logits = try placewise(outputs.prefix(levels))
    let distances = try placewise(outputs.suffix(levels))
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
    try assigned(placewise(outputs.prefix(levels)), placewise(outputs.suffix(levels)), rows)
  }

  private func assigned(
    _ logits: TorchTensor, _ distances: TorchTensor, _ rows: TorchTensor
  ) throws(LibTorchError) -> AssignedBatch {
    AssignedBatch(
      try rows.floats(), count: rows.shape[0], assignment, at: places, logits: try logits.floats(),
      distances: try distances.floats())
  }

  /// Maps `N x channels x H x W` of all levels as `N x places x channels`.
  private func placewise(_ maps: ArraySlice<TorchTensor>) throws(LibTorchError) -> TorchTensor {
    var parts: [TorchTensor] = []
    for map in maps {
      let shape = map.shape
      parts.append(
        try ATen.reshape(
          ATen.permute(map, order: [0, 2, 3, 1]), shape: [shape[0], shape[2] * shape[3], shape[1]]))
    }
    return try ATen.cat(parts, axis: 1)
  }

  /// Cross entropy, times the square of how far score and goal are apart; the sum of all.
  private func scoreLoss(_ logits: TorchTensor, _ assigned: AssignedBatch) throws(LibTorchError) -> TorchTensor {
    let goals = try TorchTensor(assigned.goals, logits.shape, device: logits.device).to(like: logits)
    let entropy = try ATen.sub(
      ATen.softplus(logits, beta: 1, threshold: 20), ATen.mul(logits, goals), alpha: 1)
    let difference = try ATen.sub(goals, ATen.sigmoid(logits), alpha: 1)
    var losses = try ATen.mul(entropy, ATen.mul(difference, difference))
    if let weights = assigned.weights {
      let shape = [logits.shape[0], logits.shape[1], 1]
      losses = try ATen.mul(losses, TorchTensor(weights, shape, device: logits.device).to(like: logits))
    }
    return try ATen.sum(losses, type: nil)
  }

  /// One less the generalized intersection over union of each found object, times its overlap; the sum of all.
  private func boxLoss(_ distances: TorchTensor, _ assigned: AssignedBatch) throws(LibTorchError) -> TorchTensor {
    let count = assigned.places.count
    // Without objects the boxes have gradients all the same, of nothing.
    guard count > 0 else { return try ATen.mulScalar(ATen.sum(distances, type: nil), b: 0) }
    func constant(_ numbers: [Float], _ shape: [Int]) throws(LibTorchError) -> TorchTensor {
      try TorchTensor(numbers, shape, device: distances.device).to(like: distances)
    }
    let flat = try ATen.reshape(distances, shape: [-1, 4])
    let chosen = try ATen.index_select(
      flat, axis: 0, TorchTensor(indices: assigned.places, distances.device))
    let corners = assigned.places.flatMap { index in
      let position = places.all[Int(index) % places.all.count].position
      return [position.x, position.y, position.x, position.y]
    }
    let signs = try constant([-1, -1, 1, 1], [1, 4])
    let boxes = try ATen.add(constant(corners, [count, 4]), ATen.mul(chosen, signs), alpha: 1)
    let overlap = try generalizedOverlap(boxes, constant(assigned.boxes, [count, 4]))
    let losses = try ATen.addScalar(ATen.neg(overlap), b: 1, alpha: 1)
    return try ATen.sum(ATen.mul(losses, constant(assigned.overlaps, [count])), type: nil)
  }

  /// Of boxes by their sides, `M x 4` each.
  private func generalizedOverlap(_ a: TorchTensor, _ b: TorchTensor) throws(LibTorchError) -> TorchTensor {
    func side(_ boxes: TorchTensor, _ index: Int) throws(LibTorchError) -> TorchTensor {
      try ATen.select(boxes, axis: 1, index: index)
    }
    func area(_ boxes: TorchTensor) throws(LibTorchError) -> TorchTensor {
      try ATen.mul(
        ATen.sub(side(boxes, 2), side(boxes, 0), alpha: 1), ATen.sub(side(boxes, 3), side(boxes, 1), alpha: 1))
    }
    /// The sides' distance along an axis, 0 at least.
    func extent(
      _ axis: Int, _ start: (TorchTensor, TorchTensor) throws(LibTorchError) -> TorchTensor,
      _ end: (TorchTensor, TorchTensor) throws(LibTorchError) -> TorchTensor
    ) throws(LibTorchError) -> TorchTensor {
      let first = try start(side(a, axis), side(b, axis))
      return try ATen.relu(ATen.sub(end(side(a, axis + 2), side(b, axis + 2)), first, alpha: 1))
    }
    let least = try TorchTensor.full([1], 1e-6, device: a.device).to(like: a)
    let common = try ATen.mul(
      extent(0, ATen.maximum, ATen.minimum), extent(1, ATen.maximum, ATen.minimum))
    let union = try ATen.maximum(ATen.sub(ATen.add(area(a), area(b), alpha: 1), common, alpha: 1), least)
    let hull = try ATen.maximum(
      ATen.mul(extent(0, ATen.minimum, ATen.maximum), extent(1, ATen.minimum, ATen.maximum)), least)
    let wasted = try ATen.div(ATen.sub(hull, union, alpha: 1), hull)
    return try ATen.sub(ATen.div(common, union), wasted, alpha: 1)
  }
}

extension TorchTensor {
  /// Of another tensor's type.
  fileprivate func to(like other: TorchTensor) throws(LibTorchError) -> TorchTensor {
    try to(other.type ?? .float32)
  }

  /// Indices as LibTorch takes them.
  fileprivate convenience init(indices: [Int64], _ device: Device) throws(LibTorchError) {
    let tensor: Tensor
    do throws(TensorError) {
      tensor = try Tensor(
        shape: [indices.count], type: .int64, bytes: indices.withUnsafeBytes { [UInt8]($0) })
    } catch {
      throw LibTorchError(operation: "indices", reason: error.description)
    }
    try self.init(tensor, device: device)
  }
}
