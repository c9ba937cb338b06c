import PoseCore

/// UDP's three maps for each joint: a disc of ones around the joint and, inside the disc, the offsets to the joint in radii
/// (Huang et al., CVPR 2020). Joints beyond the border count too.
package struct UDPCombinedTarget: Target {
  /// The disc's radius in heights of the heatmap.
  package var radius: Double

  package init(radius: Double = 0.0546875) { self.radius = radius }

  package static let catalogue: [String: any Target] = ["udp_combined": UDPCombinedTarget()]

  package var isUnbiased: Bool { true }

  package func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] {
    try TargetError.check(
      (1e-3...1).contains(radius), "a radius needs 0.001 to 1 heights of a heatmap, not \(radius)")
    return [grid.heatmaps(mapsPerJoint: 3)]
  }

  package func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    memory.encodeJoints(of: scene) { joint, label in
      guard label.isLabelled else { return false }
      write(
        memory.grid.onMaps(label.position, isUnbiased: true), to: (0..<3).map { memory.map(3 * joint + $0) },
        of: memory.grid.maps)
      return true
    }
  }

  /// The discs.
  package func maps(of target: EncodedTarget, on grid: TargetGrid) -> Heatmaps? {
    let area = grid.maps.width * grid.maps.height
    let discs = (0..<grid.joints).flatMap { target.values[0][3 * $0 * area..<(3 * $0 + 1) * area] }
    return try? Heatmaps(joints: grid.joints, height: grid.maps.height, width: grid.maps.width, values: discs)
  }

  private func write(_ place: Point, to maps: [TargetMap], of size: Size) {
    let reach = radius * Double(size.height)
    func covered(_ center: Double, _ count: Int) -> Range<Int> {
      let first = min(max(Int((center - reach).rounded(.down)), 0), count)
      return first..<max(min(Int((center + reach).rounded(.up)) + 1, count), first)
    }
    let columns = covered(place.x, size.width)
    for y in covered(place.y, size.height) {
      let down = (place.y - Double(y)) / reach
      for x in columns {
        let across = (place.x - Double(x)) / reach
        guard across * across + down * down <= 1 else { continue }
        let index = y * size.width + x
        maps[0].values[index] = 1
        maps[1].values[index] = Float(across)
        maps[2].values[index] = Float(down)
      }
    }
  }
}
