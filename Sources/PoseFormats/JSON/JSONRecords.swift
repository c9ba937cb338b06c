#if canImport(CJSON)
  /// Splits a JSON file into its records: the elements of a list, or of the named lists of an object, one at a time. The
  /// file is read in pieces, so that memory holds no more of it than the record at hand.
  struct JSONRecords: ~Copyable {
    /// The name that the records of a list have that is the whole file.
    static let wholeFile = ""
    /// The most bytes of one record.
    static let maximumRecord = 64 << 20
    private static let maximumDepth = 64

    private var window: JSONWindow
    private let reader: JSONReader
    private let policy: BadRecords
    private(set) var skipped = SkippedRecords()

    init(_ source: consuming JSONWindow, bad policy: BadRecords) throws(AnnotationError) {
      window = source
      self.policy = policy
      do throws(JSONError) { reader = try JSONReader() } catch { throw .json(error) }
    }

    /// Calls `body` with every record of the named lists, in the order of the file. What else the file has is skipped.
    ///
    /// - Parameter body: what it throws concerns its record alone, which is then skipped, or refused with the file.
    /// - Returns: the names that were found.
    mutating func forEach(
      in names: [String], _ body: (String, JSONReader) throws(JSONError) -> Void
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

    /// The fields of an object whose bracket has been read.
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

    /// The elements of a list whose bracket has been read.
    private mutating func list(
      named name: String, _ body: (String, JSONReader) throws(JSONError) -> Void
    ) throws(AnnotationError) {
      if try window.skip(UInt8(ascii: "]")) { return }
      var index = 0
      repeat {
        // Whitespace first, so that the record begins with itself.
        _ = try window.peekByte()
        try window.value(maximumDepth: Self.maximumDepth, limit: Self.maximumRecord)
        do throws(JSONError) {
          try window.withValue { (bytes, count, offset) throws(JSONError) in
            try reader.begin(bytes, count: count, offset: offset)
            try body(name, reader)
          }
        } catch {
          let record = SkippedRecords.Record(list: name, index: index, reason: error)
          guard policy == .skip else { throw .record(record) }
          skipped.append(record)
        }
        index += 1
      } while try window.skip(UInt8(ascii: ","))
      guard try window.skip(UInt8(ascii: "]")) else { throw .json(window.error(.malformed)) }
    }
  }
#endif
