/// Writes a ZIP file of stored entries. ZIP64 fields are written only if the sizes need them.
struct ZipWriter {
  /// The alignment of each entry's bytes in the file. PyTorch maps storages into memory if they start at multiples of
  /// 64.
  let alignment: Int
  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// Names are UTF-8, and the date is always 1 January 1980, so that equal contents give equal files.
  private static let flags: UInt16 = 1 << 11
  private static let date: UInt16 = 1 << 5 | 1

  init(alignment: Int = 1) {
    self.alignment = max(1, alignment)
  }

  mutating func append(_ name: String, _ contents: [UInt8]) throws(ZipError) {
    let nameBytes = Array(name.utf8)
    guard nameBytes.count <= 0xffff else { throw .nameTooLong(name) }
    let checksum = crc32(of: contents[...])
    let headerOffset = bytes.count
    let isLarge = contents.count >= 0xffff_ffff
    let isFar = headerOffset >= 0xffff_ffff
    let shortSize = isLarge ? 0xffff_ffff : UInt32(contents.count)

    var extra: [UInt8] = []
    if isLarge { appendSizes(of: [contents.count, contents.count], to: &extra) }
    let dataOffset = headerOffset + 30 + nameBytes.count + extra.count
    var padding = (alignment - dataOffset % alignment) % alignment
    while padding > 0 && padding < 4 { padding += alignment }
    if padding > 0 {
      // PyTorch's own padding field is called "FB".
      extra.append(littleEndian: UInt16(0x4246))
      extra.append(littleEndian: UInt16(padding - 4))
      extra += [UInt8](repeating: 0x5a, count: padding - 4)
    }
    bytes.append(littleEndian: ZipArchive.localHeader)
    appendCommon(checksum, shortSize, nameBytes.count, extra.count, isLarge || isFar, to: &bytes)
    bytes += nameBytes
    bytes += extra
    bytes += contents

    var directoryExtra: [UInt8] = []
    if isLarge || isFar {
      appendSizes(
        of: (isLarge ? [contents.count, contents.count] : []) + (isFar ? [headerOffset] : []), to: &directoryExtra)
    }
    directory.append(littleEndian: ZipArchive.directoryHeader)
    directory.append(littleEndian: UInt16(45))
    appendCommon(checksum, shortSize, nameBytes.count, directoryExtra.count, isLarge || isFar, to: &directory)
    directory += [UInt8](repeating: 0, count: 10)
    directory.append(littleEndian: isFar ? 0xffff_ffff : UInt32(headerOffset))
    directory += nameBytes
    directory += directoryExtra
    count += 1
  }

  /// The whole file.
  consuming func finish() -> [UInt8] {
    let offset = bytes.count
    let needs64 = count >= 0xffff || offset >= 0xffff_ffff || directory.count >= 0xffff_ffff
    bytes += directory
    if needs64 {
      let end64 = bytes.count
      bytes.append(littleEndian: ZipArchive.directoryEnd64)
      bytes.append(littleEndian: UInt64(44))
      bytes.append(littleEndian: UInt16(45))
      bytes.append(littleEndian: UInt16(45))
      bytes.append(littleEndian: UInt64(0))
      for value in [count, count, directory.count, offset] { bytes.append(littleEndian: UInt64(value)) }
      bytes.append(littleEndian: ZipArchive.directoryLocator64)
      bytes.append(littleEndian: UInt32(0))
      bytes.append(littleEndian: UInt64(end64))
      bytes.append(littleEndian: UInt32(1))
    }
    bytes.append(littleEndian: ZipArchive.directoryEnd)
    bytes.append(littleEndian: UInt32(0))
    bytes.append(littleEndian: UInt16(clamping: count))
    bytes.append(littleEndian: UInt16(clamping: count))
    bytes.append(littleEndian: UInt32(clamping: directory.count))
    bytes.append(littleEndian: UInt32(clamping: offset))
    bytes.append(littleEndian: UInt16(0))
    return bytes
  }

  /// The fields that the header before an entry's bytes and its header in the directory have in common.
  private func appendCommon(
    _ checksum: UInt32, _ size: UInt32, _ nameLength: Int, _ extraLength: Int, _ is64: Bool, to bytes: inout [UInt8]
  ) {
    bytes.append(littleEndian: UInt16(is64 ? 45 : 20))
    bytes.append(littleEndian: Self.flags)
    bytes.append(littleEndian: UInt16(0))
    bytes.append(littleEndian: UInt16(0))
    bytes.append(littleEndian: Self.date)
    bytes.append(littleEndian: checksum)
    bytes.append(littleEndian: size)
    bytes.append(littleEndian: size)
    bytes.append(littleEndian: UInt16(nameLength))
    bytes.append(littleEndian: UInt16(extraLength))
  }

  private func appendSizes(of values: [Int], to extra: inout [UInt8]) {
    extra.append(littleEndian: UInt16(1))
    extra.append(littleEndian: UInt16(values.count * 8))
    for value in values { extra.append(littleEndian: UInt64(value)) }
  }
}
