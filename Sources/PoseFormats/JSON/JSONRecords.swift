#if canImport(CJSON)
  /// Splits a JSON file into its records, one at a time. The records are the elements of a list, or of the named lists
  /// of an object. The file is read in pieces, so that not more than one record has to be in memory.
  struct JSONRecords: ~Copyable {
    /// The list's name if the list is the whole file.
    static let wholeFile = ""
    /// The largest number of bytes of one record.
    static let maximumRecord = 64 << 20
    private static let maximumDepth = 64

    private var window: JSONWindow
    private let policy: BadRecords
    private(set) var skipped = SkippedRecords()

    init(_ source: consuming JSONWindow, bad policy: BadRecords) {
      window = source
      self.policy = policy
    }

    /// Calls `body` with every record of the named lists, in the order of the file. Everything else in the file is
    /// skipped.
    ///
    /// - Parameter body: if it throws, the error concerns only this record. The record is then skipped, or the file is
    ///   refused because of it.
    /// - Returns: the names of the lists that were found.
    mutating func forEach(
      in names: [String], _ body: (String, JSONReader) throws(JSONError) -> Void
    ) throws(AnnotationError) -> Set<String> {
      let reader: JSONReader
      do throws(JSONError) { reader = try JSONReader() } catch { throw .json(error) }
      let policy = policy
      var skipped = SkippedRecords()
      let found = try forEachText(in: names) { (text) throws(AnnotationError) in
        do throws(JSONError) {
          try reader.begin(text.bytes, count: text.count, offset: text.offset)
          try body(text.list, reader)
        } catch {
          try skipped.append(SkippedRecords.Record(list: text.list, index: text.index, reason: error), policy)
        }
      }
      self.skipped = skipped
      return found
    }

    /// A record as it is written in the file. The bytes are valid only during the call, and padding follows them.
    struct Text {
      var list: String
      /// The index in the list, from 0.
      var index: Int
      var bytes: UnsafePointer<UInt8>
      var count: Int
      /// The offset of the record in the file.
      var offset: Int
    }

    /// Calls `body` with every record of the named lists, in the order of the file.
    ///
    /// - Returns: the names of the lists that were found.
    mutating func forEachText(
      in names: [String], _ body: (Text) throws(AnnotationError) -> Void
    ) throws(AnnotationError) -> Set<String> {
      try window.skipByteOrderMark()
      var found: Set<String> = []
      switch try window.nextByte() {
      case UInt8(ascii: "["):
        guard names.contains(Self.wholeFile) else { throw .json(window.error(.expected("an object"))) }
        found.insert(Self.wholeFile)
        try list(named: Self.wholeFile, body)
      case UInt8(ascii: "{"):
        try members { (records, name) throws(AnnotationError) in
          let isList = try records.window.peekByte() == UInt8(ascii: "[")
          guard names.contains(name) else { return try records.window.skipValue(maximumDepth: Self.maximumDepth) }
          guard isList else { throw .json(records.window.error(.expected("a list"), key: name)) }
          found.insert(name)
          _ = try records.window.nextByte()
          try records.list(named: name, body)
        }
      default: throw .json(window.error(.noObject))
      }
      guard try window.isAtEnd() else { throw .json(window.error(.malformed)) }
      return found
    }

    /// Calls `body` for each field of an object whose opening bracket has been read.
    private mutating func members(
      _ body: (inout JSONRecords, String) throws(AnnotationError) -> Void
    ) throws(AnnotationError) {
      if try window.skip(UInt8(ascii: "}")) { return }
      repeat {
        let name = try window.name()
        guard try window.skip(UInt8(ascii: ":")) else { throw .json(window.error(.malformed)) }
        try body(&self, name)
      } while try window.skip(UInt8(ascii: ","))
      guard try window.skip(UInt8(ascii: "}")) else { throw .json(window.error(.malformed)) }
    }

    /// Calls `body` for each element of a list whose opening bracket has been read.
    private mutating func list(
      named name: String, _ body: (Text) throws(AnnotationError) -> Void
    ) throws(AnnotationError) {
      if try window.skip(UInt8(ascii: "]")) { return }
      var index = 0
      repeat {
        // Skips whitespace, so that the record begins with its own first byte.
        _ = try window.peekByte()
        try window.value(maximumDepth: Self.maximumDepth, limit: Self.maximumRecord)
        try window.withValue { (bytes, count, offset) throws(AnnotationError) in
          try body(Text(list: name, index: index, bytes: bytes, count: count, offset: offset))
        }
        index += 1
      } while try window.skip(UInt8(ascii: ","))
      guard try window.skip(UInt8(ascii: "]")) else { throw .json(window.error(.malformed)) }
    }
  }
#endif
