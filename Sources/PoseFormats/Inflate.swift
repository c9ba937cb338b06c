import CZlib

/// Expands a raw deflate stream (RFC 1951) to exactly `size` bytes, or returns nil if it is damaged or has another
/// size.
package func inflate(_ deflated: ArraySlice<UInt8>, to size: Int) -> [UInt8]? {
  var stream = z_stream()
  guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
  defer { inflateEnd(&stream) }

  // One byte more than expected, so that a stream that is too long is noticed and the buffer is never empty.
  let capacity = size + 1
  var status = Z_OK
  let bytes = deflated.withUnsafeBufferPointer { input in
    [UInt8](unsafeUninitializedCapacity: capacity) { output, produced in
      var consumed = 0
      while status == Z_OK, consumed < input.count || produced < capacity {
        let given = min(input.count - consumed, 1 << 30)
        let room = min(capacity - produced, 1 << 30)
        stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + consumed) }
        stream.avail_in = UInt32(given)
        stream.next_out = output.baseAddress.map { $0 + produced }
        stream.avail_out = UInt32(room)
        status = CZlib.inflate(&stream, Z_NO_FLUSH)
        consumed += given - Int(stream.avail_in)
        produced += room - Int(stream.avail_out)
      }
    }
  }
  return status == Z_STREAM_END && bytes.count == size ? bytes : nil
}

/// The checksum of ZIP files and of PNG's chunks.
package func crc32(of bytes: ArraySlice<UInt8>) -> UInt32 {
  bytes.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
}

/// Why a stream of unknown size does not expand.
package enum ExpansionError: Error {
  case damaged
  case tooLarge
}

/// Expands a zlib stream (RFC 1950) of unknown size to at most `limit` bytes.
package func expandZlib(_ deflated: ArraySlice<UInt8>, limit: Int) throws(ExpansionError) -> [UInt8] {
  var stream = z_stream()
  guard inflateInit_(&stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { throw .damaged }
  defer { inflateEnd(&stream) }

  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  let status = deflated.withUnsafeBufferPointer { input in
    guard input.count <= 1 << 30 else { return Z_BUF_ERROR }
    stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0) }
    stream.avail_in = UInt32(input.count)
    var status = Z_OK
    while status == Z_OK, bytes.count <= limit {
      let count = chunk.withUnsafeMutableBufferPointer { output in
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        status = CZlib.inflate(&stream, Z_NO_FLUSH)
        return output.count - Int(stream.avail_out)
      }
      bytes += chunk[..<count]
    }
    return status
  }
  guard bytes.count <= limit else { throw .tooLarge }
  guard status == Z_STREAM_END else { throw .damaged }
  return bytes
}
