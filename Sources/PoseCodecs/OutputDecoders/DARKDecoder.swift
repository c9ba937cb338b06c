#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// DARK (Zhang et al., CVPR 2020): near its peak the logarithm of a Gaussian is a parabola, whose top one Newton step on the
/// blurred map finds.
public struct DARKDecoder: HeatmapDecoder {
  /// The width of the blur in heatmap pixels; odd.
  public var kernel = 11

  public static let catalogue: [String: any OutputDecoder] = ["dark": DARKDecoder()]

  public init(kernel: Int = 11) { self.kernel = kernel }

  public var invalidSetting: (key: String, reason: String)? { invalidKernel(kernel) }

  public func peaks(in heatmaps: Heatmaps) -> [Peak] {
    let weights = gaussianKernel(size: kernel)
    return heatmaps.peaks().enumerated().map { joint, peak in
      // The step needs two pixels around the peak.
      let (x, y) = (Int(peak.x), Int(peak.y))
      guard 1 < x, x < heatmaps.width - 2, 1 < y, y < heatmaps.height - 2 else { return peak }
      return heatmaps.withBlurred(joint, weights: weights, border: .zeros) {
        newtonStep(from: peak, on: ModulatedMap($0, top: heatmaps.maximum(of: joint)))
      }
    }
  }
}

private func newtonStep(from peak: Peak, on modulated: ModulatedMap) -> Peak {
  let (x, y) = (Int(peak.x), Int(peak.y))
  func map(_ dx: Int, _ dy: Int) -> Float { log(max(modulated[y + dy, x + dx], 1e-10)) }
  let center = map(0, 0)
  let gradient = (x: 0.5 * (map(1, 0) - map(-1, 0)), y: 0.5 * (map(0, 1) - map(0, -1)))
  let xx = 0.25 * (map(2, 0) - 2 * center + map(-2, 0))
  let xy = 0.25 * (map(1, 1) - map(1, -1) - map(-1, 1) + map(-1, -1))
  let yy = 0.25 * (map(0, 2) - 2 * center + map(0, -2))
  let determinant = xx * yy - xy * xy
  guard determinant != 0 else { return peak }
  return Peak(
    x: peak.x - (yy * gradient.x - xy * gradient.y) / determinant,
    y: peak.y - (xx * gradient.y - xy * gradient.x) / determinant, value: peak.value)
}
