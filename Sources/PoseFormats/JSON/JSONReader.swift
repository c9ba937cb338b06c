#if canImport(CJSON)
  import CJSON

  #if canImport(Darwin)
    import Darwin
  #elseif canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #endif

  /// Reads one JSON object or array from front to back. The values that are wanted are read, the others are skipped,
  /// and no tree is built.
  ///
  ///     try reader.object { reader, key throws(JSONError) in
  ///       switch key {
  ///       case "id": id = try reader.integer()
  ///       default: break
  ///       }
  ///     }
  final class JSONReader {
    /// The most numbers that one array may have: well above any skeleton's.
    static let maximumCount = 4096

    private let walk: OpaquePointer
    private let numbers = UnsafeMutableBufferPointer<Double>.allocate(capacity: maximumCount)
    /// The offset of the object in the file.
    private var start = 0
    /// The object's own bytes.
    private var text = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    /// The innermost field that is read.
    private var field: JSONKey?

    init() throws(JSONError) {
      guard let walk = cjson_make() else { throw JSONError(.noMemory, offset: 0) }
      self.walk = walk
    }

    deinit {
      cjson_free(walk)
      numbers.deallocate()
    }

    /// Begins to read an object or array. Its bytes and ``padding`` more must stay readable until reading is finished.
    func begin(_ bytes: UnsafePointer<UInt8>, count: Int, offset: Int) throws(JSONError) {
      start = offset
      field = nil
      text = UnsafeBufferPointer(start: bytes, count: count)
      try check(cjson_begin(walk, bytes, count), or: "an object or an array")
    }

    /// The number of bytes that must be readable after an object or array.
    static let padding = Int(CJSON_PADDING)

    // MARK: Values

    /// Calls `body` for each field of the current object.
    func object(_ body: (JSONReader, JSONKey) throws(JSONError) -> Void) throws(JSONError) {
      try check(cjson_enter_object(walk), or: "an object")
      let outer = field
      while try advance() {
        var count = 0
        let key = JSONKey(bytes: cjson_key(walk, &count), count: count)
        field = key
        try body(self, key)
      }
      field = outer
    }

    /// Calls `body` for each element of the current array.
    func array(_ body: (JSONReader) throws(JSONError) -> Void) throws(JSONError) {
      try check(cjson_enter_array(walk), or: "an array")
      while try advance() { try body(self) }
    }

    private func advance() throws(JSONError) -> Bool {
      var ended = false
      try check(cjson_next(walk, &ended), or: "a value")
      return !ended
    }

    func double() throws(JSONError) -> Double {
      var value = 0.0
      try check(cjson_double(walk, &value), or: "a number")
      return value
    }

    /// An integer, which may be written as 7.0.
    func integer() throws(JSONError) -> Int {
      var value: Int64 = 0
      if cjson_integer(walk, &value) == CJSON_OK { return Int(value) }
      let number = try double()
      guard let value = Int(exactly: number) else { throw error(.expected("a whole number")) }
      return value
    }

    /// A boolean, which may be written as 0 or 1.
    func bool() throws(JSONError) -> Bool {
      if try kind() == CJSON_NUMBER { return try double() != 0 }
      var value = false
      try check(cjson_bool(walk, &value), or: "0 or 1, or true or false")
      return value
    }

    func string() throws(JSONError) -> String {
      var bytes: UnsafePointer<CChar>?
      var count = 0
      try check(cjson_string(walk, &bytes, &count), or: "a text")
      let text = UnsafeRawBufferPointer(start: bytes, count: count)
      guard let string = String(validating: text, as: UTF8.self) else { throw error(.badUTF8) }
      return string
    }

    /// The numbers of an array, valid until the next call.
    func doubles() throws(JSONError) -> UnsafeBufferPointer<Double> {
      var count = 0
      try check(cjson_doubles(walk, numbers.baseAddress, numbers.count, &count), or: "a list of numbers")
      return UnsafeBufferPointer(rebasing: numbers[..<count])
    }

    /// Whether the current value is null, which Python writes for a missing value.
    func isNull() throws(JSONError) -> Bool { try kind() == CJSON_NULL }

    /// Whether the current value is an object.
    func isObject() throws(JSONError) -> Bool { try kind() == CJSON_OBJECT }

    /// Whether the current value is a text.
    func isText() throws(JSONError) -> Bool { try kind() == CJSON_STRING }

    private func kind() throws(JSONError) -> CJSONKind {
      var kind = CJSON_NULL
      try check(cjson_kind(walk, &kind), or: "a value")
      return kind
    }

    // MARK: Errors

    /// An error at the current position.
    func error(_ reason: JSONError.Reason) -> JSONError {
      let (offset, overflow) = start.addingReportingOverflow(Int(clamping: cjson_offset(walk)))
      return JSONError(reason, offset: overflow ? .max : offset, key: field?.text)
    }

    /// Whether the value that the walk has come to is NaN or Infinity, or lies behind one in a list of numbers.
    private var isAtNotFinite: Bool {
      let place = min(max(0, Int(clamping: cjson_offset(walk))), text.count)
      // The walk may stop at the value or just behind it.
      let begin = text[..<place].lastIndex { UInt8(ascii: ",") == $0 || UInt8(ascii: ":") == $0 || $0 == 0x5b } ?? 0
      let words = text[begin..<min(begin + 256, text.count)]
      let end = words.dropFirst().firstIndex { UInt8(ascii: "]") == $0 || $0 == 0x7d } ?? words.endIndex
      let value = String(decoding: text[begin..<end], as: UTF8.self)
      return value.split { ",:[ \t\r\n-".contains($0) }.contains { $0 == "NaN" || $0 == "Infinity" }
    }

    private func check(_ status: CJSONStatus, or expectation: StaticString) throws(JSONError) {
      switch status {
      case CJSON_OK: return
      case CJSON_WRONG_TYPE, CJSON_OUT_OF_RANGE:
        throw error(isAtNotFinite ? .notFinite : .expected("\(expectation)"))
      case CJSON_TOO_MANY: throw error(.tooMany(limit: Self.maximumCount))
      case CJSON_TOO_DEEP: throw error(.tooDeep)
      case CJSON_BAD_UTF8: throw error(.badUTF8)
      case CJSON_UNCLOSED: throw error(.unclosed)
      case CJSON_NO_MEMORY: throw error(.noMemory)
      default: throw error(.malformed)
      }
    }
  }

  /// A field's name, which matches `case "id":` without becoming a `String`. It is valid while its object is being
  /// read.
  struct JSONKey {
    fileprivate let bytes: UnsafePointer<CChar>?
    fileprivate let count: Int

    static func ~= (name: StaticString, key: JSONKey) -> Bool {
      guard let bytes = key.bytes, name.hasPointerRepresentation else { return false }
      return key.count == name.utf8CodeUnitCount && memcmp(bytes, name.utf8Start, key.count) == 0
    }

    var text: String {
      String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
  }
#endif
