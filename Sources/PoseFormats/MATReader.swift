/// Reads the elements of a MATLAB file. Each element consists of a type, a count of bytes and the bytes, padded to
/// eight.
struct MATReader {
  private typealias Bytes = ByteReader<MATError>

  private let bytes: [UInt8]
  /// The number of bytes to which compressed elements may still expand.
  private var budget = MATFile.maximumByteCount

  private static let headerCount = 128
  private static let emptyCell = MATFile.Value.numbers(shape: [0, 0], [])
  /// The deepest nesting of cells.
  private static let maximumDepth = 16

  /// The numbers of the element types that matter.
  private enum Element {
    static let matrix: UInt32 = 14
    static let compressed: UInt32 = 15
  }

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func variables() throws(MATError) -> [String: MATFile.Value] {
    guard bytes.starts(with: "MATLAB".utf8) else {
      throw bytes.starts(with: [0x89] + Array("HDF".utf8)) ? .hdf5 : .notMATLAB
    }
    var file = Self.reader(bytes)
    try file.skip(Self.headerCount - 4)
    let version = try file.integer(UInt16.self)
    let order = try file.integer(UInt16.self)
    guard order == 0x4d49 else { throw order == 0x494d ? .bigEndian : .notMATLAB }
    guard version == 0x100 else { throw version == 0x200 ? .hdf5 : .notMATLAB }

    var variables: [String: MATFile.Value] = [:]
    while file.remaining > 0 {
      let (type, content) = try Self.element(&file)
      if type == Element.compressed {
        let expanded: [UInt8]
        do throws(ExpansionError) {
          expanded = try expandZlib(content, limit: budget)
        } catch {
          throw error == .tooLarge
            ? .tooLarge(limit: MATFile.maximumByteCount)
            : .damaged(offset: content.startIndex, "a compressed array does not expand")
        }
        budget -= expanded.count
        var inner = Self.reader(expanded)
        let (type, content) = try Self.element(&inner)
        guard type == Element.matrix else { continue }
        try Self.insert(expanded, content, &variables)
      } else if type == Element.matrix {
        try Self.insert(bytes, content, &variables)
      }
    }
    return variables
  }

  private static func insert(
    _ bytes: [UInt8], _ content: ArraySlice<UInt8>, _ variables: inout [String: MATFile.Value]
  ) throws(MATError) {
    let (name, value) = try array(bytes, content, depth: 0)
    variables[name] = value
  }

  private static func reader(_ bytes: [UInt8], in range: Range<Int>? = nil) -> Bytes {
    ByteReader(bytes, in: range) { .truncated($0) }
  }

  /// An element's type and content.
  private static func element(_ reader: inout Bytes) throws(MATError) -> (type: UInt32, content: ArraySlice<UInt8>) {
    let tag = try reader.integer(UInt32.self)
    // Up to four bytes are stored in the tag itself.
    if tag >> 16 != 0 {
      guard tag >> 16 <= 4 else { throw .damaged(offset: reader.offset - 4, "an element's tag makes no sense") }
      let content = try reader.read(4)
      return (tag & 0xffff, content.prefix(Int(tag >> 16)))
    }
    let count = try reader.count(UInt32.self)
    let content = try reader.read(count)
    // Compressed elements are not padded, and the last element may end without its padding.
    if tag != Element.compressed { try reader.skip(min((8 - count % 8) % 8, reader.remaining)) }
    return (tag, content)
  }

  // MARK: Arrays

  /// A `miMATRIX` element's name and value.
  private static func array(
    _ bytes: [UInt8], _ content: ArraySlice<UInt8>, depth: Int
  ) throws(MATError) -> (String, MATFile.Value) {
    // MATLAB writes an empty cell as an element of no bytes.
    if content.isEmpty { return ("", emptyCell) }
    guard depth <= maximumDepth else { throw .damaged(offset: content.startIndex, "cells nest too deep") }
    var reader = reader(bytes, in: content.startIndex..<content.endIndex)
    let flags = try numbers(element(&reader), at: reader.offset)
    let shape = try self.shape(numbers(element(&reader), at: reader.offset), at: reader.offset)
    let name = String(decoding: try element(&reader).content, as: UTF8.self)
    guard let flags = flags.first.flatMap(UInt32.init(exactly:)) else {
      throw .damaged(offset: content.startIndex, "an array has no flags")
    }
    let isComplex = flags & 0x800 != 0
    let count = shape.reduce(1, *)
    switch flags & 0xff {
    case 1:
      // Each cell has at least a tag.
      guard count <= reader.remaining / 8 else {
        throw .damaged(offset: reader.offset, "\(count) cells cannot be in \(reader.remaining) bytes")
      }
      var cells: [MATFile.Value] = []
      cells.reserveCapacity(count)
      for _ in 0..<count { cells.append(try array(bytes, element(&reader).content, depth: depth + 1).1) }
      return (name, .cells(shape: shape, cells))
    case 4:
      return (name, .text(try text(element(&reader))))
    case 6...15 where !isComplex:
      let values = try numbers(element(&reader), at: reader.offset)
      guard values.count == count else {
        throw .damaged(offset: reader.offset, "'\(name)' has \(values.count) numbers for the shape \(shape)")
      }
      return (name, .numbers(shape: shape, values))
    default: return (name, .other)
    }
  }

  private static func shape(_ numbers: [Double], at offset: Int) throws(MATError) -> [Int] {
    var shape: [Int] = []
    var count = 1
    for number in numbers {
      guard let extent = Int(exactly: number), extent >= 0 else {
        throw .damaged(offset: offset, "an array's extent is \(number)")
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow, product <= MATFile.maximumByteCount else { throw .tooLarge(limit: MATFile.maximumByteCount) }
      count = product
      shape.append(extent)
    }
    return shape
  }

  /// Numbers, which MATLAB stores in the smallest type that can hold them.
  private static func numbers(
    _ element: (type: UInt32, content: ArraySlice<UInt8>), at offset: Int
  ) throws(MATError) -> [Double] {
    let content = element.content
    return switch element.type {
    case 1: scalars(content, Int8.self).map(Double.init)
    case 2: content.map(Double.init)
    case 3: scalars(content, Int16.self).map(Double.init)
    case 4: scalars(content, UInt16.self).map(Double.init)
    case 5: scalars(content, Int32.self).map(Double.init)
    case 6: scalars(content, UInt32.self).map(Double.init)
    case 7: scalars(content, UInt32.self).map { Double(Float(bitPattern: $0)) }
    case 9: scalars(content, UInt64.self).map(Double.init(bitPattern:))
    case 12: scalars(content, Int64.self).map(Double.init)
    case 13: scalars(content, UInt64.self).map(Double.init)
    default: throw .damaged(offset: offset, "type \(element.type) is not a type of numbers")
    }
  }

  private static func text(_ element: (type: UInt32, content: ArraySlice<UInt8>)) throws(MATError) -> String {
    switch element.type {
    case 4, 17: String(decoding: scalars(element.content, UInt16.self), as: UTF16.self)
    case 18: String(decoding: scalars(element.content, UInt32.self), as: UTF32.self)
    default: String(decoding: element.content, as: UTF8.self)
    }
  }

  private static func scalars<Value: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, _: Value.Type) -> [Value] {
    bytes.withUnsafeBytes { raw in
      (0..<raw.count / MemoryLayout<Value>.size).map {
        Value(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Value>.size, as: Value.self))
      }
    }
  }
}
