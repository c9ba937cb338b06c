/// The file of weights beside an ML program, `weights/weight.bin`: version 2 of Core ML's blob storage.
///
/// A header of 64 bytes has the number of blobs and the version. Each blob is 64 bytes of metadata, a sentinel, the type of
/// the scalars, their size in bytes and their offset in the file, followed by the scalars, little endian. Metadata and
/// scalars start at multiples of 64. Follows coremltools' `StorageFormat.hpp`.
struct CoreMLWeights {
  static let alignment = 64
  static let version: UInt32 = 2
  static let sentinel: UInt32 = 0xDEAD_BEEF

  private(set) var bytes: [UInt8]
  private var count: UInt32 = 0

  init() {
    bytes = [UInt8](repeating: 0, count: Self.alignment)
    replace(Self.version, at: 4)
  }

  /// Appends a tensor.
  ///
  /// - Returns: the offset of its metadata, by which programs refer to it.
  mutating func append(_ scalars: [Float], as type: MILScalar) -> Int {
    pad()
    let offset = bytes.count
    let isHalf = type == .float16
    append(Self.sentinel)
    append(UInt32(isHalf ? 1 : 2))
    append(UInt64(scalars.count * (isHalf ? 2 : 4)))
    append(UInt64(offset + Self.alignment))
    pad()
    if isHalf {
      scalars.map { $0.float16Bits.littleEndian }.withUnsafeBytes { bytes.append(contentsOf: $0) }
    } else {
      scalars.map { $0.bitPattern.littleEndian }.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
    count += 1
    replace(count, at: 0)
    return offset
  }

  private mutating func pad() {
    let rest = bytes.count % Self.alignment
    if rest > 0 { bytes.append(contentsOf: repeatElement(0, count: Self.alignment - rest)) }
  }

  private mutating func append(_ integer: some FixedWidthInteger) {
    withUnsafeBytes(of: integer.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private mutating func replace(_ integer: UInt32, at offset: Int) {
    withUnsafeBytes(of: integer.littleEndian) { bytes.replaceSubrange(offset..<offset + 4, with: $0) }
  }
}
