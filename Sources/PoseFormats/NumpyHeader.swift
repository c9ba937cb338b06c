import PoseGraph

/// The dictionary at the front of a `.npy` file.
struct NumpyHeader {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// The longest header that is read, which is more than any array of numbers needs.
  static let longest = 1 << 16
  /// The most axes, which is NumPy's own limit.
  static let mostAxes = 64

  private(set) var type = ScalarType.float32
  private(set) var isBigEndian = false
  private(set) var isFortran = false
  private(set) var shape: [Int] = []

  /// Parses `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, with the keys in any order.
  init(_ bytes: ArraySlice<UInt8>) throws(NumpyError) {
    var text = Text(rest: bytes)
    var seen: Set<String> = []
    try text.expect("{")
    while !text.accept("}") {
      let key = try text.string()
      guard seen.insert(key).inserted else { throw .badHeader("'\(key)' occurs twice") }
      try text.expect(":")
      switch key {
      case "descr": (type, isBigEndian) = try Self.scalars(text.string())
      case "fortran_order": isFortran = try text.boolean()
      case "shape": shape = try text.extents()
      default: throw .badHeader("key '\(key)' is unknown")
      }
      if !text.accept(",") {
        try text.expect("}")
        break
      }
    }
    guard seen.count == 3 else { throw .badHeader("it must have descr, fortran_order and shape") }
  }

  /// NumPy's name for a type, in little-endian order.
  static func code(of type: ScalarType) -> String {
    switch type {
    case .float16: "<f2"
    case .bfloat16: "|V2"
    case .float32: "<f4"
    case .float64: "<f8"
    case .int8: "|i1"
    case .int16: "<i2"
    case .int32: "<i4"
    case .int64: "<i8"
    case .uint8: "|u1"
    case .bool: "|b1"
    }
  }

  private static func scalars(_ code: String) throws(NumpyError) -> (ScalarType, isBigEndian: Bool) {
    let order = code.first.flatMap { "<>=|".contains($0) ? $0 : nil }
    let name = order == nil ? code[...] : code.dropFirst()
    guard let type = ScalarType.allCases.first(where: { Self.code(of: $0).dropFirst() == name }) else {
      throw .unsupportedType(code)
    }
    return (type, order == ">")
  }
}

/// Parses the few kinds of Python literals that headers contain.
private struct Text {
  var rest: ArraySlice<UInt8>

  mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard rest.first == UInt8(ascii: character) else { return false }
    rest.removeFirst()
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(NumpyError) {
    guard accept(character) else { throw .badHeader("'\(character)' is missing") }
  }

  mutating func string() throws(NumpyError) -> String {
    skipSpace()
    guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      // A list here describes records.
      throw rest.first == UInt8(ascii: "[") ? .unsupportedType("record") : .badHeader("text is missing")
    }
    rest.removeFirst()
    guard let end = rest.firstIndex(of: quote) else { throw .badHeader("text has no end") }
    defer { rest = rest[(end + 1)...] }
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  mutating func boolean() throws(NumpyError) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)] where rest.starts(with: word.utf8) {
      rest.removeFirst(word.utf8.count)
      return value
    }
    throw .badHeader("True or False is missing")
  }

  mutating func extents() throws(NumpyError) -> [Int] {
    try expect("(")
    var extents: [Int] = []
    while !accept(")") {
      skipSpace()
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let extent = Int(String(decoding: digits, as: UTF8.self)), extents.count < NumpyHeader.mostAxes else {
        throw .badHeader("the shape is not readable")
      }
      extents.append(extent)
      rest.removeFirst(digits.count)
      // Python 2 wrote an `L` after long integers.
      if rest.first == UInt8(ascii: "L") { rest.removeFirst() }
      if !accept(",") {
        try expect(")")
        break
      }
    }
    return extents
  }

  private mutating func skipSpace() {
    rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\t") }
  }
}
