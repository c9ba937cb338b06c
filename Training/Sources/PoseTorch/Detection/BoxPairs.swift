/// Pairs of boxes by their sides, and how far the two of each pair overlap.
struct BoxPairs {
  private let first: TorchTensor
  private let second: TorchTensor
  private let common: TorchTensor
  private let union: TorchTensor

  /// What areas are taken for at least.
  private static let leastArea = 1e-6

  /// - Parameters: boxes of the same or of broadcast shapes, with the left, top, right and bottom side along the last axis.
  init(_ first: TorchTensor, _ second: TorchTensor) throws(LibTorchError) {
    (self.first, self.second) = (first, second)
    common = try ATen.mul(
      Self.extent(first, second, 0, ATen.maximum, ATen.minimum),
      Self.extent(first, second, 1, ATen.maximum, ATen.minimum))
    let areas = try ATen.add(Self.area(first), Self.area(second), alpha: 1)
    union = try Self.atLeast(ATen.sub(areas, common, alpha: 1))
  }

  /// The common area as a share of the united one.
  func intersectionOverUnion() throws(LibTorchError) -> TorchTensor { try ATen.div(common, union) }

  /// The intersection over union, less the share of the smallest box around both that neither covers.
  func generalizedIntersectionOverUnion() throws(LibTorchError) -> TorchTensor {
    let hull = try Self.atLeast(
      ATen.mul(
        Self.extent(first, second, 0, ATen.minimum, ATen.maximum),
        Self.extent(first, second, 1, ATen.minimum, ATen.maximum)))
    return try ATen.sub(intersectionOverUnion(), ATen.div(ATen.sub(hull, union, alpha: 1), hull), alpha: 1)
  }

  /// The intersection over union, less how far the middles are apart as a share of the diagonal around both, and how unlike the
  /// boxes' aspects are (CIoU; Zheng et al., AAAI 2020). How much aspects count has no gradient.
  func completeIntersectionOverUnion() throws(LibTorchError) -> TorchTensor {
    let overlap = try intersectionOverUnion()
    var (apart, diagonal): ([TorchTensor], [TorchTensor]) = ([], [])
    for axis in 0..<2 {
      // Twice the distance of the middles.
      let distance = try ATen.sub(
        ATen.add(Self.side(first, axis), Self.side(first, axis + 2), alpha: 1),
        ATen.add(Self.side(second, axis), Self.side(second, axis + 2), alpha: 1), alpha: 1)
      apart.append(try ATen.mulScalar(ATen.mul(distance, distance), b: 0.25))
      let hull = try Self.extent(first, second, axis, ATen.minimum, ATen.maximum)
      diagonal.append(try ATen.mul(hull, hull))
    }
    let distance = try ATen.div(apart.sum(), Self.atLeast(diagonal.sum()))
    let turn = try ATen.sub(Self.aspect(second), Self.aspect(first), alpha: 1)
    let unlikeness = try ATen.mulScalar(ATen.mul(turn, turn), b: 4 / (Double.pi * Double.pi))
    let weight = try withoutGradients { () throws(LibTorchError) in
      try ATen.div(
        unlikeness, Self.atLeast(ATen.addScalar(ATen.sub(unlikeness, overlap, alpha: 1), b: 1, alpha: 1)))
    }
    return try ATen.sub(ATen.sub(overlap, distance, alpha: 1), ATen.mul(unlikeness, weight), alpha: 1)
  }

  /// The angle of the diagonal.
  private static func aspect(_ boxes: TorchTensor) throws(LibTorchError) -> TorchTensor {
    let width = try ATen.sub(side(boxes, 2), side(boxes, 0), alpha: 1)
    let height = try ATen.sub(side(boxes, 3), side(boxes, 1), alpha: 1)
    return try ATen.atan(ATen.div(width, atLeast(height)))
  }

  private static func side(_ boxes: TorchTensor, _ index: Int) throws(LibTorchError) -> TorchTensor {
    try ATen.select(boxes, axis: -1, index: index)
  }

  private static func area(_ boxes: TorchTensor) throws(LibTorchError) -> TorchTensor {
    try ATen.mul(
      ATen.sub(side(boxes, 2), side(boxes, 0), alpha: 1), ATen.sub(side(boxes, 3), side(boxes, 1), alpha: 1))
  }

  /// The sides' distance along an axis, 0 at least.
  private static func extent(
    _ a: TorchTensor, _ b: TorchTensor, _ axis: Int,
    _ start: (TorchTensor, TorchTensor) throws(LibTorchError) -> TorchTensor,
    _ end: (TorchTensor, TorchTensor) throws(LibTorchError) -> TorchTensor
  ) throws(LibTorchError) -> TorchTensor {
    let first = try start(side(a, axis), side(b, axis))
    return try ATen.relu(ATen.sub(end(side(a, axis + 2), side(b, axis + 2)), first, alpha: 1))
  }

  private static func atLeast(_ areas: TorchTensor) throws(LibTorchError) -> TorchTensor {
    try ATen.maximum(areas, TorchTensor.full([1], leastArea, device: areas.device).to(like: areas))
  }
}
