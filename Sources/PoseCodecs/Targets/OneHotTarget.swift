import PoseCore

/// Coordinates, and maps of the four pixels around the joint with a sum of 1 each, which logits of pixels learn (PoseFix,
/// Moon et al., CVPR 2019).
package struct OneHotTarget: Target {
  package init() {}

  package static let catalogue: [String: any Target] = ["integral_one_hot": OneHotTarget()]

  package func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] {
    [grid.coordinates, grid.heatmaps("logits")]
  }

  package func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    memory.encodeJoints(of: scene) { joint, label in
      _ = memory.writeCoordinates(of: joint, at: label.position)
      return label.isLabelled && write(label.position, to: memory.map(joint, of: 1), input: memory.grid.input)
    }
  }

  /// Writes the four pixels, each by its nearness; the shares of those beyond the map go to the others.
  ///
  /// - Returns: whether the joint lies in the input.
  private func write(_ position: Point, to map: TargetMap, input: Size) -> Bool {
    guard position.x >= 0, position.x < Double(input.width), position.y >= 0, position.y < Double(input.height) else {
      return false
    }
    let x = position.x * Double(map.width) / Double(input.width)
    let y = position.y * Double(map.height) / Double(input.height)
    let (column, row) = (Int(x), Int(y))
    let (right, below) = (x - Double(column), y - Double(row))
    for (dy, rowShare) in [(0, 1 - below), (1, below)] where row + dy < map.height {
      for (dx, share) in [(0, 1 - right), (1, right)] where column + dx < map.width {
        map.values[(row + dy) * map.width + column + dx] = Float(rowShare * share)
      }
    }
    map.normalize()
    return true
  }
}
