import CZlib

@testable import PoseFormats

/// Compressed bytes that are made without their expanded ones being in memory: what bombs are made of.
struct Deflated {
  let bytes: [UInt8]
  let count: Int
  let checksum: UInt32

  /// `head`, and then `byte` until there are `count`.
  ///
  /// - Parameter hasHeader: whether to write zlib's header and checksum, which ZIP files do without.
  init(_ head: [UInt8], then byte: UInt8, upTo count: Int, hasHeader: Bool = false) {
    var stream = z_stream()
    let bits = hasHeader ? MAX_WBITS : -MAX_WBITS
    deflateInit2_(
      &stream, 9, Z_DEFLATED, bits, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var (written, result, checksum) = (0, [UInt8](), crc32_z(0, nil, 0))
    var room = [UInt8](repeating: 0, count: 1 << 16)
    while written < count {
      let isHead = written == 0 && !head.isEmpty
      let piece = isHead ? Array(head.prefix(count)) : Array(repeating: byte, count: min(1 << 20, count - written))
      var input = piece
      written += piece.count
      checksum = crc32_z(checksum, piece, piece.count)
      let isLast = written == count
      input.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        repeat {
          let made = room.withUnsafeMutableBufferPointer { room in
            stream.next_out = room.baseAddress
            stream.avail_out = UInt32(room.count)
            deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH)
            return room.count - Int(stream.avail_out)
          }
          result += room[..<made]
        } while stream.avail_out == 0
      }
    }
    (bytes, self.count, self.checksum) = (result, count, UInt32(truncatingIfNeeded: checksum))
  }

  /// A ZIP file of deflated entries.
  static func zip(_ entries: [(name: String, contents: Deflated)]) throws -> [UInt8] {
    var writer = ZipWriter()
    for entry in entries { try writer.append(entry.name, entry.contents.bytes) }
    var zip = writer.finish()
    // The directory, which is what readers go by, says what the entries really are.
    var place = zip.count - 22
    for entry in entries.reversed() {
      place -= 46 + entry.name.utf8.count
      var (checksum, sizes) = ([UInt8](), [UInt8]())
      checksum.append(littleEndian: entry.contents.checksum)
      sizes.append(littleEndian: UInt32(entry.contents.count))
      zip.replaceSubrange(place + 10..<place + 12, with: [8, 0])
      zip.replaceSubrange(place + 16..<place + 20, with: checksum)
      zip.replaceSubrange(place + 24..<place + 28, with: sizes)
    }
    return zip
  }
}
