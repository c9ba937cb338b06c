/// Object keypoint similarity: how near joints are to their labels, by the size of the person and the joint's own tolerance.
struct KeypointSimilarity {
  /// Each joint's tolerance.
  var sigmas: [Float]

  /// What keeps divisors from being 0.
  static let least = 1e-8

  /// From 0 far away to 1 at the label, `... x K`.
  ///
  /// - Parameters:
  ///   - positions: `... x K x 2`.
  ///   - targets: the same or a broadcast shape.
  ///   - areas: `... x 1`.
  func nearness(
    _ positions: TorchTensor, to targets: TorchTensor, areas: TorchTensor
  ) throws(LibTorchError) -> TorchTensor {
    let side = try ATen.clamp(ATen.sqrt(areas), least: Self.least, most: .infinity)
    let scale = try ATen.mul(side, TorchTensor.numbers(sigmas.map { 2 * $0 }, [sigmas.count], like: areas))
    let halves = try ATen.mulScalar(ATen.mul(scale, scale), b: -2)
    return try ATen.exp(ATen.div(squaredDistance(positions, targets), halves))
  }

  /// The mean over the labelled joints, 0 where there are none: `...`.
  func callAsFunction(_ positions: TorchTensor, _ people: PersonTargets) throws(LibTorchError) -> TorchTensor {
    let near = try nearness(positions, to: people.positions, areas: people.areas)
    return try ATen.sumAxes(
      ATen.mul(near, people.shareOfLabelled()), axes: [-1], keepsAxes: false, type: nil)
  }

  /// Of positions with x and y along the last axis.
  func squaredDistance(_ a: TorchTensor, _ b: TorchTensor) throws(LibTorchError) -> TorchTensor {
    func square(_ axis: Int) throws(LibTorchError) -> TorchTensor {
      let away = try ATen.sub(
        ATen.select(a, axis: -1, index: axis), ATen.select(b, axis: -1, index: axis), alpha: 1)
      return try ATen.mul(away, away)
    }
    return try ATen.add(square(0), square(1), alpha: 1)
  }
}
