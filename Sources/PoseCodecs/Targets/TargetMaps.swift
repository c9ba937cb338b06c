extension TargetEncoder {
  /// Where a target says that each joint is, as one map a joint of 0 to 1, for people to look at; nil for coordinates.
  public func maps(of target: Target) -> Heatmaps? {
    guard target.shapes == shapes, zip(target.values, counts).allSatisfy({ $0.count == $1 }) else { return nil }
    var maps: Heatmaps?
    switch kind {
    case .regression: return nil
    case .integralRegression, .integralOneHot: maps = heatmaps(target.values[1])
    case .msra, .dark, .udp, .megvii: maps = heatmaps(target.values[0])
    case .udpCombined:
      let area = heatmap.width * heatmap.height
      maps = heatmaps((0..<joints).flatMap { target.values[0][3 * $0 * area..<(3 * $0 + 1) * area] })
    case .simCC:
      let (width, height) = (shapes[0][1], shapes[1][1])
      var values: [Float] = []
      values.reserveCapacity(joints * width * height)
      for joint in 0..<joints {
        let columns = target.values[0][joint * width..<(joint + 1) * width]
        for row in target.values[1][joint * height..<(joint + 1) * height] { values += columns.map { $0 * row } }
      }
      maps = try? Heatmaps(joints: joints, height: height, width: width, values: values)
    }
    maps?.scaleToOne()
    return maps
  }

  private func heatmaps(_ values: [Float]) -> Heatmaps? {
    try? Heatmaps(joints: joints, height: heatmap.height, width: heatmap.width, values: values)
  }
}

extension Heatmaps {
  fileprivate mutating func scaleToOne() {
    for joint in 0..<joints {
      let top = maximum(of: joint)
      guard top > 0 else { continue }
      for index in range(of: joint) { values[index] /= top }
    }
  }
}
