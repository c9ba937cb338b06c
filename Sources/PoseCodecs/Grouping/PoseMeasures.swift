import PoseCore

/// What DEKR's scoring network sees of a pose: each limb's way along columns and rows, and its length, in parts of the trunk's;
/// then the joints' scores.
struct PoseMeasures {
  var limbs: [Skeleton.Pair]
  /// The numbers of the two limbs whose mean length is the unit.
  var unit: [Int]

  func callAsFunction(_ joints: [SIMD2<Float>], _ scores: [Float]) -> [Float] {
    let ways = limbs.map { joints[$0.first] - joints[$0.second] }
    let lengths = ways.map { ($0 * $0).sum().squareRoot() }
    let trunk = unit.filter(lengths.indices.contains).map { lengths[$0] }
    let length = max(trunk.reduce(0, +) / Float(max(trunk.count, 1)), 1)
    return ways.flatMap { [$0.x / length, $0.y / length] } + lengths.map { $0 / length } + scores
  }

  /// The limbs in the order of `get_feature` of HRNet/DEKR, which knows COCO's joints and CrowdPose's; a skeleton's own for
  /// others. As published, CrowdPose's unit is that of the right thigh and the left lower leg.
  static func official(of skeleton: Skeleton) -> PoseMeasures {
    let limbs: [(Int, Int)]
    switch skeleton {
    case .coco17:
      limbs = [
        (0, 1), (0, 2), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 6), (5, 7), (5, 11), (6, 8), (6, 12), (7, 9),
        (8, 10), (11, 12), (11, 13), (12, 14), (13, 15), (14, 16),
      ]
    case .crowdPose14:
      limbs = [
        (12, 13), (13, 0), (13, 1), (0, 2), (1, 3), (2, 4), (3, 5), (0, 6), (1, 7), (6, 8), (7, 9), (8, 10), (9, 11),
        (6, 7), (0, 1),
      ]
    default: limbs = skeleton.limbs.map { ($0.first, $0.second) }
    }
    return PoseMeasures(limbs: limbs.map { Skeleton.Pair($0.0, $0.1) }, unit: [9, 11])
  }
}
