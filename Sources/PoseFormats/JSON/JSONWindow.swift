#if canImport(CJSON)
  /// The part of a JSON text that is in memory, with the current position in it. It slides over the text from front to
  /// back.
  struct JSONWindow: ~Copyable {
    private enum Source {
      case file
      case bytes([UInt8], read: Int)
    }

    private var source: Source
    private var file: FileStream?
    /// The length of the text in bytes, as far as it is known.
    let expectedCount: Int
    private var memory: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// The number of bytes of the memory that are filled.
    private var end = 0
    /// The index of the next byte in the memory.
    private var position = 0
    /// The index in the memory of a value that has to be kept, if there is one.
    private var valueStart: Int?
    private var valueCount = 0
    /// The offset in the text of the first byte in the memory.
    private var offset = 0

    /// Opens a file at its beginning.
    static func opening(_ path: String) throws(FileError) -> JSONWindow {
      let file = try FileStream(path)
      let count = file.expectedCount
      var window = JSONWindow(.file, file, count)
      guard try window.fill() else { throw .empty(path) }
      return window
    }

    init(_ bytes: [UInt8]) {
      self.init(.bytes(bytes, read: 0), nil, bytes.count)
    }

    private init(_ source: Source, _ file: consuming FileStream?, _ expectedCount: Int) {
      self.source = source
      self.file = file
      self.expectedCount = expectedCount
      capacity = 1 << 20
      memory = .allocate(capacity: capacity + JSONReader.padding)
      memory.initialize(repeating: 0, count: capacity + JSONReader.padding)
    }

    deinit { memory.deallocate() }

    /// An error at the position of the next byte.
    func error(_ reason: JSONError.Reason, key: String? = nil) -> JSONError {
      JSONError(reason, offset: offset + position, key: key)
    }

    // MARK: Bytes between values

    /// - Throws: where the text is UTF-16, with a mark or without.
    mutating func skipByteOrderMark() throws(AnnotationError) {
      while end < 3, try refill() {}
      if end >= 2 {
        let pair = (memory[0], memory[1])
        guard pair != (0xfe, 0xff), pair != (0xff, 0xfe), (pair.0 == 0) == (pair.1 == 0) else {
          throw .json(error(.utf16))
        }
      }
      if end >= 3, memory[0] == 0xef, memory[1] == 0xbb, memory[2] == 0xbf { position = 3 }
    }

    /// The next byte that is not whitespace, without moving past it.
    mutating func peekByte() throws(AnnotationError) -> UInt8 {
      guard let byte = try peek() else { throw .json(error(.unclosed)) }
      return byte
    }

    /// The next byte that is not whitespace. The position moves past it.
    mutating func nextByte() throws(AnnotationError) -> UInt8 {
      let byte = try peekByte()
      position += 1
      return byte
    }

    /// Moves past the given byte if it is the next byte that is not whitespace, and returns whether it was.
    mutating func skip(_ wanted: UInt8) throws(AnnotationError) -> Bool {
      guard try peekByte() == wanted else { return false }
      position += 1
      return true
    }

    /// Whether only whitespace follows.
    mutating func isAtEnd() throws(AnnotationError) -> Bool { try peek() == nil }

    private mutating func peek() throws(AnnotationError) -> UInt8? {
      while true {
        while position < end {
          let byte = memory[position]
          guard byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 else { return byte }
          position += 1
        }
        guard try refill() else { return nil }
      }
    }

    // MARK: Values

    /// Reads a field's name as it is written. Escapes are not decoded, because the names of the format contain none.
    mutating func name() throws(AnnotationError) -> String {
      guard try peekByte() == UInt8(ascii: "\"") else { throw .json(error(.malformed)) }
      try value(maximumDepth: 1, limit: 4096)
      return withValue { bytes, count, _ in
        String(decoding: UnsafeBufferPointer(start: bytes + 1, count: count - 2), as: UTF8.self)
      }
    }

    /// Moves past a value without keeping it.
    mutating func skipValue(maximumDepth: Int) throws(AnnotationError) {
      _ = try peekByte()
      try scan(maximumDepth: maximumDepth, limit: .max)
    }

    /// Moves past a value and keeps it for ``withValue(_:)``. The next byte must be the value's first.
    mutating func value(maximumDepth: Int, limit: Int) throws(AnnotationError) {
      valueStart = position
      try scan(maximumDepth: maximumDepth, limit: limit)
    }

    /// Calls `body` with the value that was kept, the number of its bytes and its offset in the text.
    mutating func withValue<Result, Failure: Error>(
      _ body: (UnsafePointer<UInt8>, Int, Int) throws(Failure) -> Result
    ) throws(Failure) -> Result {
      let start = valueStart ?? position
      defer { valueStart = nil }
      return try body(memory + start, valueCount, offset + start)
    }

    /// Finds the end of a value, by looking only at brackets and strings.
    private mutating func scan(maximumDepth: Int, limit: Int) throws(AnnotationError) {
      let begin = offset + position
      var depth = 0
      repeat {
        guard let byte = try byte(begin, limit) else { throw .json(error(.unclosed)) }
        switch byte {
        case UInt8(ascii: "\""):
          position += 1
          try scanText(begin, limit)
        case UInt8(ascii: "["), UInt8(ascii: "{"):
          position += 1
          depth += 1
          guard depth <= maximumDepth else { throw .json(error(.tooDeep)) }
        case UInt8(ascii: "]"), UInt8(ascii: "}"):
          guard depth > 0 else { throw .json(error(.malformed)) }
          position += 1
          depth -= 1
        default:
          if depth == 0 {
            try scanScalar(begin, limit)
          } else {
            // Most of a file consists of numbers, so they are skipped quickly.
            position += 1
            skipNumbers()
          }
        }
      } while depth > 0
      valueCount = offset + position - begin
    }

    /// Moves to the next bracket or quotation mark in the memory, or to the end of the memory.
    private mutating func skipNumbers() {
      let bytes = UnsafeRawPointer(memory)
      var next = position
      let (low, high) = (0x0101_0101_0101_0101 as UInt64, 0x8080_8080_8080_8080 as UInt64)
      // Tests eight bytes at once: the high bit of each byte of the result is set if the byte is one of these
      // characters.
      while next + 8 <= end {
        let word = bytes.loadUnaligned(fromByteOffset: next, as: UInt64.self)
        let isBracket = (word & ~high) &+ 0x25 &* low | word
        let quotes = word ^ 0x22 &* low
        if (isBracket | (quotes &- low) & ~quotes) & high != 0 { break }
        next += 8
      }
      while next < end, memory[next] < 0x5b, memory[next] != 0x22 { next += 1 }
      position = next
    }

    /// Moves past the end of a string whose first quotation mark has been read.
    private mutating func scanText(_ begin: Int, _ limit: Int) throws(AnnotationError) {
      while let byte = try byte(begin, limit) {
        position += 1
        if byte == UInt8(ascii: "\"") { return }
        if byte == UInt8(ascii: "\\") {
          guard try self.byte(begin, limit) != nil else { break }
          position += 1
        }
      }
      throw .json(error(.unclosed))
    }

    /// Moves past a number, true, false or null.
    private mutating func scanScalar(_ begin: Int, _ limit: Int) throws(AnnotationError) {
      let first = position + offset
      while let byte = try byte(begin, limit), !",]}: \n\r\t".utf8.contains(byte) { position += 1 }
      guard position + offset > first else { throw .json(error(.malformed)) }
    }

    private mutating func byte(_ begin: Int, _ limit: Int) throws(AnnotationError) -> UInt8? {
      guard offset + position - begin <= limit else { throw .json(error(.tooLong(limit: limit))) }
      if position == end, try !refill() { return nil }
      return memory[position]
    }

    // MARK: Memory

    private mutating func refill() throws(AnnotationError) -> Bool {
      do throws(FileError) { return try fill() } catch { throw .file(error) }
    }

    /// Reads more of the text. The bytes that have to be kept move to the front of the memory.
    private mutating func fill() throws(FileError) -> Bool {
      let keep = valueStart ?? position
      if keep > 0 {
        memory.update(from: memory + keep, count: end - keep)
        offset += keep
        position -= keep
        end -= keep
        valueStart = valueStart.map { _ in 0 }
      }
      if end == capacity {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: 2 * capacity + JSONReader.padding)
        larger.initialize(repeating: 0, count: 2 * capacity + JSONReader.padding)
        larger.update(from: memory, count: end)
        memory.deallocate()
        memory = larger
        capacity *= 2
      }
      let room = UnsafeMutableRawBufferPointer(start: memory + end, count: capacity - end)
      let count = try read(into: room)
      end += count
      return count > 0
    }

    private mutating func read(into room: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
      guard case .bytes(let bytes, let read) = source else { return try file?.read(into: room) ?? 0 }
      let count = min(room.count, bytes.count - read)
      room.copyBytes(from: bytes[read..<read + count])
      source = .bytes(bytes, read: read + count)
      return count
    }
  }
#endif
