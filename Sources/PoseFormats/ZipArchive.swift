/// A ZIP file (PKWARE's APPNOTE 6.3) with the features that `.npz` and `.pth` files use: stored and deflated entries,
/// ZIP64, no encryption.
///
/// The central directory is read at once. An entry's bytes are expanded and checked only when they are requested.
struct ZipArchive: Sendable {
  struct Entry: Sendable {
    let name: String
    let isDeflated: Bool
    let checksum: UInt32
    let compressedSize: Int
    let size: Int
    let headerOffset: Int
  }

  let bytes: [UInt8]
  /// In the order of the central directory.
  let entries: [Entry]
  private let indices: [String: Int]

  /// The largest factor by which deflate can expand data. An entry that claims more is damaged.
  private static let largestExpansion = 1032

  static let localHeader: UInt32 = 0x0403_4b50
  static let directoryHeader: UInt32 = 0x0201_4b50
  static let directoryEnd: UInt32 = 0x0605_4b50
  static let directoryEnd64: UInt32 = 0x0606_4b50
  static let directoryLocator64: UInt32 = 0x0706_4b50

  /// Whether bytes look like a ZIP file.
  static func isZip(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x50, 0x4b, 3, 4]) || bytes.starts(with: [0x50, 0x4b, 5, 6])
  }

  init(_ bytes: [UInt8]) throws(ZipError) {
    self.bytes = bytes
    entries = try Self.entries(of: bytes)
    var indices: [String: Int] = [:]
    for (index, entry) in entries.enumerated() {
      guard indices.updateValue(index, forKey: entry.name) == nil else { throw .duplicate(entry.name) }
    }
    self.indices = indices
  }

  /// The entry with this name.
  subscript(name: String) -> Entry? { indices[name].map { entries[$0] } }

  /// The range of an entry's stored bytes in the file.
  func range(of entry: Entry) throws(ZipError) -> Range<Int> {
    var reader = ByteReader(bytes, in: min(entry.headerOffset, bytes.count)..<bytes.count, orThrow: ZipError.truncated)
    guard try reader.integer(UInt32.self) == Self.localHeader else { throw .badHeader(offset: entry.headerOffset) }
    try reader.skip(22)
    let nameLength = try reader.count(UInt16.self)
    let extraLength = try reader.count(UInt16.self)
    try reader.skip(nameLength + extraLength)
    let start = reader.offset
    try reader.skip(entry.compressedSize)
    return start..<reader.offset
  }

  /// The default limit for the expanded contents of a file: four times its size, or 128 MiB more than its size if that
  /// is larger. A limit is needed because zeros deflate to a thousandth of their size.
  static func expansionLimit(byteCount: Int) -> Int {
    let (quadruple, overflow) = byteCount.multipliedReportingOverflow(by: 4)
    return overflow ? .max : max(quadruple, byteCount &+ 128 << 20)
  }

  /// The expanded bytes of an entry, verified by their checksum. The bytes of a stored entry are not copied.
  ///
  /// - Parameter limit: the most bytes that the entry may expand to, or nil for the default limit of the file.
  func contents(of entry: Entry, limit: Int? = nil) throws(ZipError) -> ArraySlice<UInt8> {
    let limit = limit ?? Self.expansionLimit(byteCount: bytes.count)
    guard entry.size <= limit else { throw .tooLarge(entry.name, size: entry.size, limit: limit) }
    var contents = bytes[try range(of: entry)]
    if entry.isDeflated {
      guard let inflated = inflate(contents, to: entry.size) else { throw .damaged(entry.name) }
      contents = inflated[...]
    }
    guard crc32(of: contents) == entry.checksum else { throw .damaged(entry.name) }
    return contents
  }
}

// MARK: The central directory

extension ZipArchive {
  private static func entries(of bytes: [UInt8]) throws(ZipError) -> [Entry] {
    let (count, range) = try directory(of: bytes)
    var reader = ByteReader(bytes, in: range, orThrow: ZipError.truncated)
    // An entry takes at least 46 bytes. Checking this first bounds the memory that is reserved.
    guard count <= range.count / 46 else { throw .impossibleCount(count) }
    var entries: [Entry] = []
    entries.reserveCapacity(count)
    for _ in 0..<count { entries.append(try entry(&reader)) }

    // Entries that share bytes would let a small file expand without limit.
    var previousEnd = 0
    for entry in entries.sorted(by: { $0.headerOffset < $1.headerOffset }) {
      let (end, overflow) = (entry.headerOffset + 30).addingReportingOverflow(entry.compressedSize)
      guard !overflow, entry.headerOffset >= previousEnd, end <= range.lowerBound else {
        throw .overlapping(entry.name)
      }
      previousEnd = end
    }
    return entries
  }

