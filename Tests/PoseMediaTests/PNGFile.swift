/// Builds PNG files of any type byte by byte, with stored (not compressed) data, so that tests need no other encoder.
struct PNGFile {
  var width: Int
  var height: Int
  var bitDepth: UInt8 = 8
  /// 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha.
  var colorType: UInt8
  /// Each row's packed samples.
  var rows: [[UInt8]]
  /// Chunks between the header and the data.
  var extra: [(String, [UInt8])] = []
  /// Chunks between the data and the end.
  var trailing: [(String, [UInt8])] = []
  /// Whether `rows` are those of Adam7's passes.
  var isInterlaced = false

  var bytes: [UInt8] {
    let raw: [UInt8] = rows.flatMap { (row: [UInt8]) -> [UInt8] in [0] + row }
    var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    file += Self.chunk(
      "IHDR", Self.number(width) + Self.number(height) + [bitDepth, colorType, 0, 0, isInterlaced ? 1 : 0])
    for (name, body) in extra { file += Self.chunk(name, body) }
    file += Self.chunk("IDAT", Self.stored(raw))
    for (name, body) in trailing { file += Self.chunk(name, body) }
    return file + Self.chunk("IEND", [])
  }

  /// A zlib stream of blocks that are not compressed.
  static func stored(_ raw: [UInt8]) -> [UInt8] {
    var data: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: max(raw.count, 1), by: 0xFFFF) {
      let block = raw[start..<min(start + 0xFFFF, raw.count)]
      let (low, high) = (UInt8(block.count & 0xFF), UInt8(block.count >> 8))
      data += [block.endIndex == raw.count ? 1 : 0, low, high, ~low, ~high]
      data += block
    }
    return data + number(adler(raw))
  }

  private static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    let named: [UInt8] = Array(name.utf8) + body
    return number(body.count) + named + number(Int(crc(named)))
  }

  static func number(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private static func adler(_ bytes: [UInt8]) -> Int {
    let (a, b) = bytes.reduce((1, 0)) { sums, byte in
      let a = (sums.0 + Int(byte)) % 65521
      return (a, (sums.1 + a) % 65521)
    }
    return b << 16 | a
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
