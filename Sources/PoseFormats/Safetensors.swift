import PoseCore
import PoseGraph

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

// The safetensors format: the length of the header, the header as JSON, and the tensors' bytes without gaps.

extension Checkpoint {
  /// Reads the bytes of a safetensors file. The names have the order of the tensors' bytes.
  ///
  /// - Throws: ``SafetensorsError``, also if tensors overlap or leave bytes unused, which the format forbids.
  public init(safetensors bytes: [UInt8]) throws(SafetensorsError) {
    let (header, start) = try SafetensorsHeader.read(bytes)
    self.init(metadata: header.metadata)
    var position = start
    for (name, entry) in header.tensors.sorted(by: SafetensorsHeader.inFileOrder) {
      guard let type = ScalarType(safetensorsCode: entry.type) else {
        throw .unsupportedType(entry.type, tensor: name)
      }
      guard entry.offsets.count == 2, entry.shape.count <= SafetensorsHeader.mostAxes else { throw .badEntry(name) }
      // A tensor must begin where the one before it ended.
      guard entry.offsets[0] == position - start else {
        throw .misplaced(name, offset: entry.offsets[0], expected: position - start)
      }
      guard entry.offsets[1] >= entry.offsets[0], entry.offsets[1] <= bytes.count - start else {
        throw .outside(name, end: entry.offsets[1], available: bytes.count - start)
      }
      let end = start + entry.offsets[1]
      do throws(TensorError) {
        self[name] = try Tensor(shape: entry.shape, type: type, bytes: Array(bytes[position..<end]))
      } catch {
        throw .badTensor(name, error)
      }
      position = end
    }
    guard position == bytes.count else { throw .unusedBytes(bytes.count - position) }
  }

  /// The bytes of a safetensors file. The tensors have the checkpoint's order, and the header is padded to a multiple
  /// of 8.
  public func safetensors() -> [UInt8] {
    var entries: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(jsonText($0.key)):\(jsonText($0.value))" }
      entries.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    var tensors: [Tensor] = []
    for name in names {
      guard let tensor = self[name] else { continue }
      let end = offset + tensor.bytes.count
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      let code = tensor.type.safetensorsCode
      entries.append(
        "\(jsonText(name)):{\"dtype\":\"\(code)\",\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      tensors.append(tensor)
      offset = end
    }
    var header = Array("{\(entries.joined(separator: ","))}".utf8)
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + offset)
    bytes.append(littleEndian: UInt64(header.count))
    bytes += header
    for tensor in tensors { bytes += tensor.bytes }
    return bytes
  }
}

/// Text as a JSON string, with its quotation marks.
private func jsonText(_ text: String) -> String {
  var json = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": json += "\\\""
    case "\\": json += "\\\\"
    case "\n": json += "\\n"
    case _ where scalar.value < 0x20:
      let digits = String(scalar.value, radix: 16)
      json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: json.unicodeScalars.append(scalar)
    }
  }
  return json + "\""
}

/// The JSON header at the front of the file.
struct SafetensorsHeader: Decodable {
  struct Entry: Decodable {
    let type: String
    let shape: [Int]
    let offsets: [Int]

    enum CodingKeys: String, CodingKey {
      case type = "dtype"
      case shape
      case offsets = "data_offsets"
    }
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  static let mostAxes = 64
  /// The longest header that is read, which is enough for a hundred thousand tensors. The format allows ten times as
  /// much, but decoding such JSON would take gigabytes.
  static let longest = 10_000_000

  private(set) var metadata: [String: String] = [:]
  private(set) var tensors: [String: Entry] = [:]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    for key in container.allKeys {
      if key.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        tensors[key.stringValue] = try container.decode(Entry.self, forKey: key)
      }
    }
  }

  /// Whether bytes look like a safetensors file.
  static func isSafetensors(_ bytes: [UInt8]) -> Bool {
    bytes.count > 8 && bytes[8] == UInt8(ascii: "{")
  }

  /// The header, and the offset of the tensors' bytes.
  static func read(_ bytes: [UInt8]) throws(SafetensorsError) -> (SafetensorsHeader, start: Int) {
    var reader = ByteReader(bytes, orThrow: SafetensorsError.truncated)
    let length = try reader.count(UInt64.self)
    guard length <= longest else { throw .headerTooLong(length) }
    let json = try reader.read(length)
    guard json.first == UInt8(ascii: "{") else { throw .badHeader("it does not begin with '{'") }
    do {
      return (try JSONDecoder().decode(Self.self, from: Data(json)), reader.offset)
    } catch let error as DecodingError {
      throw .badHeader(error.place)
    } catch {
      throw .badHeader("\(error)")
    }
  }

  static func inFileOrder(_ a: (key: String, value: Entry), _ b: (key: String, value: Entry)) -> Bool {
    if a.value.offsets != b.value.offsets { return a.value.offsets.lexicographicallyPrecedes(b.value.offsets) }
    return a.key < b.key
  }
}

extension ScalarType {
  fileprivate init?(safetensorsCode code: String) {
    guard let type = Self.allCases.first(where: { $0.safetensorsCode == code }) else { return nil }
    self = type
  }

  fileprivate var safetensorsCode: String {
    switch self {
    case .float16: "F16"
    case .bfloat16: "BF16"
    case .float32: "F32"
    case .float64: "F64"
    case .int8: "I8"
    case .int16: "I16"
    case .int32: "I32"
    case .int64: "I64"
    case .uint8: "U8"
    case .bool: "BOOL"
    }
  }
}

extension DecodingError {
  /// The position in the JSON, and the problem there.
  var place: String {
    let context: Context? =
      switch self {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
        .dataCorrupted(let context):
        context
      @unknown default: nil
      }
    guard let context else { return "\(self)" }
    let missing: String? = if case .keyNotFound(let key, _) = self { key.stringValue } else { nil }
    let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    let reason = missing.map { "'\($0)' is missing" } ?? context.debugDescription
    return path.isEmpty ? reason : "at \(path): \(reason)"
  }
}

/// The reasons why bytes cannot be read as a safetensors file.
public enum SafetensorsError: UserError, Hashable {
  case truncated(Truncation)
  case headerTooLong(Int)
  case badHeader(String)
  case badEntry(String)
  case badTensor(String, TensorError)
  case unsupportedType(String, tensor: String)
  case misplaced(String, offset: Int, expected: Int)
  case outside(String, end: Int, available: Int)
  case unusedBytes(Int)
}

extension SafetensorsError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .truncated(let truncation): "\(truncation)"
    case .headerTooLong(let length):
      "the safetensors header claims \(length) bytes, more than the \(SafetensorsHeader.longest) that are read here: "
        + "is this a safetensors file?"
    case .badHeader(let reason): "the safetensors header is not what the format demands: \(reason)"
    case .badEntry(let name): "tensor '\(name)' needs two data_offsets and at most 64 axes"
    case .badTensor(let name, let error): "tensor '\(name)': \(error)"
    case .unsupportedType(let type, let tensor):
      "tensor '\(tensor)' has scalars of type \(type), which are not supported: convert it to F32 and save again"
    case .misplaced(let name, let offset, let expected):
      "tensor '\(name)' begins at byte \(offset) of the data, but the one before ends at \(expected): "
        + "the file is damaged"
    case .outside(let name, let end, let available):
      "tensor '\(name)' ends at byte \(end) of the data, which has \(available): is the file whole?"
    case .unusedBytes(let count): "\(count) bytes at the end belong to no tensor: the file is damaged"
    }
  }
}
