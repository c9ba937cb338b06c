import PoseCore

/// Non-maximum suppression of boxes, whatever their classes: keeps the best, drops what overlaps it by more than
/// `threshold`, goes on with the rest.
///
/// Overlaps are intersections over unions in float32, as mmcv's `nms` computes them with offset 0.
///
/// - Parameter threshold: from 0 to 1.
/// - Returns: indices of the kept boxes, best first; of equal scores the first comes first.
public func boxNMS(_ boxes: [BoundingBox], scores: [Double], threshold: Double) -> [Int] {
  let corners = boxes.map { Corners($0) }
  var kept = KeptBoxes(threshold: Float(threshold))
  return bestFirst(scores, count: boxes.count).filter { kept.insert(corners[$0]) }
}

/// Non-maximum suppression of boxes of several classes, as mmcv's `batched_nms` does it: a box drops boxes of its own
/// class alone.
///
/// All boxes go through one suppression in which each class is moved to a place of its own, by its number times the
/// largest coordinate and 1. In float32 that costs overlaps some digits, so it is done the same way here. From ten
/// thousand boxes on, the moved boxes are suppressed class by class.
///
/// - Parameters:
///   - labels: the class of each box, as a detector numbers them.
///   - threshold: from 0 to 1.
/// - Returns: indices of the kept boxes, best first; of equal scores the first comes first.
public func batchedNMS(_ boxes: [BoundingBox], scores: [Double], labels: [Int], threshold: Double) -> [Int] {
  let count = min(boxes.count, labels.count)
  let corners = boxes.prefix(count).map { Corners($0) }
  let distance = (corners.map(\.largest).max() ?? 0) + 1
  let moved = zip(corners, labels).map { $0.moved(by: Float($1) * distance) }
  let isTogether = count < 10_000
  var kept: [Int: KeptBoxes] = [:]
  return bestFirst(scores, count: count).filter { index in
    kept[isTogether ? 0 : labels[index], default: KeptBoxes(threshold: Float(threshold))].insert(moved[index])
  }
}

/// Indices by falling score; of equal scores the first comes first.
private func bestFirst(_ scores: [Double], count: Int) -> [Int] {
  (0..<min(scores.count, count)).sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
}

/// The corners of a box in float32.
private struct Corners {
  var left: Float
  var top: Float
  var right: Float
  var bottom: Float
  var area: Float

  init(left: Float, top: Float, right: Float, bottom: Float) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
    area = (right - left) * (bottom - top)
  }

  init(_ box: BoundingBox) {
    self.init(left: Float(box.x), top: Float(box.y), right: Float(box.x + box.width), bottom: Float(box.y + box.height))
  }

  var largest: Float { max(left, top, right, bottom) }

  func moved(by distance: Float) -> Corners {
    Corners(left: left + distance, top: top + distance, right: right + distance, bottom: bottom + distance)
  }

  func overlap(with other: Corners) -> Float {
    let width = max(0, min(right, other.right) - max(left, other.left))
    let height = max(0, min(bottom, other.bottom) - max(top, other.top))
    let common = width * height
    return common / (area + other.area - common)
  }
}

/// The boxes that no better one suppressed. A box is compared with these alone, and with none behind the first that
/// suppresses it, so that thousands of boxes around a few objects take a few comparisons each.
private struct KeptBoxes {
  let threshold: Float
  private var boxes: [Corners] = []
  /// The corners of the boxes, eight in a block. Most pairs of boxes have nothing in common, which a few comparisons
  /// tell of eight boxes at once.
  private var blocks: [Block] = []

  private struct Block {
    // Nothing meets a box whose left is beyond its right.
    var left = SIMD8<Float>(repeating: .infinity)
    var top = SIMD8<Float>(repeating: .infinity)
    var right = SIMD8<Float>(repeating: -.infinity)
    var bottom = SIMD8<Float>(repeating: -.infinity)

    func touch(_ box: Corners) -> SIMDMask<SIMD8<Int32>> {
      (right .> box.left) .& (left .< box.right) .& (bottom .> box.top) .& (top .< box.bottom)
    }
  }

  init(threshold: Float) { self.threshold = threshold }

  /// Adds a box unless one of the kept overlaps it.
  ///
  /// - Returns: whether the box was added.
  mutating func insert(_ box: Corners) -> Bool {
    for (index, block) in blocks.enumerated() {
      let touching = block.touch(box)
      guard any(touching) else { continue }
      for lane in 0..<8 where touching[lane] && boxes[8 * index + lane].overlap(with: box) > threshold { return false }
    }
    let lane = boxes.count % 8
    if lane == 0 { blocks.append(Block()) }
    let last = blocks.count - 1
    blocks[last].left[lane] = box.left
    blocks[last].top[lane] = box.top
    blocks[last].right[lane] = box.right
    blocks[last].bottom[lane] = box.bottom
    boxes.append(box)
    return true
  }
}
