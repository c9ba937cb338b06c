#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// UDP (Huang et al., CVPR 2020): DARK's step on neighbouring pixels, everywhere up to the border.
func decodeUDP(_ heatmaps: Heatmaps, kernel: Int) -> [Peak] {
  let padded = PaddedLogarithms(heatmaps, kernel: kernel)
  return heatmaps.peaks().enumerated().map { joint, peak in
    let at = padded.index(joint: joint, peak)
    let row = padded.width
    let (centre, left, right) = (padded[at], padded[at - 1], padded[at + 1])
    let (above, below) = (padded[at - row], padded[at + row])
    let gradient = (x: 0.5 * (right - left), y: 0.5 * (below - above))
    let epsilon = Float.ulpOfOne
    let xx = right - 2 * centre + left + epsilon
    let yy = below - 2 * centre + above + epsilon
    let xy = 0.5 * (padded[at + row + 1] - right - below + centre + centre - left - above + padded[at - row - 1])
    let determinant = Double(xx) * Double(yy) - Double(xy) * Double(xy)
    guard determinant != 0 else { return peak }
    let (gx, gy) = (Double(gradient.x), Double(gradient.y))
    return Peak(
      x: Float(Double(peak.x) - (Double(yy) * gx - Double(xy) * gy) / determinant),
      y: Float(Double(peak.y) - (Double(xx) * gy - Double(xy) * gx) / determinant), value: peak.value)
  }
}

/// UDP's combined maps: the peak of the response, moved by the two offset maps' values there.
func decodeCombined(_ heatmaps: Heatmaps, kernel: Int, radius: Float) -> [Peak] {
  let joints = heatmaps.joints / 3
  let response = gaussianKernel(size: 2 * kernel + 1)
  let weights = gaussianKernel(size: kernel)
  let reach = radius * Float(heatmaps.height)
  return (0..<joints).map { joint in
    let peak = heatmaps.withBlurred(3 * joint, weights: response, border: .reflected) { $0.peak() }
    // A joint without a peak reads where the published code's index of (-1, -1) points: a row and a pixel before its map.
    let area = heatmaps.height * heatmaps.width
    func offset(_ map: Int) -> Float {
      let flat = joint * area + Int(peak.x) + Int(peak.y) * heatmaps.width
      let wrapped = (flat + joints * area) % (joints * area)
      let (y, x) = (wrapped % area / heatmaps.width, wrapped % area % heatmaps.width)
      return heatmaps.withBlurred(wrapped / area * 3 + map, weights: weights, border: .reflected) { $0[y, x] } * reach
    }
    return Peak(x: peak.x + offset(1), y: peak.y + offset(2), value: peak.value)
  }
}

/// The logarithms of blurred maps with their border pixels repeated once around them, one after another. The published
/// code reads a joint without a peak, at (-1, -1), partly from the map before it, round to the last; so do we, for equal
/// numbers.
private struct PaddedLogarithms {
  let width: Int
  private let height: Int
  private let maps: Heatmaps
  private let weights: [Float]

  init(_ maps: Heatmaps, kernel: Int) {
    width = maps.width + 2
    height = maps.height + 2
    self.maps = maps
    weights = gaussianKernel(size: kernel)
  }

  func index(joint: Int, _ peak: Peak) -> Int { (joint * height + Int(peak.y) + 1) * width + Int(peak.x) + 1 }

  subscript(index: Int) -> Float {
    let count = maps.joints * height * width
    let (row, column) = ((index + count) % count).quotientAndRemainder(dividingBy: width)
    let (joint, y) = (row / height, min(max(row % height - 1, 0), maps.height - 1))
    let x = min(max(column - 1, 0), maps.width - 1)
    return maps.withBlurred(joint, weights: weights, border: .reflected) { log(min(max($0[y, x], 0.001), 50)) }
  }
}
