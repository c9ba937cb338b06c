#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): small, seedable, the same on every platform.
package struct SplitMix64: Sendable {
  private var state: UInt64
  private var spare: Double?

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 { Self.next(&state) }

  /// The next number of a generator that keeps its own state.
  @inlinable
  package static func next(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return mix(state)
  }

  /// A bijection that makes similar numbers unlike each other.
  @inlinable
  package static func mix(_ value: UInt64) -> UInt64 {
    var mixed = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// Uniform in [0, 1).
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in [-1, 1).
  package mutating func signed() -> Double { 2 * unit() - 1 }

  /// Standard normal, by Marsaglia's polar method.
  package mutating func normal() -> Double {
    if let value = spare {
      spare = nil
      return value
    }
    while true {
      let (x, y) = (signed(), signed())
      let square = x * x + y * y
      guard square > 0, square < 1 else { continue }
      let factor = (-2 * log(square) / square).squareRoot()
      spare = y * factor
      return x * factor
    }
  }
}
