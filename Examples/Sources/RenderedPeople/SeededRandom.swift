/// SplitMix64 (Steele et al., OOPSLA 2014), so that what is drawn is the same everywhere.
public struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number of a range, all of them alike.
  public mutating func number(in range: ClosedRange<Float>) -> Float {
    range.lowerBound + Float(next() >> 40) / 0x1p24 * (range.upperBound - range.lowerBound)
  }
}
