#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The refinement of UDP (Huang et al., CVPR 2020): DARK's step from a pixel to the top of the Gaussian that its neighbors
/// suggest, everywhere up to the border.
struct UnbiasedRefinement {
  private let logarithms: PaddedLogarithms

  /// - Parameter kernel: the width of the blur in pixels; odd.
  init(_ maps: Heatmaps, kernel: Int) { logarithms = PaddedLogarithms(maps, kernel: kernel) }

  /// - Parameter peak: a pixel of a joint's map, or (-1, -1).
  func callAsFunction(_ joint: Int, _ peak: Peak) -> Peak {
    let at = logarithms.index(joint: joint, peak)
    let row = logarithms.width
    let (centre, left, right) = (logarithms[at], logarithms[at - 1], logarithms[at + 1])
    let (above, below) = (logarithms[at - row], logarithms[at + row])
    let (before, after) = (logarithms[at - row - 1], logarithms[at + row + 1])
    let gradient = (x: 0.5 * (right - left), y: 0.5 * (below - above))
    let epsilon = Float.ulpOfOne
    let xx = right - 2 * centre + left + epsilon
    let yy = below - 2 * centre + above + epsilon
    let xy = 0.5 * (after - right - below + centre + centre - left - above + before)
    let determinant = Double(xx) * Double(yy) - Double(xy) * Double(xy)
    guard determinant != 0 else { return peak }
    let (gx, gy) = (Double(gradient.x), Double(gradient.y))
    return Peak(
      x: Float(Double(peak.x) - (Double(yy) * gx - Double(xy) * gy) / determinant),
      y: Float(Double(peak.y) - (Double(xx) * gy - Double(xy) * gx) / determinant), value: peak.value)
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
