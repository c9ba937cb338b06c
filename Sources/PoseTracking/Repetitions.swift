/// Counts movements that repeat, such as squats by an angle of the knee: the peaks of a number over time that stand out by
/// some prominence, as SciPy's `find_peaks` has it. The prominence is how far one must come down from a peak before one can
/// go up to a higher one.
public struct Repetitions: Sendable, Hashable {
  /// In the unit of the values: 30 degrees for an angle, say.
  public var prominence: Double
  /// Of peaks that are nearer to each other, in seconds, the lower ones do not count.
  public var distance: Double

  public init(prominence: Double = 30, distance: Double = 0.4) {
    (self.prominence, self.distance) = (prominence, distance)
  }

  /// The indices of the peaks. A flat peak is where its middle is; the ends are no peaks.
  ///
  /// - Parameters:
  ///   - values: nil where there is none.
  ///   - times: in seconds, rising, one for each value.
  public func peaks(of values: [Double?], at times: [Double]) -> [Int] {
    precondition(values.count == times.count, "\(times.count) times need as many values, not \(values.count)")
    let places = values.indices.filter { values[$0] != nil }
    let known = places.compactMap { values[$0] }
    let candidates = Self.localMaxima(of: known)
    var kept: Set<Int> = []
    // The highest first, of equal ones the last, as in SciPy.
    let falling = candidates.sorted { known[$0] != known[$1] ? known[$0] > known[$1] : $0 > $1 }
    var isLeftOut: Set<Int> = []
    for peak in falling where !isLeftOut.contains(peak) {
      kept.insert(peak)
      for other in candidates where other != peak && abs(times[places[other]] - times[places[peak]]) < distance {
        isLeftOut.insert(other)
      }
    }
    return kept.sorted().filter { Self.prominence(of: $0, in: known) >= prominence }.map { places[$0] }
  }

  private static func localMaxima(of values: [Double]) -> [Int] {
    var maxima: [Int] = []
    var index = 1
    while index < values.count - 1 {
      var end = index
      while end < values.count - 1, values[end + 1] == values[index] { end += 1 }
      if values[index - 1] < values[index], end < values.count - 1, values[end + 1] < values[index] {
        maxima.append((index + end) / 2)
      }
      index = end + 1
    }
    return maxima
  }

  private static func prominence(of peak: Int, in values: [Double]) -> Double {
    /// The least value on the way to a higher one, or to the end.
    func base(_ way: some Sequence<Int>) -> Double {
      var least = values[peak]
      for index in way {
        if values[index] > values[peak] { break }
        least = min(least, values[index])
      }
      return least
    }
    return values[peak] - max(base((0..<peak).reversed()), base(peak + 1..<values.count))
  }
}
