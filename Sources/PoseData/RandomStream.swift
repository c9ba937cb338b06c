import PoseGraph

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Random numbers that begin at a seed, can be split into streams of their own, and can be saved and restored: the value
/// is the whole state.
///
/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). A sample's stream is split off by epoch and position, so it is the
/// same whichever thread draws from it, and whatever others drew before.
package struct RandomStream: RandomNumberGenerator, Sendable, Hashable, Codable {
  private var state: UInt64

  package init(seed: UInt64) { state = SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15) }

  /// Derives an independent, reproducible stream with the given index.
  package func split(_ number: UInt64) -> RandomStream {
    var stream = self
    stream.state = SplitMix64.mix(SplitMix64.mix(state ^ 0x6A09_E667_F3BC_C909) &+ number &* 0xD134_2543_DE82_EF95)
    return stream
  }

  package mutating func next() -> UInt64 {
    SplitMix64.next(&state)
  }

  /// The streams that decide about a sample: in this epoch, and in all of them.
  func streams(epoch: Int, sample: Int) -> (epoch: RandomStream, constant: RandomStream) {
    let (epoch, sample) = (UInt64(truncatingIfNeeded: epoch) &+ 1, UInt64(truncatingIfNeeded: sample) &+ 1)
    return (split(epoch).split(sample), split(0).split(sample))
  }

  /// A uniform random number in 0..<1.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A uniform random number between two others.
  package mutating func uniform(_ first: Double, _ last: Double) -> Double { first + (last - first) * unit() }

  /// Whether something of that probability happens.
  package mutating func happens(_ probability: Double) -> Bool { unit() < probability }

  /// From the normal distribution of mean 0 and deviation 1 (Box and Muller, 1958).
  package mutating func normal() -> Double {
    let radius = (-2 * log(1 - unit())).squareRoot()
    return radius * cos(2 * Double.pi * unit())
  }
}
