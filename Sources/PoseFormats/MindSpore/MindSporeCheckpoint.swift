import PoseCore
import PoseGraph
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

// MindSpore's checkpoints (`mindspore.save_checkpoint`): a protobuf message with an entry for each tensor. Large tensors are
// cut into several entries of the same name, and a checksum may follow the message.

extension Checkpoint {
  /// Reads the bytes of a `.ckpt` file of MindSpore. The tensors get the names of the published code; see
  /// ``MindSporeNames``. Texts become metadata, and what an optimizer keeps is ignored.
  ///
  /// - Throws: ``MindSporeError``.
  public init(mindSpore bytes: [UInt8]) throws(MindSporeError) {
    let message = try MindSporeCheckpoint.parse(bytes)
    var file = Checkpoint()
    var entries = message.value[...]
    while let first = entries.first {
      let parts = entries.prefix { $0.tag == first.tag }
      entries = entries.dropFirst(parts.count)
      let content = parts.reduce(into: [UInt8]()) { $0 += $1.tensor.tensorContent }
      if first.tensor.tensorType == MindSporeCheckpoint.text {
        file.metadata[first.tag] = MindSporeCheckpoint.text(content)
      } else {
        guard file[first.tag] == nil else { throw .duplicate(first.tag) }
        file[first.tag] = try MindSporeCheckpoint.tensor(first, content)
      }
    }
    guard file.count > 0 else { throw .noTensors }
    self = MindSporeNames.published(file)
  }

  /// The bytes of a `.ckpt` file that `mindspore.load_checkpoint` reads, under MindSpore's names; see ``MindSporeNames``.
  /// The types of the tensors are kept, and metadata becomes texts.
  ///
  /// - Throws: ``MindSporeError`` if the weights exceed the size of a protobuf message.
  public func mindSpore() throws(MindSporeError) -> [UInt8] {
    let file = MindSporeNames.mindSpore(self)
    var message = MindSporeCheckpoint()
    var size = 0
    for name in file.names {
      guard let tensor = file[name] else { continue }
      size += tensor.bytes.count
      message.value.append(
        .with {
          $0.tag = name
          // A scalar has the one extent 0.
          $0.tensor.dims = tensor.shape.isEmpty ? [0] : tensor.shape.map(Int64.init)
          $0.tensor.tensorType = tensor.type.mindSporeName
          $0.tensor.tensorContent = Data(tensor.bytes)
        })
    }
    for (key, value) in file.metadata.sorted(by: { $0.key < $1.key }) where file[key] == nil && !value.isEmpty {
      message.value.append(
        .with {
          $0.tag = key
          $0.tensor.dims = [0]
          $0.tensor.tensorType = MindSporeCheckpoint.text
          $0.tensor.tensorContent = MindSporeCheckpoint.content(of: value)
        })
    }
    guard size < MindSporeCheckpoint.mostBytes else { throw .tooLarge(bytes: size) }
    do {
      return try message.serializedBytes()
    } catch {
      throw .damaged("\(error)")
    }
  }
}

extension MindSporeCheckpoint {
  /// Protobuf's limit on the size of a message.
  static let mostBytes = Int(Int32.max)
  /// The type of texts, in characters of four bytes as NumPy has them.
  fileprivate static let text = "str"
  /// What begins the checksum after the message, which has ten bytes.
  private static let checksum = Array("crc_num".utf8)

  /// Whether bytes begin with an entry that begins with a name.
  static func isCheckpoint(_ bytes: [UInt8]) -> Bool {
    guard bytes.first == 0x0A, let length = bytes[1...].prefix(6).firstIndex(where: { $0 < 0x80 }),
      length + 3 < bytes.count, bytes[length + 1] == 0x0A
    else { return false }
    let name = bytes[(length + 3)...].prefix(min(Int(bytes[length + 2]), 16))
    return !name.isEmpty && name.allSatisfy { (0x20..<0x7F).contains($0) }
  }

  fileprivate static func parse(_ bytes: [UInt8]) throws(MindSporeError) -> MindSporeCheckpoint {
    var bytes = bytes
    if bytes.count > 17, bytes.suffix(17).starts(with: checksum) { bytes.removeLast(17) }
    do throws(ProtobufError) {
      _ = try ProtobufPartCount(bytes, .message([1: .message([2: .leaf])]))
    } catch {
      throw .damaged("\(error)")
    }
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = 8
    options.discardUnknownFields = true
    do {
      return try MindSporeCheckpoint(serializedBytes: bytes, options: options)
    } catch {
      throw .damaged("it is cut off, or not a protobuf message")
    }
  }

  fileprivate static func tensor(_ entry: Value, _ content: [UInt8]) throws(MindSporeError) -> Tensor {
    guard let type = ScalarType.allCases.first(where: { $0.mindSporeName == entry.tensor.tensorType }) else {
      throw .tensor(entry.tag, reason: "its type '\(entry.tensor.tensorType.prefix(40))' is not supported")
    }
    let shape = entry.tensor.dims.map { Int(clamping: $0) }
    do throws(TensorError) {
      return try Tensor(shape: shape == [0] && !content.isEmpty ? [] : shape, type: type, bytes: content)
    } catch {
      throw .tensor(entry.tag, reason: "\(error)")
    }
  }

  fileprivate static func text(_ content: [UInt8]) -> String {
    var text = String.UnicodeScalarView()
    for start in stride(from: 0, to: content.count / 4 * 4, by: 4) {
      let code = content[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      text.append(Unicode.Scalar(code) ?? "\u{FFFD}")
    }
    return String(text)
  }

  fileprivate static func content(of text: String) -> Data {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars { bytes.append(littleEndian: scalar.value) }
    return Data(bytes)
  }
}

extension ScalarType {
  /// MindSpore's name for such scalars.
  fileprivate var mindSporeName: String {
    switch self {
    case .float16: "Float16"
    case .bfloat16: "BFloat16"
    case .float32: "Float32"
    case .float64: "Float64"
    case .int8: "Int8"
    case .int16: "Int16"
    case .int32: "Int32"
    case .int64: "Int64"
    case .uint8: "UInt8"
    case .bool: "Bool"
    }
  }
}

/// The reasons why bytes cannot be read as a checkpoint of MindSpore, or a checkpoint not be written as one.
public enum MindSporeError: UserError, Hashable {
  case damaged(String)
  case noTensors
  case duplicate(String)
  case tensor(String, reason: String)
  case tooLarge(bytes: Int)
}

extension MindSporeError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .damaged(let reason): "this is not a complete checkpoint of MindSpore: \(reason)"
    case .noTensors: "this checkpoint of MindSpore holds no tensors: is it the right file?"
    case .duplicate(let name): "the checkpoint has two tensors '\(name)': save it again"
    case .tensor(let name, let reason): "tensor '\(name)': \(reason)"
    case .tooLarge(let bytes):
      "the weights take \(bytes) bytes, but a checkpoint of MindSpore holds at most \(MindSporeCheckpoint.mostBytes): "
        + "write safetensors instead"
    }
  }
}
