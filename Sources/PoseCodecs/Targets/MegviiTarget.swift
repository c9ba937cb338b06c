import PoseCore

extension TargetEncoder {
  /// One pixel blurred as OpenCV blurs, mirrored at the border, and scaled to 255.
  func writeMegvii(_ position: Point, to map: TargetMap) -> Bool {
    let x = Int(position.x * Double(map.width) / Double(input.width))
    let y = Int(position.y * Double(map.height) / Double(input.height))
    guard (0..<map.width).contains(x), (0..<map.height).contains(y) else { return false }
    let columns = reach(of: x, count: map.width)
    let rows = reach(of: y, count: map.height)
    let scale = blurred(y, from: y, count: map.height) * blurred(x, from: x, count: map.width) / 255
    for row in rows {
      let weight = blurred(row, from: y, count: map.height)
      for column in columns {
        map.values[row * map.width + column] = weight * blurred(column, from: x, count: map.width) / scale
      }
    }
    return true
  }

  private func reach(of center: Int, count: Int) -> Range<Int> {
    let radius = pattern.count / 2
    return max(center - radius, 0)..<min(center + radius + 1, count)
  }

  /// What a one at `source` adds to a place: directly, and from its mirror images.
  private func blurred(_ place: Int, from source: Int, count: Int) -> Float {
    let radius = pattern.count / 2
    var sum: Float = 0
    for tap in -radius...radius where reflected(place + tap, count) == source { sum += pattern[radius + tap] }
    return sum
  }
}
