import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Smooths a joint's whole movement without delay: jumps are removed, short gaps filled, and a filter that looks both ways
/// takes the jitter away.
///
/// ```swift
/// let smooth = try OfflineSmoother()(JointSeries(times: times, positions: wrist))
/// print(smooth.series.positions, "removed:", smooth.removed, "filled:", smooth.filled)
/// ```
public struct OfflineSmoother: Sendable, Hashable {
  /// What takes the jitter away.
  public enum Filter: Sendable, Hashable {
    /// ``ButterworthFilter`` with this cutoff in hertz.
    case butterworth(cutoff: Double)
    /// Means weighted by a Gaussian with this deviation in seconds.
    case gaussian(deviation: Double)
  }

  /// nil to leave the jitter.
  public var filter: Filter? = .butterworth(cutoff: 6)
  /// Whether single positions far from those around them are left out, by Hampel's rule.
  public var removesOutliers = true
  /// Longer gaps stay, in seconds.
  public var gapLimit = 0.5

  public init() {}

  /// A smoothed movement, and what was changed beside the jitter.
  public struct Result: Sendable, Hashable {
    public var series: JointSeries
    /// The indices of positions that were far from those around them.
    public var removed: [Int]
    /// The indices of positions that were not there, or removed. What is removed at an end of a movement, where there is
    /// nothing to interpolate, gets the nearest position.
    public var filled: [Int]
  }

  /// The smoothed movement, at the same times. What varies in its rate is filtered at its median rate.
  ///
  /// - Throws: ``SmoothingError`` where the cutoff is too high for the rate.
  public func callAsFunction(_ series: JointSeries) throws(SmoothingError) -> Result {
    var smooth = series
    let removed = removesOutliers ? smooth.removeOutliers() : []
    var filled = smooth.fillGaps(limit: gapLimit)
    filled += smooth.holdEnds(removed, limit: gapLimit)
    guard let filter else { return Result(series: smooth, removed: removed, filled: filled) }
    for run in smooth.runs where run.count > 2 {
      let points = smooth.positions[run].compactMap(\.self)
      let times = Array(smooth.times[run])
      let (xs, ys) = (try filter(points.map(\.x), times), try filter(points.map(\.y), times))
      for (index, (x, y)) in zip(run, zip(xs, ys)) { smooth.positions[index] = Point(x: x, y: y) }
    }
    return Result(series: smooth, removed: removed, filled: filled)
  }
}

extension OfflineSmoother.Filter {
  /// - Parameters:
  ///   - values: at least two.
  ///   - times: rising.
  fileprivate func callAsFunction(_ values: [Double], _ times: [Double]) throws(SmoothingError) -> [Double] {
    switch self {
    case .gaussian(let deviation):
      return times.indices.map { index in
        var (sum, weight) = (0.0, 0.0)
        func add(_ other: Int) -> Bool {
          let far = (times[other] - times[index]) / deviation
          guard abs(far) <= 4 else { return false }
          let share = exp(-far * far / 2)
          (sum, weight) = (sum + share * values[other], weight + share)
          return true
        }
        for other in (0...index).reversed() where !add(other) { break }
        for other in index + 1..<max(times.count, index + 1) where !add(other) { break }
        return sum / weight
      }
    case .butterworth(let cutoff):
      let steps = zip(times, times.dropFirst()).map { $1 - $0 }
      let step = JointSeries.median(steps)
      let butterworth = try ButterworthFilter(cutoff: cutoff, rate: 1 / step)
      if steps.allSatisfy({ abs($0 - step) < 0.01 * step }) { return butterworth(values) }
      let count = Int(((times[times.count - 1] - times[0]) / step).rounded(.up)) + 1
      let even = (0..<count).map { times[0] + Double($0) * step }
      let filtered = butterworth(Self.interpolated(values, times, at: even))
      return Self.interpolated(filtered, even, at: times)
    }
  }

  /// Values between those at rising times, on straight lines; beyond the ends those of the ends.
  private static func interpolated(_ values: [Double], _ times: [Double], at places: [Double]) -> [Double] {
    var next = 0
    return places.map { place in
      while next < times.count, times[next] < place { next += 1 }
      if next == 0 { return values[0] }
      if next == times.count { return values[next - 1] }
      let share = (place - times[next - 1]) / (times[next] - times[next - 1])
      return values[next - 1] + share * (values[next] - values[next - 1])
    }
  }
}
