import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

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
func descendingOrder(_ scores: [Double]) -> [Int] {
  scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 > $1 }
}

extension [Pose] {
  /// The poses without those that nearly coincide with a better one, in their order: of several skeletons on one person,
  /// as overlapping boxes give them, the best stays.
  ///
  /// - Parameter threshold: the object keypoint similarity above which two poses are one person's; .9 as published.
  ///   Poses of different skeletons are not compared.
  public func suppressed(threshold: Double = 0.9) -> [Pose] {
    let kept = Dictionary(grouping: indices) { self[$0].skeleton }.flatMap { skeleton, members in
      let candidates = members.map { index in
        NMSCandidate(keypoints: self[index].keypoints, score: self[index].score, area: self[index].area)
      }
      return oksNMS(candidates, threshold: threshold, sigmas: skeleton.sigmas).map { members[$0] }
    }
    return kept.sorted().map { self[$0] }
  }
}
