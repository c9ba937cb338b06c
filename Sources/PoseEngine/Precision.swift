import CPoseKernels

/// In how many bits an engine multiplies.
///
/// Only the products of convolutions are reduced; everything else, and all sums, stay float32.
public enum Precision: String, Sendable, Hashable, CaseIterable {
  case float32
  /// Weights and activations rounded to bfloat16 as they are multiplied: about three decimal digits.
  case bfloat16

  /// Whether this CPU does it.
  public var isAvailable: Bool { self == .float32 || reducedProduct != nil }

  var reducedProduct: pose_reduced_gemm? {
    switch self {
    case .float32: nil
    case .bfloat16: pose_gemm_bfloat16()?.pointee
    }
  }
}

extension Float {
  /// The nearest bfloat16, to even where two are as near.
  var bfloat16Bits: UInt16 {
    if isNaN { return 0x7fc0 }
    let bits = bitPattern
    return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
  }
}
