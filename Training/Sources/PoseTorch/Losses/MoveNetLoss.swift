/// The losses of MoveNet's four heads, as fire717's movenet.pytorch has them: squares of heatmaps and of centers, which count
/// more the higher the target; distances of the ways from the person's center to the joints; distances of joints in their
/// cells; and differences between pairs of heatmaps.
///
/// Outputs and targets are `N x K x H x W`, `N x 1 x H x W`, `N x 2K x H x W` and `N x 2K x H x W`.
public struct MoveNetLoss: Loss {
  public let ports = ["heatmaps", "centers", "regs", "offsets"].map { LossPort($0) }
  /// The pairs of joints whose heatmaps are to differ as their targets do; as published, they are those of a former skeleton.
  public var bones = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (2, 4)]
  /// What is added to distances from the middle, by which centers are divided: the person nearest the middle is meant.
  public var reach = 1.8

  public init() {}

  public func callAsFunction(
    _ outputs: [TorchTensor], _ targets: [TorchTensor], weights: TorchTensor?
  ) throws(LibTorchError) -> TorchTensor {
    let shape = outputs.first?.shape ?? []
    guard outputs.count == 4, targets.map(\.shape) == outputs.map(\.shape), shape.count == 4,
      outputs[1].shape[1] == 1, outputs[2].shape[1] == 2 * shape[1], outputs[3].shape[1] == 2 * shape[1]
    else {
      throw LibTorchError(
        operation: "MoveNetLoss",
        reason: "takes N x K, N x 1, N x 2K and N x 2K maps with their targets, not \(outputs.map(\.shape)) and "
          + "\(targets.map(\.shape))")
    }
    let (count, joints) = (shape[0], shape[1])
    let counted = try counts(of: weights, count: count, joints: joints, like: outputs[2])
    let centers = try centers(of: targets[1])
    let vectors = try maps(targets[2]).at(centers)
    let cells = try cells(from: centers, by: vectors, width: shape[3], height: shape[2])
    return try [
      weightedSquares(outputs[0], targets[0]), weightedSquares(outputs[1], targets[1]),
      boneDifferences(outputs[0], targets[0]), distance(maps(outputs[2]).at(centers), vectors, counted),
      distance(maps(outputs[3]).at(cells), maps(targets[3]).at(cells), counted),
    ].sum()
  }

  /// The sum over the pixels, the mean over the maps.
  private func weightedSquares(_ output: TorchTensor, _ target: TorchTensor) throws(LibTorchError) -> TorchTensor {
    let difference = try ATen.sub(output, target, alpha: 1)
    let weights = try ATen.addScalar(ATen.mulScalar(target, b: 8), b: 1, alpha: 1)
    let sum = try ATen.sum(ATen.mul(ATen.mul(difference, difference), weights), type: nil)
    return try ATen.mulScalar(sum, b: 1 / Double(output.shape[0] * output.shape[1]))
  }

  /// The Frobenius norm over the whole batch of what is wrong about the difference of two heatmaps, the mean over bones.
  private func boneDifferences(_ output: TorchTensor, _ target: TorchTensor) throws(LibTorchError) -> TorchTensor {
    let wrong = try ATen.sub(output, target, alpha: 1)
    var norms: [TorchTensor] = []
    for (first, second) in bones where max(first, second) < output.shape[1] {
      let difference = try ATen.sub(
        ATen.select(wrong, axis: 1, index: first), ATen.select(wrong, axis: 1, index: second), alpha: 1)
      norms.append(try ATen.sqrt(ATen.sum(ATen.mul(difference, difference), type: nil).atLeast(1e-12)))
    }
    if norms.isEmpty { return try ATen.mulScalar(ATen.sum(wrong, type: nil), b: 0) }
    return try ATen.mulScalar(norms.sum(), b: 1 / Double(norms.count * output.shape[0]))
  }

  /// The distances of vectors `N x K x 2`: the means over the samples that have a joint, of which x and y are added, and their
  /// mean over joints.
  private func distance(
    _ output: TorchTensor, _ target: TorchTensor, _ counted: TorchTensor
  ) throws(LibTorchError) -> TorchTensor {
    func sum(_ tensor: TorchTensor) throws(LibTorchError) -> TorchTensor {
      try ATen.sumAxes(tensor, axes: [0], keepsAxes: false, type: nil)
    }
    let distances = try ATen.mul(ATen.abs(ATen.sub(output, target, alpha: 1)), counted)
    let means = try ATen.div(sum(distances), ATen.addScalar(sum(counted), b: 1e-4, alpha: 1))
    return try ATen.mulScalar(ATen.sum(means, type: nil), b: 1 / Double(output.shape[1]))
  }

  /// How much each joint counts, `N x K x 1`.
  private func counts(
    of weights: TorchTensor?, count: Int, joints: Int, like other: TorchTensor
  ) throws(LibTorchError) -> TorchTensor {
    if let weights { return try ATen.reshape(weights, shape: [count, joints, 1]) }
    return try TorchTensor.full([count, joints, 1], 1, device: other.device).to(like: other)
  }

  /// The pixel of each sample's center, `N x 1`.
  private func centers(of target: TorchTensor) throws(LibTorchError) -> TorchTensor {
    let (height, width) = (target.shape[2], target.shape[3])
    let weights = (0..<height * width).map { index in
      let (y, x) = (Double(index / width - height / 2), Double(index % width - width / 2))
      return Float(1 / ((x * x + y * y).squareRoot() + reach))
    }
    let flat = try ATen.reshape(target, shape: [target.shape[0], height * width])
    return try ATen.argmax(
      ATen.mul(flat, TorchTensor.numbers(weights, [1, height * width], like: target)), axis: 1, keepsAxis: true)
  }

  /// The pixels that vectors `N x K x 2` lead to, moved to the map's border where they lead beyond: `N x K`.
  private func cells(
    from centers: TorchTensor, by vectors: TorchTensor, width: Int, height: Int
  ) throws(LibTorchError) -> TorchTensor {
    let places = try centers.to(like: vectors)
    let middles = try ATen.addScalar(places, b: 0.5, alpha: 1)
    let rows = try ATen.mulScalar(middles, b: 1 / Double(width)).to(.int64).to(like: vectors)
    let columns = try ATen.sub(places, rows, alpha: Double(width))
    func moved(_ start: TorchTensor, _ axis: Int, _ extent: Int) throws(LibTorchError) -> TorchTensor {
      let way = try ATen.select(vectors, axis: 2, index: axis)
      return try ATen.clamp(ATen.add(way, start, alpha: 1), least: 0, most: Double(extent - 1)).to(.int64)
    }
    return try ATen.add(moved(columns, 0, width), moved(rows, 1, height), alpha: Double(width))
  }

  /// Maps `N x 2K x H x W` as `N x K x 2 x HW`.
  private func maps(_ tensor: TorchTensor) throws(LibTorchError) -> TorchTensor {
    try ATen.reshape(tensor, shape: [tensor.shape[0], tensor.shape[1] / 2, 2, -1])
  }
}

extension TorchTensor {
  /// The vectors of maps `N x K x 2 x HW` at pixels `N x K`, or `N x 1` for the same of all joints: `N x K x 2`.
  fileprivate func at(_ pixels: TorchTensor) throws(LibTorchError) -> TorchTensor {
    let shape = [shape[0], shape[1], 2, 1]
    let indices = try ATen.expand(
      ATen.reshape(pixels, shape: [shape[0], -1, 1, 1]), shape: shape, implicit: false)
    return try ATen.select(ATen.gather(self, axis: 3, indices, sparse: false), axis: 3, index: 0)
  }
}
