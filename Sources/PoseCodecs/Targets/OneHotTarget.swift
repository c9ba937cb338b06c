import PoseCore

extension TargetEncoder {
  /// The four pixels around a joint, each by its nearness; those beyond the map give theirs to the others.
  ///
  /// - Returns: whether the joint lies in the input.
  func writeOneHot(_ position: Point, to map: TargetMap) -> Bool {
    guard position.x >= 0, position.x < Double(inputWidth), position.y >= 0, position.y < Double(inputHeight) else {
      return false
    }
    let x = position.x * Double(heatmapWidth) / Double(inputWidth)
    let y = position.y * Double(heatmapHeight) / Double(inputHeight)
    let (column, row) = (Int(x), Int(y))
    let (right, below) = (x - Double(column), y - Double(row))
    for (dy, rowShare) in [(0, 1 - below), (1, below)] where row + dy < heatmapHeight {
      for (dx, share) in [(0, 1 - right), (1, right)] where column + dx < heatmapWidth {
        map.values[(row + dy) * heatmapWidth + column + dx] = Float(rowShare * share)
      }
    }
    map.normalize()
    return true
  }
}
