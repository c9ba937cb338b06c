/// What YOLO-Pose's outputs of a level say at some anchors, as its decoder reads them.
struct AnchorPredictions {
  /// Box, objectness, score and joints before any sigmoid, `count x (6 + 3K)`.
  let numbers: TorchTensor
  /// The cells' corners in pixels of the input, `count x 2`.
  private let corners: TorchTensor
  /// The anchors' widths and heights in pixels of the input, `count x 2`.
  private let anchors: TorchTensor
  private let stride: Double

  /// - Parameter output: `N x anchors (6 + 3K) x H x W`.
  init(
    _ output: TorchTensor, _ matches: [AnchorMatching.Match], _ level: AnchorMatching.Level
  ) throws(LibTorchError) {
    let count = level.anchors.count
    numbers = try output.vectors(
      at: matches.map { (group: $0.picture * count + $0.anchor, pixel: $0.row * level.width + $0.column) },
      channels: output.shape[1] / count, area: level.height * level.width)
    corners = try .numbers(
      matches.flatMap { [Float($0.column) * level.stride, Float($0.row) * level.stride] }, [matches.count, 2],
      like: numbers)
    anchors = try .numbers(
      matches.flatMap { [level.anchors[$0.anchor].x, level.anchors[$0.anchor].y] }, [matches.count, 2], like: numbers)
    stride = Double(level.stride)
  }

  private func part(_ start: Int, _ end: Int) throws(LibTorchError) -> TorchTensor {
    try ATen.slice(numbers, axis: 1, start: start, end: end, step: 1)
  }

  /// The sides of the boxes in pixels of the input, `count x 4`.
  func sides() throws(LibTorchError) -> TorchTensor {
    let middle = try ATen.add(
      ATen.addScalar(ATen.mulScalar(ATen.sigmoid(part(0, 2)), b: 2 * stride), b: -0.5 * stride, alpha: 1), corners,
      alpha: 1)
    let factor = try ATen.mulScalar(ATen.sigmoid(part(2, 4)), b: 2)
    let extent = try ATen.mul(ATen.mul(factor, factor), anchors)
    return try ATen.cat([ATen.sub(middle, extent, alpha: 0.5), ATen.add(middle, extent, alpha: 0.5)], axis: 1)
  }

  /// Whether there is a person where there is an object, before the sigmoid, `count x 1`.
  func scores() throws(LibTorchError) -> TorchTensor { try part(5, 6) }

  private func joints() throws(LibTorchError) -> TorchTensor {
    let shape = numbers.shape
    return try ATen.reshape(part(6, shape[1]), shape: [shape[0], (shape[1] - 6) / 3, 3])
  }

  /// The joints in pixels of the input, `count x K x 2`.
  func positions() throws(LibTorchError) -> TorchTensor {
    let cells = try ATen.slice(joints(), axis: 2, start: 0, end: 2, step: 1)
    return try ATen.add(
      ATen.addScalar(ATen.mulScalar(cells, b: 2 * stride), b: -0.5 * stride, alpha: 1),
      ATen.unsqueeze(corners, axis: 1), alpha: 1)
  }

  /// How clear the joints are, before the sigmoid, `count x K`.
  func visibilities() throws(LibTorchError) -> TorchTensor { try ATen.select(joints(), axis: 2, index: 2) }
}
