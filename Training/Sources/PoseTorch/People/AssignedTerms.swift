/// What the losses of heads that find everybody have in common: terms at the places that are to find someone.
struct AssignedTerms {
  let placed: PlacedPeople
  let targets: PersonTargets
  let similarity: KeypointSimilarity
  /// What sums over places are multiplied by: one over the number of places of the whole batch, or of the mean batch of
  /// several processes.
  let share: Double

  init(
    _ outputs: PlaceOutputs, _ rows: TorchTensor, _ assigned: AssignedPeople, _ similarity: KeypointSimilarity,
    share: Double
  ) throws(LibTorchError) {
    placed = try outputs.rows(assigned.places)
    let flat = try ATen.reshape(rows.to(like: outputs.scores), shape: [-1, rows.shape[2]])
    targets = try PersonTargets(
      ATen.index_select(flat, axis: 0, TorchTensor(indices: assigned.rows, device: rows.device)))
    (self.similarity, self.share) = (similarity, share)
  }

  /// One less the square of the boxes' intersection over union.
  func boxes() throws(LibTorchError) -> TorchTensor {
    let overlaps = try BoxPairs(placed.sides(), targets.sides).intersectionOverUnion()
    let squares = try ATen.powScalar(ATen.clamp(overlaps, least: 1e-16, most: .infinity), b: 2)
    return try ATen.mulScalar(ATen.sum(ATen.addScalar(ATen.neg(squares), b: 1, alpha: 1), type: nil), b: share)
  }

  /// One less the similarity of the regressed poses and others.
  ///
  /// - Parameters:
  ///   - positions: of the other poses, `places x joints x 2`.
  ///   - shares: how much each joint counts, `places x joints`.
  func poses(besides positions: TorchTensor, shares: TorchTensor) throws(LibTorchError) -> TorchTensor {
    let near = try similarity.nearness(placed.positions(), to: positions, areas: targets.areas)
    let similarities = try ATen.sumAxes(ATen.mul(near, shares), axes: [-1], keepsAxes: false, type: nil)
    return try ATen.mean(ATen.addScalar(ATen.neg(similarities), b: 1, alpha: 1), type: nil)
  }

  /// The cross entropy of the joints' visibilities, which say which joints have labels.
  func visibilities() throws(LibTorchError) -> TorchTensor {
    try ATen.binary_cross_entropy_with_logits(
      placed.visibilities, targets.isLabelled, nil, nil, reduction: LossReduction.mean)
  }

  /// The distance of the boxes' outputs from what gives the boxes of the labels.
  func boxOutputs() throws(LibTorchError) -> TorchTensor {
    let parts = try ATen.split_with_sizes(targets.sides, sizes: [2, 2], axis: 1)
    let center = try ATen.mulScalar(ATen.add(parts[0], parts[1], alpha: 1), b: 0.5)
    let extent = try ATen.div(ATen.sub(parts[1], parts[0], alpha: 1), placed.stride)
    let goals = try ATen.cat(
      [
        ATen.div(ATen.sub(center, placed.corner, alpha: 1), placed.stride),
        ATen.log(ATen.addScalar(extent, b: 1e-8, alpha: 1)),
      ], axis: 1)
    return try ATen.mulScalar(ATen.l1_loss(placed.boxes, goals, reduction: LossReduction.sum), b: share)
  }
}
