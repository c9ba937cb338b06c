/// TensorFlow's record files: the count of bytes, its checksum, the bytes, their checksum; all little-endian.
enum TFRecord {
  static func framed(_ bytes: [UInt8]) -> [UInt8] {
    let count = UInt64(bytes.count).littleEndianBytes
    return count + CRC32C.masked(count).littleEndianBytes + bytes + CRC32C.masked(bytes).littleEndianBytes
  }
}

extension FixedWidthInteger {
  fileprivate var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}
