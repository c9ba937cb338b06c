import PoseCore

/// Gaussians of people's centers, and from each center the ways to the person's joints (Xiao et al., AdaptivePose, AAAI 2022).
///
/// `heatmap` is that of the centers. A row of `poses` holds the center's place in the map, or -1; the person's area in square
/// pixels of the map; and of each joint the way from the center, across and down, and whether it is learnt. As published, the
/// center is the mean of the joints on the map, and its Gaussian is as wide as the box around them allows.
package struct AdaptivePoseTarget: Target {
  package init() {}

  package static let catalogue: [String: any Target] = ["adaptive_pose": AdaptivePoseTarget()]

  package var takesEverybody: Bool { true }

  package func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] {
    [
      TargetPort(name: "heatmap", shape: [1, grid.maps.height, grid.maps.width]),
      TargetPort(name: "poses", shape: [grid.people, 2 + 3 * grid.joints]),
    ]
  }

  package func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    let (grid, map) = (memory.grid, memory.map(0))
    var people: [Int: [(joint: Int, place: Point)]] = [:]
    memory.forEachJoint(of: scene, on: grid.maps) { person, joint, place in
      guard map.holds(place) else { return }
      people[person, default: []].append((joint, place))
      memory.weights[joint] = 1
    }
    let width = 2 + 3 * grid.joints
    let rows = (0..<grid.people).map {
      UnsafeMutableBufferPointer(rebasing: memory.parts[1][$0 * width..<($0 + 1) * width])
    }
    for row in rows { row[0] = -1 }
    let scale = Double(grid.maps.width * grid.maps.height) / Double(grid.input.width * grid.input.height)
    var unused = rows[...]
    for (person, joints) in people.sorted(by: { $0.key < $1.key }) {
      let (xs, ys) = (joints.map(\.place.x), joints.map(\.place.y))
      let (width, height) = ((xs.max() ?? 0) - (xs.min() ?? 0), (ys.max() ?? 0) - (ys.min() ?? 0))
      guard width > 0, height > 0, let row = unused.popFirst() else { continue }
      let count = Double(joints.count)
      let (x, y) = (Int(xs.reduce(0, +) / count), Int(ys.reduce(0, +) / count))
      let radius = Int(max(CenterRadius.radius(width: width.rounded(.up), height: height.rounded(.up)), 0))
      map.raise(
        toGaussianAround: Point(x: Double(x), y: Double(y)), sigma: Double(2 * radius + 1) / 6,
        columns: x - radius..<x + radius + 1, rows: y - radius..<y + radius + 1)
      row[0] = Float(y * map.width + x)
      row[1] = Float(max((scene.people[person].area ?? 0) * scale, 1e-3))
      for (joint, place) in joints {
        let start = 2 + 3 * joint
        (row[start], row[start + 1]) = (Float(place.x - Double(x)), Float(place.y - Double(y)))
        row[start + 2] = 1
      }
    }
  }
}
