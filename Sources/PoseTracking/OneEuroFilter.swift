#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Takes the jitter out of a number as it comes, and little of fast motion: a low-pass filter whose cutoff grows with the
/// speed (Casiez, Roussel and Vogel, 1€ Filter, CHI 2012).
///
/// ```swift
/// var filter = OneEuroFilter()
/// let smooth = filter(12.3, at: 0.033)
/// ```
public struct OneEuroFilter: Sendable, Hashable {
  /// What the filter lets through.
  public struct Options: Sendable, Hashable, Codable {
    /// The cutoff for what stands still, in hertz: less takes away more jitter.
    public var cutoff: Double
    /// By how many hertz the cutoff grows for each unit a second: more follows fast motion with less delay.
    public var slope: Double
    /// The cutoff by which the speed itself is smoothed, in hertz.
    public var speedCutoff: Double

    public init(cutoff: Double = 1, slope: Double = 2, speedCutoff: Double = 1) {
      (self.cutoff, self.slope, self.speedCutoff) = (cutoff, slope, speedCutoff)
    }
  }

  public var options: Options
  private var last: State?

  private struct State: Hashable {
    var value: Double
    var raw: Double
    var speed: Double
    var time: Double
  }

  public init(options: Options = Options()) { self.options = options }

  /// The smoothed value.
  ///
  /// - Parameters:
  ///   - value: finite.
  ///   - time: in seconds. A value that is not later than the one before takes its place without a step in time.
  public mutating func callAsFunction(_ value: Double, at time: Double) -> Double {
    guard let last, time > last.time else {
      self.last = State(value: value, raw: value, speed: last?.speed ?? 0, time: last?.time ?? time)
      return value
    }
    let seconds = time - last.time
    let speed = Self.mixed((value - last.raw) / seconds, last.speed, cutoff: options.speedCutoff, seconds)
    let smooth = Self.mixed(value, last.value, cutoff: options.cutoff + options.slope * abs(speed), seconds)
    self.last = State(value: smooth, raw: value, speed: speed, time: time)
    return smooth
  }

  /// For how many seconds the filter lags behind what moves evenly at a speed.
  public func delay(atSpeed speed: Double) -> Double { 1 / (2 * .pi * (options.cutoff + options.slope * abs(speed))) }

  private static func mixed(_ new: Double, _ old: Double, cutoff: Double, _ seconds: Double) -> Double {
    let share = 1 / (1 + 1 / (2 * .pi * cutoff * seconds))
    return share * new + (1 - share) * old
  }
}
