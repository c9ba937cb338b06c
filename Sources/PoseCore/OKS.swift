#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Object keypoint similarity of two detections, as published suppression computes it: the mean over the joints of
/// `exp(-d² / (2 s² k²))`, with the mean of the two areas for `s²` and twice the sigma for `k`.
///
/// - Parameters:
///   - areas: in square pixels.
///   - threshold: counts only joints that score above it in `b`; nil for all.
public func objectKeypointSimilarity(
  _ a: [Keypoint], _ b: [Keypoint], areas: (Double, Double), sigmas: [Double], threshold: Double? = nil
) -> Double {
  let area = (areas.0 + areas.1) / 2 + Double.ulpOfOne
  var (sum, count) = (0.0, 0)
  for ((first, second), sigma) in zip(zip(a, b), sigmas) {
    if let threshold, second.score <= threshold { continue }
    // Differences and results are float32, as in the published code, whose suppressions depend on it.
    let dx = Float(second.position.x) - Float(first.position.x)
    let dy = Float(second.position.y) - Float(first.position.y)
    let variance = (2 * sigma) * (2 * sigma)
    sum += exp(-(Double(dx * dx + dy * dy) / variance / area / 2))
    count += 1
  }
  return count == 0 ? 0 : Double(Float(sum / Double(count)))
}
