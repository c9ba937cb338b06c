import PoseCore

extension TargetEncoder {
  /// UDP's disc of ones around a joint, and in it how far the joint is, in radii. Joints beyond the border count too.
  func writeCombined(_ position: Point, radius: Double, to maps: [TargetMap]) {
    let place = onHeatmap(position)
    let reach = radius * Double(heatmap.height)
    func covered(_ center: Double, _ count: Int) -> Range<Int> {
      let first = min(max(Int((center - reach).rounded(.down)), 0), count)
      return first..<max(min(Int((center + reach).rounded(.up)) + 1, count), first)
    }
    let columns = covered(place.x, heatmap.width)
    for y in covered(place.y, heatmap.height) {
      let down = (place.y - Double(y)) / reach
      for x in columns {
        let across = (place.x - Double(x)) / reach
        guard across * across + down * down <= 1 else { continue }
        let index = y * heatmap.width + x
        maps[0].values[index] = 1
        maps[1].values[index] = Float(across)
        maps[2].values[index] = Float(down)
      }
    }
  }
}
