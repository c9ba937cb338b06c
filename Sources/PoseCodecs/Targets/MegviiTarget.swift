import PoseCore

/// One pixel blurred as OpenCV blurs, mirrored at the border and scaled to 255 (Megvii's CPN, MSPN, RSN).
package struct MegviiTarget: Target {
  /// The side of the blur's square in heatmap pixels; odd.
  package var kernel: Int

  package init(kernel: Int = 11) { self.kernel = kernel }

  package static let catalogue: [String: any Target] = ["megvii": MegviiTarget()]

  package func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] {
    try TargetError.check(
      (1...255).contains(kernel) && kernel % 2 == 1, "a blur needs an odd size in 1...255, not \(kernel)")
    return [grid.heatmaps()]
  }

  package func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    let blur = MirroredBlur(taps: gaussianKernel(size: kernel))
    let input = memory.grid.input
    memory.encodeJoints(of: scene) { joint, label in
      let map = memory.map(joint)
      let x = Int(label.position.x * Double(map.width) / Double(input.width))
      let y = Int(label.position.y * Double(map.height) / Double(input.height))
      guard label.isLabelled, (0..<map.width).contains(x), (0..<map.height).contains(y) else { return false }
      blur.write(x, y, to: map)
      return true
    }
  }
}

/// The blur of a single pixel.
private struct MirroredBlur {
  let taps: [Float]

  func write(_ x: Int, _ y: Int, to map: TargetMap) {
    let columns = reach(of: x, count: map.width)
    let rows = reach(of: y, count: map.height)
    let scale = weight(y, from: y, count: map.height) * weight(x, from: x, count: map.width) / 255
    for row in rows {
      let down = weight(row, from: y, count: map.height)
      for column in columns {
        map.values[row * map.width + column] = down * weight(column, from: x, count: map.width) / scale
      }
    }
  }

  private func reach(of center: Int, count: Int) -> Range<Int> {
    let radius = taps.count / 2
    return max(center - radius, 0)..<min(center + radius + 1, count)
  }

  /// What a one at `source` adds to a place: directly, and from its mirror images.
  private func weight(_ place: Int, from source: Int, count: Int) -> Float {
    let radius = taps.count / 2
    var sum: Float = 0
    for tap in -radius...radius where reflected(place + tap, count) == source { sum += taps[radius + tap] }
    return sum
  }
}
