import PoseCore

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

/// A detection that competes with others of its image.
public struct NMSCandidate: Sendable, Hashable {
  public var keypoints: [Keypoint]
  public var score: Double
  /// In square pixels: the published code takes the padded box's.
  public var area: Double

  public init(keypoints: [Keypoint], score: Double, area: Double) {
    self.keypoints = keypoints
    self.score = score
    self.area = area
  }
}

/// Non-maximum suppression by object keypoint similarity: keeps the best, drops what is more similar to it than
/// `threshold`, goes on with the rest.
///
/// - Returns: indices of the kept candidates, best first.
public func oksNMS(
  _ candidates: [NMSCandidate], threshold: Double, sigmas: [Double], scoreThreshold: Double? = nil
) -> [Int] {
  var order = descendingOrder(candidates.map(\.score))
  var kept: [Int] = []
  while let best = order.first {
    kept.append(best)
    order = order.dropFirst().filter {
      similarity(candidates[best], candidates[$0], sigmas, scoreThreshold) <= threshold
    }
  }
  return kept
}

/// Soft suppression: a candidate's score falls the more it resembles a better one. As in the published code the fallen
/// scores only reorder, and at most `limit` candidates are kept.
public func softOKSNMS(
  _ candidates: [NMSCandidate], threshold: Double, sigmas: [Double], limit: Int = 20, scoreThreshold: Double? = nil
) -> [Int] {
  var order = descendingOrder(candidates.map(\.score))
  var scores = order.map { candidates[$0].score }
  var kept: [Int] = []
  while let best = order.first, kept.count < limit {
    kept.append(best)
    let rest = Array(order.dropFirst())
    let fallen = zip(rest, scores.dropFirst()).map { index, score in
      let overlap = similarity(candidates[best], candidates[index], sigmas, scoreThreshold)
      return score * exp(-overlap * overlap / threshold)
    }
    let permutation = descendingOrder(fallen)
    order = permutation.map { rest[$0] }
    scores = permutation.map { fallen[$0] }
  }
  return kept
}

private func similarity(
  _ a: NMSCandidate, _ b: NMSCandidate, _ sigmas: [Double], _ threshold: Double?
) -> Double {
  objectKeypointSimilarity(a.keypoints, b.keypoints, areas: (a.area, b.area), sigmas: sigmas, threshold: threshold)
}

/// Indices by falling score; ties in falling index, as a reversed stable sort gives them.
private func descendingOrder(_ scores: [Double]) -> [Int] {
  scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 > $1 }
}
