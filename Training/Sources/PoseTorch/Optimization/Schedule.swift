import Foundation

/// The learning rate of each iteration.
///
/// Everything is counted in iterations, from 0; what the published configurations count in epochs is that many times the
/// iterations of one, with `period` where the rate then changes by epochs only.
public struct Schedule: Sendable, Hashable {
  public enum Decay: Sendable, Hashable {
    case constant
    /// Times `factor` from each of these iterations on.
    case step(at: [Int], factor: Double = 0.1)
    /// Half a cosine from the base down to `last` (Loshchilov and Hutter, ICLR 2017).
    case cosine(to: Double = 0)
    case polynomial(power: Double, to: Double = 0)
    /// Up to the base rate for a part of the time and down again, both along a cosine (Smith and Topin, 2017). Starts at
    /// `base / initialDivisor` and ends at that over `finalDivisor`.
    case oneCycle(rising: Double = 0.3, initialDivisor: Double = 25, finalDivisor: Double = 1e4)
  }

  /// A linear rise from `ratio` times the schedule's rate over the first iterations.
  public struct WarmUp: Sendable, Hashable {
    public var iterations: Int
    public var ratio: Double

    public init(iterations: Int, ratio: Double) {
      self.iterations = iterations
      self.ratio = ratio
    }
  }

  public var base: Double
  public var decay: Decay
  /// How many iterations training takes.
  public var length: Int
  /// The iteration that the decay begins at; steps are counted from 0 all the same.
  public var start: Int
  /// The rate changes every so many iterations; 1 for each. The warm-up knows no periods.
  public var period: Int
  public var warmUp: WarmUp?

  public init(
    base: Double, decay: Decay, length: Int, start: Int = 0, period: Int = 1, warmUp: WarmUp? = nil
  ) {
    self.base = base
    self.decay = decay
    self.length = length
    self.start = start
    self.period = period
    self.warmUp = warmUp
  }

  /// The rate for a total batch other than the published one, as Goyal et al. (2017) scale it.
  public static func scaled(_ rate: Double, batch: Int, baseBatchSize: Int) -> Double {
    rate * Double(batch) / Double(max(baseBatchSize, 1))
  }

  public func rate(at iteration: Int) -> Double {
    let rate = decayed(at: iteration)
    guard let warmUp, iteration < warmUp.iterations else { return rate }
    // The published formula, rounding and all.
    let missing = (1 - Double(iteration) / Double(warmUp.iterations)) * (1 - warmUp.ratio)
    return rate * (1 - missing)
  }

  private func decayed(at iteration: Int) -> Double {
    let period = max(period, 1)
    let total = Double(max((length - start) / period, 1))
    let done = min(Double(max(iteration - start, 0) / period), total)
    switch decay {
    case .constant: return base
    case .step(let iterations, let factor):
      return base * pow(factor, Double(iterations.count { $0 <= iteration }))
    case .cosine(let last): return cosine(from: base, to: last, done / total)
    case .polynomial(let power, let last): return (base - last) * pow(1 - done / total, power) + last
    case .oneCycle(let rising, let initialDivisor, let finalDivisor):
      let first = base / initialDivisor
      let peak = rising * total - 1
      if done <= peak { return cosine(from: first, to: base, peak > 0 ? done / peak : 1) }
      return cosine(from: base, to: first / finalDivisor, min((done - peak) / (total - 1 - peak), 1))
    }
  }

  private func cosine(from start: Double, to end: Double, _ part: Double) -> Double {
    end + 0.5 * (start - end) * (cos(Double.pi * part) + 1)
  }
}
