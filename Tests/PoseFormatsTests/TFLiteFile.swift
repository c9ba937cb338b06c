import Foundation
import Testing

@testable import PoseFormats

/// What the tests read of a TensorFlow Lite file, each offset checked against the file's size.
struct TFLiteFile {
  struct Tensor {
    let name: String
    let shape: [Int]
    let scalars: TFLiteScalar
    /// The bytes of a constant, and where they lie in the file.
    let data: Range<Int>?
  }

  struct Node {
    let code: Int
    let operation: TFLiteOperator
    let version: Int
    let inputs: [Int]
    let outputs: [Int]
    let options: FlatTable?
    let optionsTable: Int
  }

  let bytes: [UInt8]
  let description: String
  let tensors: [Tensor]
  let nodes: [Node]
  let inputs: [Int]
  let outputs: [Int]
  /// The names of the signature's inputs and outputs, and their tensors.
  let signature: (key: String, inputs: [String: Int], outputs: [String: Int])
  let metadata: [String: String]

  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    try #require(bytes.count > 8 && String(decoding: bytes[4..<8], as: UTF8.self) == "TFL3")
    let model = try FlatTable(bytes, at: 0)
    #expect(try model.integer(0) == 3)
    description = try model.text(3)
    let buffers = try model.tables(4).map { try $0.vector(0, size: 1) }
    try #require(buffers.first == .some(nil), "buffer 0 stands for no numbers")
    let subgraph = try #require(try model.tables(2).first)
    tensors = try subgraph.tables(0).map { table in
      let scalars = try #require(TFLiteScalar(rawValue: Int8(table.integer(1, size: 1))))
      let buffer = try table.integer(2)
      let data = try #require(buffers.indices.contains(buffer) ? .some(buffers[buffer]) : nil)
      return Tensor(name: try table.text(3), shape: try table.integers(0), scalars: scalars, data: data)
    }
    let codes = try model.tables(1).map { table in
      let code = try table.integer(3)
      #expect(try table.integer(0, size: 1) == min(code, 127))
      return (operation: try #require(TFLiteOperator(rawValue: Int32(code))), version: try table.integer(2))
    }
    nodes = try subgraph.tables(3).map { table in
      let index = try table.integer(0)
      let code = try #require(codes.indices.contains(index) ? codes[index] : nil)
      return Node(
        code: index, operation: code.operation, version: code.version, inputs: try table.integers(1),
        outputs: try table.integers(2), options: try table.table(4), optionsTable: try table.integer(3, size: 1))
    }
    (inputs, outputs) = (try subgraph.integers(1), try subgraph.integers(2))
    let signature = try #require(try model.tables(7).first)
    func ports(_ field: Int) throws -> [String: Int] {
      let ports = try signature.tables(field).map { (try $0.text(0), try $0.integer(1)) }
      return Dictionary(ports) { first, _ in first }
    }
    self.signature = (try signature.text(2), try ports(0), try ports(1))
    let entry = try #require(try model.tables(6).first)
    #expect(try entry.text(0) == "swift-pose")
    let range = try #require(try buffers[entry.integer(1)])
    metadata = try JSONDecoder().decode([String: String].self, from: Data(bytes[range]))
  }

  func floats(_ tensor: Int) throws -> [Float] {
    let range = try #require(tensors[tensor].data)
    try #require(tensors[tensor].scalars == .float32)
    return stride(from: range.lowerBound, to: range.upperBound, by: 4).map { place in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) })
    }
  }

  func integers(_ tensor: Int) throws -> [Int] {
    try #require(tensors[tensor].scalars == .int32)
    let range = try #require(tensors[tensor].data)
    return stride(from: range.lowerBound, to: range.upperBound, by: 4).map { place in
      Int(Int32(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) }))
    }
  }
}

/// A table of a FlatBuffers file.
struct FlatTable {
  private let bytes: [UInt8]
  private let start: Int

  private enum Mistake: Error { case outside(Int) }

  /// - Parameter place: where the offset of the table stands.
  init(_ bytes: [UInt8], at place: Int) throws {
    self.bytes = bytes
    start = place + (try Self.integer(bytes, place, 4))
  }

  private static func integer(_ bytes: [UInt8], _ place: Int, _ size: Int) throws -> Int {
    guard place >= 0, place + size <= bytes.count else { throw Mistake.outside(place) }
    let bits = (0..<size).reduce(UInt64(0)) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    return Int(Int64(bitPattern: bits << UInt64(64 - 8 * size)) >> Int64(64 - 8 * size))
  }

  /// Where a field stands; nil if the table does not have it.
  private func place(_ field: Int) throws -> Int? {
    let list = start - (try Self.integer(bytes, start, 4))
    guard 4 + 2 * field < (try Self.integer(bytes, list, 2)) else { return nil }
    let offset = try Self.integer(bytes, list + 4 + 2 * field, 2)
    return offset == 0 ? nil : start + offset
  }

  func integer(_ field: Int, size: Int = 4) throws -> Int {
    try place(field).map { try Self.integer(bytes, $0, size) } ?? 0
  }

  func table(_ field: Int) throws -> FlatTable? { try place(field).map { try FlatTable(bytes, at: $0) } }

  /// Where the elements of a vector lie.
  func vector(_ field: Int, size: Int) throws -> Range<Int>? {
    guard let place = try place(field) else { return nil }
    let start = place + (try Self.integer(bytes, place, 4))
    let count = try Self.integer(bytes, start, 4)
    guard count >= 0, count <= (bytes.count - start - 4) / size else { throw Mistake.outside(start) }
    return start + 4..<start + 4 + count * size
  }

  func text(_ field: Int) throws -> String {
    try vector(field, size: 1).map { String(decoding: bytes[$0], as: UTF8.self) } ?? ""
  }

  func integers(_ field: Int) throws -> [Int] {
    guard let range = try vector(field, size: 4) else { return [] }
    return try stride(from: range.lowerBound, to: range.upperBound, by: 4).map { try Self.integer(bytes, $0, 4) }
  }

  func tables(_ field: Int) throws -> [FlatTable] {
    guard let range = try vector(field, size: 4) else { return [] }
    return try stride(from: range.lowerBound, to: range.upperBound, by: 4).map { try FlatTable(bytes, at: $0) }
  }
}
