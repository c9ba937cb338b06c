/// What a reader must survive: every way of cutting a small file short, and many ways of damaging it.
struct Corruption {
  let original: [UInt8]

  /// Every proper prefix.
  var truncations: some Sequence<[UInt8]> {
    (0..<original.count).lazy.map { Array(original[..<$0]) }
  }

  /// The original with a few bytes overwritten, the same ones on every run.
  func damaged(_ count: Int) -> some Sequence<[UInt8]> {
    var random = SplitMix64(state: 0x5eed)
    return (0..<count).map { _ in
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let extremes: [UInt8] = [0, 0xff, 0x7f, 0x80]
        bytes[place] = Bool.random(using: &random) ? extremes[place % 4] : .random(in: 0...255, using: &random)
      }
      return bytes
    }
  }
}

/// A seeded generator, so that failures repeat.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
    return bits ^ bits >> 31
  }
}
