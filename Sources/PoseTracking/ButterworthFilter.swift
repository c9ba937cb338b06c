#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Butterworth's low-pass filter of second order, run forwards and backwards: of fourth order and without delay, as
/// biomechanics smooths movements. Equal to SciPy's `filtfilt` with `butter(2, cutoff, fs: rate)`; the amplitude at the
/// cutoff is halved.
public struct ButterworthFilter: Sendable, Hashable {
  private let b: [Double]
  private let a: [Double]
  /// The states that a constant 1 leaves in the filter.
  private let rest: [Double]

  /// - Parameters:
  ///   - cutoff: in hertz.
  ///   - rate: samples a second.
  /// - Throws: ``SmoothingError`` where the cutoff is not between 0 and half of the rate.
  public init(cutoff: Double, rate: Double) throws(SmoothingError) {
    guard cutoff > 0, cutoff < rate / 2 else { throw .cutoff(cutoff, rate: rate) }
    let warped = tan(.pi * cutoff / rate)
    let norm = 1 / (1 + 2.0.squareRoot() * warped + warped * warped)
    b = [warped * warped * norm, 2 * warped * warped * norm, warped * warped * norm]
    a = [1, 2 * (warped * warped - 1) * norm, (1 - 2.0.squareRoot() * warped + warped * warped) * norm]
    let second = b[2] - a[2]
    rest = [b[1] - a[1] + second, second]
  }

  /// The smoothed values.
  public func callAsFunction(_ values: [Double]) -> [Double] {
    guard values.count > 1, let first = values.first, let last = values.last else { return values }
    // The ends are continued by their mirror image, turned around the end.
    let pad = min(9, values.count - 1)
    let before = (0..<pad).map { 2 * first - values[pad - $0] }
    let after = (0..<pad).map { 2 * last - values[values.count - 2 - $0] }
    let forwards = filtered(before + values + after)
    let both = Array(filtered(forwards.reversed()).reversed())
    return Array(both[pad..<pad + values.count])
  }

  private func filtered(_ values: [Double]) -> [Double] {
    guard let first = values.first else { return [] }
    var (z1, z2) = (rest[0] * first, rest[1] * first)
    return values.map { value in
      let result = b[0] * value + z1
      z1 = b[1] * value - a[1] * result + z2
      z2 = b[2] * value - a[2] * result
      return result
    }
  }
}