  /// The number of entries in the directory, and the directory's range.
  private static func directory(of bytes: [UInt8]) throws(ZipError) -> (count: Int, range: Range<Int>) {
    let end = try directoryEndOffset(of: bytes)
    var reader = ByteReader(bytes, in: end + 10..<bytes.count, orThrow: ZipError.truncated)
    var count = try reader.count(UInt16.self)
    var size = try reader.count(UInt32.self)
    var offset = try reader.count(UInt32.self)
    var limit = end
    if count == 0xffff || size == 0xffff_ffff || offset == 0xffff_ffff, end >= 20 {
      var locator = ByteReader(bytes, in: end - 20..<end, orThrow: ZipError.truncated)
      if try locator.integer(UInt32.self) == directoryLocator64 {
        try locator.skip(4)
        limit = min(try locator.count(UInt64.self), end)
        var reader = ByteReader(bytes, in: limit..<end, orThrow: ZipError.truncated)
        guard try reader.integer(UInt32.self) == directoryEnd64 else { throw .badHeader(offset: limit) }
        try reader.skip(28)
        count = try reader.count(UInt64.self)
        size = try reader.count(UInt64.self)
        offset = try reader.count(UInt64.self)
      }
    }
    guard offset <= limit, size <= limit - offset else {
      throw .truncated(Truncation(offset: offset, needed: size, available: max(0, limit - offset)))
    }
    return (count, offset..<offset + size)
  }

  /// The offset of the record that ends the directory. It is the last such record, and only a comment of at most 64 KiB
  /// follows it.
  private static func directoryEndOffset(of bytes: [UInt8]) throws(ZipError) -> Int {
    var offset = bytes.count - 22
    let lowest = max(0, offset - 0xffff)
    while offset >= lowest {
      if bytes[offset] == 0x50, bytes[offset + 1] == 0x4b, bytes[offset + 2] == 5, bytes[offset + 3] == 6 {
        return offset
      }
      offset -= 1
    }
    throw .noDirectory
  }

  private static func entry(_ reader: inout ByteReader<ZipError>) throws(ZipError) -> Entry {
    let start = reader.offset
    guard try reader.integer(UInt32.self) == directoryHeader else { throw .badHeader(offset: start) }
    try reader.skip(4)
    let flags = try reader.integer(UInt16.self)
    let method = try reader.integer(UInt16.self)
    try reader.skip(4)
    let checksum = try reader.integer(UInt32.self)
    var compressedSize = try reader.count(UInt32.self)
    var size = try reader.count(UInt32.self)
    let nameLength = try reader.count(UInt16.self)
    let extraLength = try reader.count(UInt16.self)
    let commentLength = try reader.count(UInt16.self)
    try reader.skip(8)
    var headerOffset = try reader.count(UInt32.self)
    let name = String(decoding: try reader.read(nameLength), as: UTF8.self)
    let extraEnd = reader.offset + extraLength
    while extraEnd - reader.offset >= 4, reader.remaining >= 4 {
      let kind = try reader.integer(UInt16.self)
      let length = try reader.count(UInt16.self)
      guard length <= extraEnd - reader.offset else { break }
      let fieldEnd = reader.offset + length
      if kind == 1 {
        // ZIP64: eight bytes for each of these values that did not fit into four.
        if size == 0xffff_ffff, fieldEnd - reader.offset >= 8 { size = try reader.count(UInt64.self) }
        if compressedSize == 0xffff_ffff, fieldEnd - reader.offset >= 8 {
          compressedSize = try reader.count(UInt64.self)
        }
        if headerOffset == 0xffff_ffff, fieldEnd - reader.offset >= 8 { headerOffset = try reader.count(UInt64.self) }
      }
      try reader.skip(fieldEnd - reader.offset)
    }
    try reader.skip(extraEnd - reader.offset + commentLength)

    guard flags & 1 == 0 else { throw .encrypted(name) }
    guard method == 0 || method == 8 else { throw .unknownMethod(name, Int(method)) }
    let isDeflated = method == 8
    let (largest, overflow) = compressedSize.multipliedReportingOverflow(by: isDeflated ? largestExpansion : 1)
    guard !overflow, isDeflated ? size <= largest : size == largest, headerOffset <= reader.bytes.count else {
      throw .impossibleSize(name, size: size, compressed: compressedSize)
    }
    return Entry(
      name: name, isDeflated: isDeflated, checksum: checksum, compressedSize: compressedSize, size: size,
      headerOffset: headerOffset)
  }
}
