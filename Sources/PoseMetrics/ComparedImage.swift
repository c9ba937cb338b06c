/// The annotated objects and the best results of one category in an image, with the similarity of each pair. COCO's
/// evaluation needs no more of poses, whose similarity is object keypoint similarity, or of boxes, whose similarity is
/// intersection over union.
struct ComparedImage: Sendable {
  /// An annotated person or box.
  struct Object: Sendable {
    /// In square pixels.
    var area: Double
    /// Whether a result that matches this object is neither right nor wrong, whatever the size range.
    var isIgnored: Bool
    /// Whether any number of results may match this object.
    var isCrowd: Bool
    /// Whether the annotation's number is 0, which the published tools take for "nobody" when they ask whom a result
    /// matches.
    var isNobody: Bool
  }

  /// A predicted pose or box.
  struct Result: Sendable {
    var score: Double
    /// In square pixels.
    var area: Double
  }

  var id: Int
  var category: Int
  var crowdIndex: Double?
  var objects: [Object]
  /// The best first.
  var results: [Result]
  /// A row for each object, with a column for each result.
  var similarities: [[Double]]
}

extension Collection where Index == Int {
  /// The elements with the highest scores, best first; of equal scores the first comes first.
  func best(_ limit: Int, by score: (Element) -> Double) -> [Element] {
    let scores = map(score)
    let order = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    return order.prefix(limit).map { self[startIndex + $0] }
  }
}

extension ComparedImage {
  /// Which results are right and which are wrong at each threshold of similarity. The best result is matched first, and
  /// each result is matched to the most similar object that is still unmatched.
  ///
  /// - Parameters:
  ///   - isIgnored: for each object, whether a result that matches it is neither right nor wrong.
  ///   - range: a result outside this range is not wrong if it matches nothing.
  func verdicts(isIgnored: [Bool], in range: SizeRange) -> [COCOMatches.Verdict] {
    var verdicts = [COCOMatches.Verdict](repeating: .init(), count: results.count)
    // Ignored objects come last, so that a result matches one of them only if it matches nothing else.
    let order = isIgnored.indices.filter { !isIgnored[$0] } + isIgnored.indices.filter { isIgnored[$0] }
    let lowest = COCOMatches.thresholds[0]
    // One bit for each threshold at which the object is matched.
    var taken = [UInt16](repeating: 0, count: objects.count)
    for (index, result) in results.enumerated() {
      let counts = range.contains(result.area)
      // Most results resemble nothing.
      let candidates = order.filter { !(similarities[$0][index] < lowest) }
      if candidates.isEmpty {
        if counts { verdicts[index].wrong = COCOMatches.Verdict.allThresholds }
        continue
      }
      for (bit, threshold) in COCOMatches.thresholds.enumerated() {
        var best: Int?
        var least = min(threshold, 1 - 1e-10)
        for object in candidates where taken[object] >> bit & 1 == 0 || objects[object].isCrowd {
          if let best, !isIgnored[best], isIgnored[object] { break }
          if similarities[object][index] < least { continue }
          least = similarities[object][index]
          best = object
        }
        if let best { taken[best] |= 1 << bit }
        if let best, isIgnored[best] || !objects[best].isNobody {
          if !isIgnored[best] { verdicts[index].right |= 1 << bit }
        } else if counts {
          verdicts[index].wrong |= 1 << bit
        }
      }
    }
    return verdicts
  }
}
