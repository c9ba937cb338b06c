import PoseCore

/// A dense array of numbers in C order, as checkpoints hold it.
public struct Tensor: Sendable, Hashable {
  /// The extent of each axis; empty for a scalar.
  public let shape: [Int]
  public let type: ScalarType
  /// `count * type.byteCount` bytes, little endian, C order.
  public let bytes: [UInt8]

  /// How many scalars there are.
  public var count: Int { bytes.count / type.byteCount }

  /// Makes a tensor of little-endian bytes.
  ///
  /// - Throws: ``TensorError`` where an extent is negative or the bytes do not fill the shape.
  public init(shape: [Int], type: ScalarType, bytes: [UInt8]) throws(TensorError) {
    guard let count = Self.count(of: shape),
      case (let expected, let overflow) = count.multipliedReportingOverflow(by: type.byteCount), !overflow
    else { throw .invalidShape(shape) }
    guard expected == bytes.count else {
      throw .wrongByteCount(shape: shape, type: type, expected: expected, actual: bytes.count)
    }
    self.shape = shape
    self.type = type
    self.bytes = bytes
  }

  /// Makes a float32 tensor.
  ///
  /// - Throws: ``TensorError`` where an extent is negative or `scalars` do not fill the shape.
  public init(shape: [Int], _ scalars: [Float]) throws(TensorError) {
    try self.init(shape: shape, type: .float32, bytes: scalars.withUnsafeBytes(Array.init))
  }

  /// The product of a shape's extents, or nil where one is negative or the product overflows.
  public static func count(of shape: [Int]) -> Int? {
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else { return nil }
      count = product
    }
    return count
  }
}

/// What a tensor's scalars are.
public enum ScalarType: String, Sendable, Hashable, CaseIterable {
  case float16, bfloat16, float32, float64
  case int8, int16, int32, int64
  case uint8, bool

  public var byteCount: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16: 2
    case .float32, .int32: 4
    case .float64, .int64: 8
    }
  }

  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }
}

/// Why bytes are no ``Tensor``.
public enum TensorError: UserError, Hashable {
  case invalidShape([Int])
  case wrongByteCount(shape: [Int], type: ScalarType, expected: Int, actual: Int)
}

extension TensorError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .invalidShape(let shape):
      "\(shape) is no shape of a tensor: extents must not be negative and their product must fit memory"
    case .wrongByteCount(let shape, let type, let expected, let actual):
      "a \(type) tensor of shape \(shape) needs \(expected) bytes, but \(actual) were given"
    }
  }
}

extension Tensor {
  /// The scalars as float32: exact for float32, float16, bfloat16, 8- and 16-bit integers, rounded for the rest.
  public var floats: [Float] {
    switch type {
    case .float32: scalars(Float.self)
    case .float64: scalars(Double.self).map(Float.init)
    case .float16: scalars(UInt16.self).map(Float.init(float16Bits:))
    case .bfloat16: scalars(UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    case .int8: scalars(Int8.self).map(Float.init)
    case .int16: scalars(Int16.self).map(Float.init)
    case .int32: scalars(Int32.self).map(Float.init)
    case .int64: scalars(Int64.self).map(Float.init)
    case .uint8, .bool: bytes.map(Float.init)
    }
  }

  /// Lends the scalars as floats, without a copy where they are floats already.
  package func withFloats<Result>(_ body: (UnsafeBufferPointer<Float>) throws -> Result) rethrows -> Result {
    guard type == .float32 else { return try floats.withUnsafeBufferPointer(body) }
    return try bytes.withUnsafeBytes { bytes in
      // Arrays start at multiples of 16 bytes.
      try bytes.withMemoryRebound(to: Float.self, body)
    }
  }

  private func scalars<Scalar: BitwiseCopyable>(_: Scalar.Type) -> [Scalar] {
    [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
      bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      initialized = count
    }
  }
}

extension Float {
  /// The value of an IEEE half, given by its bits (`Float16` does not exist on every platform).
  public init(float16Bits bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10 & 0x1f)
    let fraction = UInt32(bits & 0x3ff)
    switch (exponent, fraction) {
    case (0, 0): self.init(bitPattern: sign)
    case (0, _):
      let magnitude = Float(fraction) * 0x1p-24
      self = sign == 0 ? magnitude : -magnitude
    case (0x1f, _): self.init(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
