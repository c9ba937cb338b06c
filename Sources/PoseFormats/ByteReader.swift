import PoseCore

/// Reads bytes from front to back. A read past their end throws the format's own error.
struct ByteReader<Failure: Error> {
  let bytes: [UInt8]
  /// The offset of the next read, in bytes from the front.
  private(set) var offset: Int
  /// The offset at which reading has to stop.
  let end: Int
  private let failure: (Truncation) -> Failure

  init(_ bytes: [UInt8], in range: Range<Int>? = nil, orThrow failure: @escaping (Truncation) -> Failure) {
    self.failure = failure
    self.bytes = bytes
    let range = (range ?? 0..<bytes.count).clamped(to: 0..<bytes.count)
    offset = range.lowerBound
    end = range.upperBound
  }

  var remaining: Int { end - offset }

  /// The next `count` bytes.
  mutating func read(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else {
      throw failure(Truncation(offset: offset, needed: max(count, 0), available: remaining))
    }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  mutating func skip(_ count: Int) throws(Failure) {
    _ = try read(count)
  }

  mutating func byte() throws(Failure) -> UInt8 {
    guard offset < end else { throw failure(Truncation(offset: offset, needed: 1, available: 0)) }
    defer { offset += 1 }
    return bytes[offset]
  }

  /// The next integer, in little-endian order.
  mutating func integer<Value: FixedWidthInteger>(_: Value.Type) throws(Failure) -> Value {
    let bytes = try read(Value.bitWidth / 8)
    return bytes.reversed().reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
  }

  /// An unsigned integer of the file as a count or an offset. A number that is too large for any memory is clamped, and
  /// therefore lies past the end.
  mutating func count<Value: FixedWidthInteger & UnsignedInteger>(_ type: Value.Type) throws(Failure) -> Int {
    Int(clamping: try integer(type))
  }
}

/// An error for a file that ends too early.
public struct Truncation: UserError, Hashable {
  /// The offset of the missing bytes.
  public let offset: Int
  package let needed: Int
  package let available: Int

  public var description: String {
    "\(needed) bytes are needed at byte \(offset), but only \(available) are left: is the file whole?"
  }
}

extension Array where Element == UInt8 {
  /// Appends an integer in little-endian order.
  mutating func append<Value: FixedWidthInteger>(littleEndian value: Value) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
