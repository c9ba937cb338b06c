import PoseCore

extension TargetEncoder {
  /// The four pixels around a joint, each by its nearness; those beyond the map give theirs to the others.
  ///
  /// - Returns: whether the joint lies in the input.
  func writeOneHot(_ position: Point, to map: TargetMap) -> Bool {
    guard position.x >= 0, position.x < Double(input.width), position.y >= 0, position.y < Double(input.height) else {
      return false
    }
    let x = position.x * Double(heatmap.width) / Double(input.width)
    let y = position.y * Double(heatmap.height) / Double(input.height)
    let (column, row) = (Int(x), Int(y))
    let (right, below) = (x - Double(column), y - Double(row))
    for (dy, rowShare) in [(0, 1 - below), (1, below)] where row + dy < heatmap.height {
      for (dx, share) in [(0, 1 - right), (1, right)] where column + dx < heatmap.width {
        map.values[(row + dy) * heatmap.width + column + dx] = Float(rowShare * share)
      }
    }
    map.normalize()
    return true
  }
}
