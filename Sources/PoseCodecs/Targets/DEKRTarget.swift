import PoseCore

/// Gaussians of everybody's joints and centers, and around each center how far the person's joints are: disentangled keypoint
/// regression (Geng et al., CVPR 2021; Nie et al., single-stage pose machines, ICCV 2019).
///
/// `heatmaps` are those of the joints and, last, of the centers; `heatmap_weights` count the background less, and what is not
/// learnt from not at all. `displacements` lead from a place near a center to a joint, x and y in turn, as in MMPose 1.x;
/// `offsets` lead from the joint to the place, as in the published code. Where two people are near a place, it is the smaller
/// one's. Their weights are the inverse of the person's diagonal.
package struct DEKRTarget: Target {
  /// The deviation of joints in heatmap pixels.
  package var sigma = 2.0
  /// The deviation of centers in heatmap pixels, and how far from a center joints are told.
  package var centerSigma = 4.0
  /// The weight of heatmaps where there is no joint.
  package var backgroundWeight = 0.1
  /// The least diagonal, in heatmap pixels, of joints that have a center.
  package var leastDiagonal = 5.656854249492381
  package var regresses = Regressed.displacements

  /// Which way the vectors between places and joints lead; with it goes how the code that has it so rounds Gaussians.
  package enum Regressed: String, Sendable, Hashable, Codable, CaseIterable {
    /// From places to joints, with Gaussians around the nearest pixel (MMPose 1.x).
    case displacements
    /// From joints to places, with Gaussians around the joint itself (the published code).
    case offsets
  }

  enum CodingKeys: String, CodingKey {
    case sigma
    case centerSigma = "center_sigma"
    case backgroundWeight = "background_weight"
    case leastDiagonal = "least_diagonal"
    case regresses
  }

  package init(_ regresses: Regressed = .displacements) { self.regresses = regresses }

  package static let catalogue: [String: any Target] = [
    "dekr": DEKRTarget(.displacements), "dekr_official": DEKRTarget(.offsets),
  ]

  package var takesEverybody: Bool { true }

  package func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] {
    try TargetError.check(sigma: sigma)
    try TargetError.check(sigma: centerSigma)
    try TargetError.check(
      (0...1).contains(backgroundWeight), "a background needs a weight in 0...1, not \(backgroundWeight)")
    try TargetError.check(
      (0...1e6).contains(leastDiagonal), "a diagonal needs 0 to 1000000 heatmap pixels, not \(leastDiagonal)")
    func maps(_ name: String, _ count: Int) -> TargetPort {
      TargetPort(name: name, shape: [count, grid.maps.height, grid.maps.width])
    }
    let weights = regresses == .displacements ? "displacement_weights" : "offset_weights"
    return [
      maps("heatmaps", grid.joints + 1), maps("heatmap_weights", grid.joints + 1),
      maps(regresses.rawValue, 2 * grid.joints), maps(weights, 2 * grid.joints),
    ]
  }

  package func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    let (grid, size) = (memory.grid, memory.grid.maps)
    var people: [Int: [(joint: Int, place: Point)]] = [:]
    memory.forEachJoint(of: scene, on: size) { person, joint, place in
      people[person, default: []].append((joint, place))
      write(place, sigma, to: memory.map(joint))
      memory.weights[joint] = 1
    }
    let figures = people.sorted { $0.key < $1.key }.map { Figure(joints: $0.value) }
      .filter { $0.diagonal > 0 && $0.diagonal >= leastDiagonal }
    for figure in figures {
      write(figure.center, centerSigma, to: memory.map(grid.joints))
      writeVectors(of: figure, to: memory)
    }
    weigh(scene, memory)
  }

  /// The joints alone.
  package func maps(of target: EncodedTarget, on grid: TargetGrid) -> Heatmaps? {
    let count = grid.joints * grid.maps.height * grid.maps.width
    return try? Heatmaps(
      joints: grid.joints, height: grid.maps.height, width: grid.maps.width,
      values: Array(target.values[0].prefix(count)))
  }

  /// A person's labelled joints, in heatmap pixels.
  private struct Figure {
    let joints: [(joint: Int, place: Point)]
    let center: Point
    let diagonal: Double

    /// - Parameter joints: one at least.
    init(joints: [(joint: Int, place: Point)]) {
      self.joints = joints
      let (xs, ys) = (joints.map(\.place.x), joints.map(\.place.y))
      let count = Double(max(joints.count, 1))
      center = Point(x: xs.reduce(0, +) / count, y: ys.reduce(0, +) / count)
      let (width, height) = ((xs.max() ?? 0) - (xs.min() ?? 0), (ys.max() ?? 0) - (ys.min() ?? 0))
      diagonal = (width * width + height * height).squareRoot()
    }
  }

  private func write(_ place: Point, _ sigma: Double, to map: TargetMap) {
    switch regresses {
    case .displacements:
      let (x, y) = (Int(place.x + 0.5), Int(place.y + 0.5))
      guard let patch = GaussianPatch(aroundX: x, y: y, sigma: sigma, width: map.width, height: map.height) else {
        return
      }
      map.raise(patch, sigma: sigma)
    case .offsets:
      guard map.holds(place) else { return }
      func reach(_ center: Double) -> Range<Int> {
        Int((center - 3 * sigma - 1).rounded(.down))..<Int((center + 3 * sigma + 2).rounded(.up))
      }
      map.raise(toGaussianAround: place, sigma: sigma, columns: reach(place.x), rows: reach(place.y))
    }
  }

  /// Around the person's center the ways to or from the joints, but for places that a smaller person has.
  private func writeVectors(of figure: Figure, to memory: TargetMemory) {
    let size = memory.grid.maps
    var center = figure.center
    guard memory.map(0).holds(center) else { return }
    if regresses == .offsets { center = Point(x: center.x.rounded(.down), y: center.y.rounded(.down)) }
    func reach(_ center: Double, _ limit: Int) -> Range<Int> {
      let first = max(Int(center - centerSigma), 0)
      return first..<max(min(Int(center + centerSigma), limit), first)
    }
    let sign: Double = regresses == .displacements ? 1 : -1
    let weight = Float(1 / figure.diagonal)
    for (joint, place) in figure.joints where memory.map(0).holds(place) {
      let vectors = (x: memory.map(2 * joint, of: 2, size), y: memory.map(2 * joint + 1, of: 2, size))
      let weights = (x: memory.map(2 * joint, of: 3, size), y: memory.map(2 * joint + 1, of: 3, size))
      for y in reach(center.y, size.height) {
        for x in reach(center.x, size.width) {
          let index = y * size.width + x
          // A greater weight is a smaller person's.
          if weights.x.values[index] > weight { continue }
          vectors.x.values[index] = Float(sign * (place.x - Double(x)))
          vectors.y.values[index] = Float(sign * (place.y - Double(y)))
          (weights.x.values[index], weights.y.values[index]) = (weight, weight)
        }
      }
    }
  }

  private func weigh(_ scene: LabelledScene, _ memory: TargetMemory) {
    let size = memory.grid.maps
    let mask = memory.map(0, of: 1, size)
    scene.writeMask(to: mask, of: memory.grid.input)
    for joint in (0...memory.grid.joints).reversed() {
      let (map, weights) = (memory.map(joint), memory.map(joint, of: 1, size))
      for index in map.values.indices {
        weights.values[index] = mask.values[index] * (map.values[index] > 0 ? 1 : Float(backgroundWeight))
      }
    }
  }
}
