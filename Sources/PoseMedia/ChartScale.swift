#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An axis of a chart: it maps values to positions and chooses the values that are printed beside it.
struct ChartScale {
  /// The values beside the axis, in ascending order.
  let ticks: [Double]
  private let low: Double
  private let high: Double
  private let isLogarithmic: Bool

  /// Where an axis begins and ends.
  enum Ends {
    /// At round numbers; the axis is logarithmic where the values are positive and of very different sizes.
    case automatic
    /// At round numbers of a linear axis.
    case linear
    /// At 0 and the last value of a linear axis.
    case fromZero
    /// At the first and the last value of a linear axis.
    case exact
  }

  /// Creates the axis for the given values, or returns nil if there are none. The values and their squares must be
  /// finite.
  init?(_ values: [Double], _ ends: Ends = .automatic) {
    guard var least = values.min(), var most = values.max() else { return nil }
    // Values as small as these are treated as zero.
    if abs(least) < 1e-30 { least = 0 }
    if abs(most) < 1e-30 { most = 0 }
    if ends == .fromZero { least = min(least, 0) }
    isLogarithmic = ends == .automatic && least > 0 && most > 30 * least
    if isLogarithmic {
      (low, high) = (least, most)
      ticks = Self.powers(from: least, to: most)
      return
    }
    let size = max(abs(least), abs(most))
    let spread = most - least > size * 1e-9 ? most - least : size > 0 ? size : 1
    let step = Self.roundStep(spread / 5)
    let first = (least / step + 1e-6).rounded(.down)
    let last = (most / step - 1e-6).rounded(.up)
    let isRound = ends == .automatic || ends == .linear
    let (low, high) =
      isRound ? (first * step, max(last, first + 1) * step) : (least, most > least ? most : least + spread)
    (self.low, self.high) = (low, high)
    ticks = (0...12).map { (first + Double($0)) * step }
      .filter { $0 >= low - step * 1e-6 && $0 <= high + step * 1e-6 }
  }

  /// The position of a value, from 0 at the beginning of the axis to 1 at its end.
  func place(of value: Double) -> Double {
    isLogarithmic ? log(max(value, low) / low) / log(high / low) : (value - low) / (high - low)
  }

  func text(_ tick: Double) -> String {
    String(format: "%.4g", abs(tick) < (high - low) * 1e-9 ? 0 : tick)
  }

  /// Powers of ten, with 2 and 5 times each of them if there are few.
  private static func powers(from least: Double, to most: Double) -> [Double] {
    let (first, last) = (Int(log10(least).rounded(.down)), Int(log10(most).rounded(.up)))
    let factors: [Double] = last - first > 4 ? [1] : [1, 2, 5]
    let all = stride(from: first, through: last, by: (last - first) / 8 + 1).flatMap { exponent in
      let power = pow(10, Double(exponent))
      return factors.map { $0 * power }
    }
    return all.filter { $0 >= least * (1 - 1e-9) && $0 <= most * (1 + 1e-9) }
  }

  /// The smallest number that is at least `step` and is 1, 2, 5 or 10 times a power of ten.
  private static func roundStep(_ step: Double) -> Double {
    let power = pow(10, log10(step).rounded(.down))
    return ([1, 2, 5].first { $0 * power >= step * (1 - 1e-9) } ?? 10) * power
  }
}
