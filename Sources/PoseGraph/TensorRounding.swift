extension Checkpoint {
  /// The same weights in so many bits, each rounded to the nearest; whole numbers stay as they are.
  public func rounded(to type: FloatType) -> Checkpoint {
    var rounded = self
    for name in names { rounded[name] = self[name]?.rounded(to: type) }
    return rounded
  }

  /// What weights are kept in.
  public enum FloatType: String, Sendable, Hashable, CaseIterable {
    case float32, float16
  }
}

extension Tensor {
  fileprivate func rounded(to type: Checkpoint.FloatType) -> Tensor {
    guard self.type.isFloatingPoint else { return self }
    switch type {
    case .float32: return (try? Tensor(shape: shape, floats)) ?? self
    case .float16:
      let bits = floats.map(\.float16Bits)
      return (try? Tensor(shape: shape, type: .float16, bytes: bits.withUnsafeBytes(Array.init))) ?? self
    }
  }
}

extension Float {
  /// The bits of the nearest IEEE half, of two the even one; too large a number becomes infinite.
  package var float16Bits: UInt16 {
    let sign = UInt16(bitPattern >> 16 & 0x8000)
    let magnitude = bitPattern & 0x7fff_ffff
    if magnitude > 0x7f80_0000 { return sign | 0x7e00 }
    // 65520 and more round up past the greatest half.
    if magnitude >= 0x477f_f000 { return sign | 0x7c00 }
    if magnitude < 0x3880_0000 {
      // Below the least normal half: multiples of 2^-24.
      return sign | UInt16((Float(bitPattern: magnitude) * 0x1p24).rounded(.toNearestOrEven))
    }
    let isOdd = magnitude >> 13 & 1
    return sign | UInt16((magnitude - 0x3800_0000 + 0xfff + isOdd) >> 13)
  }
}
