import PoseCore

/// Suppression of poses that have too many joints near those of another one (Geng et al., DEKR, CVPR 2021).
struct NearbyJointsNMS {
  /// How near, in parts of the diagonal of the pose that suppresses.
  var distance = 0.05
  /// How many near joints a pose may have; nil for half of them.
  var joints: Int?
  /// Whether the best pose suppresses first, as in MMPose, and not the first one, as in DEKR's own code.
  var isByScore = true

  /// - Parameters:
  ///   - poses: the joints' positions.
  ///   - scores: one for each pose.
  /// - Returns: the indices of the poses that are left, in the order in which they were chosen.
  func callAsFunction(_ poses: [[Point]], _ scores: [Float]) -> [Int] {
    let limit = joints ?? (poses.first?.count ?? 0) / 2
    let near = poses.map { pose -> [Int] in
      let (x, y) = (pose.map(\.x), pose.map(\.y))
      let extent = Point(x: (x.max() ?? 0) - (x.min() ?? 0), y: (y.max() ?? 0) - (y.min() ?? 0))
      let reach = Float(distance) * Float((extent.x * extent.x + extent.y * extent.y).squareRoot())
      return poses.indices.filter { other in
        zip(pose, poses[other]).count { a, b in
          let (dx, dy) = (Float(a.x - b.x), Float(a.y - b.y))
          return (dx * dx + dy * dy).squareRoot() < reach
        } > limit
      }
    }
    let order = isByScore ? descendingOrder(scores.map(Double.init)) : Array(poses.indices)
    var (kept, ignored): ([Int], Set<Int>) = ([], [])
    for pose in order where !ignored.contains(pose) {
      // A pose whose joints all lie in one point is near nobody, not even itself.
      let best = near[pose].max { scores[$0] < scores[$1] } ?? pose
      if ignored.contains(best) { continue }
      kept.append(best)
      ignored.formUnion(near[pose])
    }
    return kept
  }
}
