#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// DARK (Zhang et al., CVPR 2020): near its peak the logarithm of a Gaussian is a parabola, whose top one Newton step
/// finds.
func decodeDARK(_ heatmaps: Heatmaps, kernel: Int) -> [Peak] {
  let peaks = heatmaps.peaks()
  var logarithms = heatmaps.modulated(kernel: kernel)
  for index in logarithms.values.indices { logarithms.values[index] = log(max(logarithms.values[index], 1e-10)) }
  return peaks.enumerated().map { joint, peak in logarithms.top(near: peak, joint: joint) }
}

extension Heatmaps {
  /// One Newton step from the peak, where two pixels around it are inside.
  fileprivate func top(near peak: Peak, joint: Int) -> Peak {
    let (x, y) = (Int(peak.x), Int(peak.y))
    guard 1 < x, x < width - 2, 1 < y, y < height - 2 else { return peak }
    func map(_ dx: Int, _ dy: Int) -> Float { self[joint, y + dy, x + dx] }
    let gradient = (x: 0.5 * (map(1, 0) - map(-1, 0)), y: 0.5 * (map(0, 1) - map(0, -1)))
    let xx = 0.25 * (map(2, 0) - 2 * map(0, 0) + map(-2, 0))
    let xy = 0.25 * (map(1, 1) - map(1, -1) - map(-1, 1) + map(-1, -1))
    let yy = 0.25 * (map(0, 2) - 2 * map(0, 0) + map(0, -2))
    let determinant = xx * yy - xy * xy
    guard determinant != 0 else { return peak }
    return Peak(
      x: peak.x - (yy * gradient.x - xy * gradient.y) / determinant,
      y: peak.y - (xx * gradient.y - xy * gradient.x) / determinant, value: peak.value)
  }
}
