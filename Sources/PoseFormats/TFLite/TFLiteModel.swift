#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A network as the tensors and operators of a TensorFlow Lite file.
struct TFLiteModel {
  struct Tensor {
    var name: String
    let shape: [Int]
    let scalars: TFLiteScalar
    /// The numbers of a constant; nil for what is computed.
    let numbers: Numbers?
  }

  enum Numbers {
    case floats([Float])
    /// The bits of numbers of 16 bits.
    case halves([UInt16])
    case integers([Int32])

    var count: Int {
      switch self {
      case .floats(let values): values.count
      case .halves(let values): values.count
      case .integers(let values): values.count
      }
    }

    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
      switch self {
      case .floats(let values): values.withUnsafeBytes(body)
      case .halves(let values): values.withUnsafeBytes(body)
      case .integers(let values): values.withUnsafeBytes(body)
      }
    }
  }

  struct Code: Hashable {
    let operation: TFLiteOperator
    let version: Int
  }

  struct Node {
    /// The index of its code.
    let code: Int
    let inputs: [Int]
    let output: Int
    let options: TFLiteOptions?
  }

  struct Port {
    let name: String
    let tensor: Int
  }

  var tensors: [Tensor] = []
  var codes: [Code] = []
  var nodes: [Node] = []
  var inputs: [Port] = []
  var outputs: [Port] = []
  var description = ""
  /// Texts beside the network.
  var metadata: [String: String] = [:]

  /// The bytes of all constants.
  var constantBytes: Int {
    tensors.reduce(0) { sum, tensor in sum + (tensor.numbers?.count ?? 0) * tensor.scalars.byteCount }
  }
}

#if canImport(CFlatBuffers)
  extension TFLiteModel {
    /// The bytes of the file, which are the same for the same model.
    ///
    /// Buffer 0 is empty and stands for tensors without numbers; the last one has the metadata as JSON.
    func bytes() throws(TFLiteError) -> [UInt8] {
      let constantBytes = constantBytes
      // Names, shapes and operators take far less than this.
      let others = 1024 + tensors.count * 256 + nodes.count * 256
      guard constantBytes <= FlatBuffer.mostBytes - others else { throw .tooLarge(bytes: constantBytes) }
      let file = FlatBuffer(capacity: constantBytes + others)
      let empty = file.table([])
      var buffers = [empty]
      var tensorParts: [FlatBuffer.Part] = []
      for tensor in tensors {
        if let numbers = tensor.numbers {
          let data = numbers.withBytes { file.bytes($0, alignment: TFLiteFormat.alignment) }
          buffers.append(file.table([(0, .part(data))]))
        }
        let buffer = tensor.numbers == nil ? 0 : buffers.count - 1
        let (shape, name) = (file.integers(tensor.shape.map(Int32.init(clamping:))), file.string(tensor.name))
        tensorParts.append(
          file.table([
            (0, .part(shape)), (1, .int8(tensor.scalars.rawValue)), (2, .int32(Int32(clamping: buffer))),
            (3, .part(name)), (8, .flag(true)),
          ]))
      }
      let metadataBytes = metadataJSON.withUnsafeBytes { file.bytes($0, alignment: TFLiteFormat.alignment) }
      buffers.append(file.table([(0, .part(metadataBytes))]))
      let metadata = file.table([
        (0, .part(file.string(TFLiteFormat.author))), (1, .int32(Int32(clamping: buffers.count - 1))),
      ])
      let subgraph = subgraph(in: file, tensorParts)
      let codes = file.vector(codes.map { code in Self.code(code, in: file) })
      let signature = file.table([
        (0, .part(Self.maps(inputs, in: file))), (1, .part(Self.maps(outputs, in: file))),
        (2, .part(file.string(TFLiteFormat.signature))), (4, .int32(0)),
      ])
      let root = file.table([
        (0, .int32(TFLiteFormat.version)), (1, .part(codes)), (2, .part(file.vector([subgraph]))),
        (3, .part(file.string(description))), (4, .part(file.vector(buffers))), (6, .part(file.vector([metadata]))),
        (7, .part(file.vector([signature]))),
      ])
      guard let bytes = file.finished(root, identifier: TFLiteFormat.identifier) else {
        throw .tooLarge(bytes: constantBytes)
      }
      return bytes
    }

    private var metadataJSON: [UInt8] {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return (try? encoder.encode(metadata)).map(Array.init) ?? []
    }

    private func subgraph(in file: borrowing FlatBuffer, _ tensors: [FlatBuffer.Part]) -> FlatBuffer.Part {
      var operators: [FlatBuffer.Part] = []
      for node in nodes {
        var fields: [(UInt16, FlatBuffer.Field)] = [
          (0, .int32(Int32(clamping: node.code))),
          (1, .part(file.integers(node.inputs.map(Int32.init(clamping:))))),
          (2, .part(file.integers([Int32(clamping: node.output)]))),
        ]
        if let options = node.options {
          let table = file.table(options.fields.map { ($0.0, $0.1.field) })
          fields += [(3, .int8(options.table)), (4, .part(table))]
        }
        operators.append(file.table(fields))
      }
      return file.table([
        (0, .part(file.vector(tensors))),
        (1, .part(file.integers(inputs.map { Int32(clamping: $0.tensor) }))),
        (2, .part(file.integers(outputs.map { Int32(clamping: $0.tensor) }))),
        (3, .part(file.vector(operators))), (4, .part(file.string("main"))),
      ])
    }

    private static func code(_ code: Code, in file: borrowing FlatBuffer) -> FlatBuffer.Part {
      // Codes beyond the old field's 127 are told by the new field alone.
      let number = code.operation.rawValue
      return file.table([
        (0, .int8(Int8(clamping: number))), (2, .int32(Int32(clamping: code.version))), (3, .int32(number)),
      ])
    }

    private static func maps(_ ports: [Port], in file: borrowing FlatBuffer) -> FlatBuffer.Part {
      var parts: [FlatBuffer.Part] = []
      for port in ports {
        parts.append(file.table([(0, .part(file.string(port.name))), (1, .int32(Int32(clamping: port.tensor)))]))
      }
      return file.vector(parts)
    }
  }

  extension TFLiteOptions.Value {
    fileprivate var field: FlatBuffer.Field {
      switch self {
      case .int8(let value): .int8(value)
      case .int32(let value): .int32(Int32(clamping: value))
      case .float(let value): .float(value)
      case .flag(let value): .flag(value)
      }
    }
  }
#endif
