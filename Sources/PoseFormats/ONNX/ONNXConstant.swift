import PoseGraph

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A tensor that is known before the network runs.
struct ONNXConstant {
  enum Scalars: Hashable {
    case integers([Int])
    case floats([Float])
  }

  /// The most axes that an engine can move. Tensors with more axes are refused.
  static let mostAxes = 8
  /// The most scalars that folding may make of a small constant.
  static let mostFolded = 1 << 22

  let shape: [Int]
  let scalars: Scalars

  /// - Precondition: There are as many scalars as the shape has.
  init(_ shape: [Int], _ scalars: Scalars) { (self.shape, self.scalars) = (shape, scalars) }

  init(integers: [Int]) { self.init([integers.count], .integers(integers)) }

  var count: Int {
    switch scalars {
    case .integers(let values): values.count
    case .floats(let values): values.count
    }
  }

  /// The scalars, if they are integers.
  var integers: [Int]? { if case .integers(let values) = scalars { values } else { nil } }

  var floats: [Float] {
    switch scalars {
    case .integers(let values): values.map(Float.init)
    case .floats(let values): values
    }
  }

  /// The scalar, if there is exactly one.
  var number: Float? { count == 1 ? floats[0] : nil }

  /// The same scalars in another shape of the same count.
  func reshaped(_ shape: [Int]) -> ONNXConstant { ONNXConstant(shape, scalars) }

  /// A constant of another shape. For each position along the new axes, `source` returns the flat index of the scalar
  /// to take.
  func picking(_ shape: [Int], _ source: ([Int]) -> Int) throws -> ONNXConstant {
    guard let count = Tensor.count(of: shape), count <= max(Self.mostFolded, self.count) else {
      throw ONNXRefusal(
        "a constant of \(shape.prefix(Self.mostAxes)) is too large to be computed, at most \(Self.mostFolded) scalars are: "
          + "simplify the file first, or ask for outputs that come before it")
    }
    var position = Array(repeating: 0, count: shape.count)
    var places: [Int] = []
    places.reserveCapacity(count)
    for _ in 0..<count {
      places.append(source(position))
      for axis in shape.indices.reversed() {
        position[axis] += 1
        if position[axis] < shape[axis] { break }
        position[axis] = 0
      }
    }
    switch scalars {
    case .integers(let values): return ONNXConstant(shape, .integers(places.map { values[$0] }))
    case .floats(let values): return ONNXConstant(shape, .floats(places.map { values[$0] }))
    }
  }

  func transposed(_ order: [Int]) throws -> ONNXConstant {
    let strides = Self.strides(of: shape)
    return try picking(order.map { shape[$0] }) { position in
      zip(order, position).reduce(0) { $0 + strides[$1.0] * $1.1 }
    }
  }

  /// The constant repeated along axes of extent 1. The shapes are aligned at their last axes.
  func expanded(to target: [Int]) throws -> ONNXConstant {
    if target == shape { return self }
    let strides = Self.strides(of: shape)
    let offset = target.count - shape.count
    return try picking(target) { position in
      shape.indices.reduce(0) { $0 + (shape[$1] == 1 ? 0 : strides[$1] * position[$1 + offset]) }
    }
  }

  static func strides(of shape: [Int]) -> [Int] {
    var strides = Array(repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    return strides
  }
}

extension ONNXConstant {
  /// Reads a tensor of the file.
  init(_ proto: ONNXTensorProto, name: String) throws(ONNXError) {
    guard proto.dataLocation != .external, proto.externalData.isEmpty else { throw .externalData(tensor: name) }
    let shape = proto.dims.map(Int.init)
    guard shape.count <= Self.mostAxes else {
      throw .tensor(name: name, reason: "it has \(shape.count) axes, more than \(Self.mostAxes)")
    }
    guard let count = Tensor.count(of: shape) else {
      throw .tensor(name: name, reason: "\(shape) is not a shape: its extents are negative or too large")
    }
    let scalars: Scalars
    switch proto.dataType {
    case .float: scalars = .floats(try proto.raw(count, name) { Float(bitPattern: $0) } ?? proto.floatData)
    case .double:
      scalars = .floats(
        try proto.raw(count, name) { Float(Double(bitPattern: $0)) } ?? proto.doubleData.map(Float.init))
    case .float16:
      let bits =
        try proto.raw(count, name) { (bits: UInt16) in bits } ?? proto.int32Data.map(UInt16.init(truncatingIfNeeded:))
      scalars = .floats(bits.map(Float.init(float16Bits:)))
    case .bfloat16:
      let bits =
        try proto.raw(count, name) { (bits: UInt16) in bits } ?? proto.int32Data.map(UInt16.init(truncatingIfNeeded:))
      scalars = .floats(bits.map { Float(bitPattern: UInt32($0) << 16) })
    case .int64:
      scalars = .integers(try proto.raw(count, name) { Int(Int64(bitPattern: $0)) } ?? proto.int64Data.map(Int.init))
    case .int32:
      scalars = .integers(try proto.raw(count, name) { Int(Int32(bitPattern: $0)) } ?? proto.int32Data.map(Int.init))
    case .int16:
      scalars = .integers(try proto.raw(count, name) { Int(Int16(bitPattern: $0)) } ?? proto.int32Data.map(Int.init))
    case .int8:
      scalars = .integers(try proto.raw(count, name) { Int(Int8(bitPattern: $0)) } ?? proto.int32Data.map(Int.init))
    case .uint8, .bool:
      scalars = .integers(try proto.raw(count, name) { (byte: UInt8) in Int(byte) } ?? proto.int32Data.map(Int.init))
    default:
      throw .tensor(name: name, reason: "scalars of type \(proto.dataType.rawValue) are not read: convert it to float")
    }
    self.init(shape, scalars)
    guard self.count == count else {
      throw .tensor(name: name, reason: "\(shape) needs \(count) scalars, but it has \(self.count)")
    }
  }
}

extension ONNXTensorProto {
  /// The scalars of `rawData`, or nil if they are in the typed fields.
  fileprivate func raw<Bits: FixedWidthInteger & UnsignedInteger, Scalar>(
    _ count: Int, _ name: String, _ scalar: (Bits) -> Scalar
  ) throws(ONNXError) -> [Scalar]? {
    guard !rawData.isEmpty else { return nil }
    let width = Bits.bitWidth / 8
    guard rawData.count % width == 0, rawData.count / width == count else {
      throw .tensor(name: name, reason: "\(dims) of \(width) bytes each do not fill its \(rawData.count) bytes")
    }
    return rawData.withUnsafeBytes { bytes in
      (0..<count).map { scalar(Bits(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * width, as: Bits.self))) }
    }
  }
}
