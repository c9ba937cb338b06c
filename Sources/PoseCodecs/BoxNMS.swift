import PoseCore

/// Non-maximum suppression of boxes: keeps the best, drops what overlaps it by more than `threshold`, goes on with the
/// rest.
///
/// - Returns: indices of the kept boxes, best first; of equal scores the first comes first.
public func boxNMS(_ boxes: [BoundingBox], scores: [Double], threshold: Double) -> [Int] {
  let count = min(boxes.count, scores.count)
  var order = (0..<count).sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }[...]
  var kept: [Int] = []
  while let best = order.popFirst() {
    kept.append(best)
    order = order.filter { boxes[best].overlap(with: boxes[$0]) <= threshold }[...]
  }
  return kept
}
