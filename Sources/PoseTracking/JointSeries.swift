import PoseCore

/// Where a joint of one person is over time.
public struct JointSeries: Sendable, Hashable {
  /// In seconds, rising.
  public var times: [Double]
  /// In pixels; nil where the joint is not seen.
  public var positions: [Point?]

  /// - Precondition: as many positions as times, and times that rise.
  public init(times: [Double], positions: [Point?]) {
    precondition(times.count == positions.count, "\(times.count) times need as many positions, not \(positions.count)")
    precondition(zip(times, times.dropFirst()).allSatisfy(<), "times must rise")
    (self.times, self.positions) = (times, positions)
  }

  /// Leaves out positions that are far from those around them (Hampel, 1974): further from the median of the values up to
  /// `reach` places away than so many of their standard deviations, which the median of the distances from it tells.
  ///
  /// - Parameters:
  ///   - deviations: how many.
  ///   - least: a distance in pixels that is never too far.
  /// - Returns: the indices of what was left out.
  public mutating func removeOutliers(reach: Int = 3, deviations: Double = 3, least: Double = 2) -> [Int] {
    let seen = positions.indices.filter { positions[$0] != nil }
    func isFar(_ values: [Double], _ place: Int) -> Bool {
      let near = values[max(0, place - reach)...min(values.count - 1, place + reach)]
      let middle = Self.median(Array(near))
      let spread = 1.4826 * Self.median(near.map { abs($0 - middle) })
      return abs(values[place] - middle) > max(deviations * spread, least)
    }
    let points = seen.compactMap { positions[$0] }
    let (xs, ys) = (points.map(\.x), points.map(\.y))
    let far = seen.indices.filter { isFar(xs, $0) || isFar(ys, $0) }.map { seen[$0] }
    for index in far { positions[index] = nil }
    return far
  }

  /// Fills gaps between positions that are at most `limit` seconds apart, by the cubic curve that goes on as the joint moved
  /// before and comes to where it moves after.
  ///
  /// - Returns: the indices of what was filled.
  public mutating func fillGaps(limit: Double = 0.5) -> [Int] {
    let seen = positions.indices.filter { positions[$0] != nil }
    var filled: [Int] = []
    for (place, (before, after)) in zip(seen, seen.dropFirst()).enumerated() where after > before + 1 {
      let (start, end) = (times[before], times[after])
      guard end - start <= limit, let from = positions[before], let to = positions[after] else { continue }
      // The speed at an end is that of the two positions next to it on its side, where they are near.
      func speed(_ first: Int, _ second: Int) -> Point? {
        guard seen.indices.contains(first), seen.indices.contains(second) else { return nil }
        let seconds = times[seen[second]] - times[seen[first]]
        guard seconds <= limit, let a = positions[seen[first]], let b = positions[seen[second]] else { return nil }
        return Point(x: (b.x - a.x) / seconds, y: (b.y - a.y) / seconds)
      }
      let even = Point(x: (to.x - from.x) / (end - start), y: (to.y - from.y) / (end - start))
      let (leaving, coming) = (speed(place - 1, place) ?? even, speed(place + 1, place + 2) ?? even)
      for index in before + 1..<after {
        let (share, length) = ((times[index] - start) / (end - start), end - start)
        func between(_ a: Double, _ b: Double, _ leaving: Double, _ coming: Double) -> Double {
          let (square, cube) = (share * share, share * share * share)
          return (2 * cube - 3 * square + 1) * a + (cube - 2 * square + share) * length * leaving
            + (3 * square - 2 * cube) * b + (cube - square) * length * coming
        }
        positions[index] = Point(
          x: between(from.x, to.x, leaving.x, coming.x), y: between(from.y, to.y, leaving.y, coming.y))
        filled.append(index)
      }
    }
    return filled
  }

  /// Gives positions that were removed and not filled, as at the ends of a movement, the nearest position in time.
  ///
  /// - Parameters:
  ///   - removed: the indices of what was removed.
  ///   - limit: how far away the position may be, in seconds.
  /// - Returns: the indices of what was filled.
  mutating func holdEnds(_ removed: [Int], limit: Double) -> [Int] {
    let before = positions
    return removed.filter { index in
      guard before[index] == nil else { return false }
      let sides = [before[..<index].lastIndex { $0 != nil }, before[index...].firstIndex { $0 != nil }]
      let nearest = sides.compactMap(\.self).min { abs(times[$0] - times[index]) < abs(times[$1] - times[index]) }
      guard let nearest, abs(times[nearest] - times[index]) <= limit else { return false }
      positions[index] = before[nearest]
      return true
    }
  }

  /// Ranges of indices without gaps.
  var runs: [Range<Int>] {
    var runs: [Range<Int>] = []
    for index in positions.indices where positions[index] != nil {
      if let last = runs.last, last.upperBound == index {
        runs[runs.count - 1] = last.lowerBound..<index + 1
      } else {
        runs.append(index..<index + 1)
      }
    }
    return runs
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
