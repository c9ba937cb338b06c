import Foundation
import SwiftProtobuf
import Testing

@testable import PoseFormats

/// A written program, read back and checked: every value is an identifier that is defined once, before it is read, has five
/// axes at most, and constants have as many scalars as their type says, in the program or in an aligned blob.
struct CoreMLProgramReader {
  let model: CoreMLModel
  let weights: [UInt8]
  let operations: [CoreMLOperation]
  /// The type of each value.
  private(set) var types: [String: CoreMLTensorType] = [:]

  init(_ package: CoreMLPackage) throws {
    model = try CoreMLModel(serializedBytes: package.model)
    weights = package.weights
    let function = try #require(model.mlProgram.functions["main"])
    let block = try #require(function.blockSpecializations[function.opset])
    operations = block.operations
    #expect(model.specificationVersion == 7 && function.opset == "CoreML6" && model.mlProgram.version == 1)
    for input in function.inputs { try define(input) }
    for operation in operations {
      for source in operation.inputs.values.flatMap(\.arguments) {
        #expect(types[source.name] != nil, "\(operation.type) reads '\(source.name)' before it is made")
      }
      let parameters = Set(operation.inputs.keys)
      if operation.type == "const" {
        try check(constant: operation)
      } else {
        let known = try #require(Self.parameters[operation.type], "\(operation.type)")
        #expect(
          parameters.subtracting(known.optional) == known.required, "\(operation.type) has \(parameters.sorted())")
      }
      #expect(operation.outputs.count == 1)
      for output in operation.outputs { try define(output) }
    }
    #expect(block.outputs == model.description_p.output.map(\.name))
    #expect(block.outputs.allSatisfy { types[$0]?.dataType == .float32 })
    #expect(function.inputs.map(\.name) == model.description_p.input.map(\.name))
  }

  private mutating func define(_ value: CoreMLNamedValueType) throws {
    #expect(try /[A-Za-z_][A-Za-z0-9_]*/.wholeMatch(in: value.name) != nil, "'\(value.name)' is no identifier")
    #expect(types.updateValue(value.type.tensorType, forKey: value.name) == nil, "'\(value.name)' is made twice")
    let type = value.type.tensorType
    #expect(type.rank == type.dimensions.count && type.rank <= 5, "'\(value.name)' has \(type.rank) axes")
  }

  private func check(constant: CoreMLOperation) throws {
    let value = try #require(constant.attributes["val"])
    let type = value.type.tensorType
    #expect(constant.inputs.isEmpty && constant.outputs.first?.type == value.type)
    let count = type.dimensions.reduce(1) { $0 * Int($1.constant.size) }
    guard case .blobFileValue(let blob) = value.value else {
      let tensor = value.immediateValue.tensor
      let found =
        switch tensor.value {
        case .floats(let numbers): numbers.values.count
        case .ints(let numbers): numbers.values.count
        case .bools(let flags): flags.values.count
        case .strings(let texts): texts.values.count
        case .bytes(let bytes): bytes.values.count / 2
        case nil: -1
        }
      #expect(found == count)
      return
    }
    #expect(blob.fileName == "@model_path/weights/weight.bin")
    #expect(try numbers(constant.outputs[0].name, in: value).count == count)
  }

  /// The numbers of a constant of a blob.
  private func numbers(_ name: String, in value: CoreMLValue) throws -> [Float] {
    let offset = Int(value.blobFileValue.offset)
    let isHalf = value.type.tensorType.dataType == .float16
    let (size, start) = (try integer(UInt64.self, offset + 8), try integer(UInt64.self, offset + 16))
    #expect(offset % 64 == 0 && start == offset + 64, "\(name)")
    #expect(try integer(UInt32.self, offset) == 0xDEAD_BEEF && integer(UInt32.self, offset + 4) == (isHalf ? 1 : 2))
    return try (0..<Int(size) / (isHalf ? 2 : 4)).map { index in
      isHalf
        ? Float(Float16(bitPattern: try integer(UInt16.self, Int(start) + 2 * index)))
        : Float(bitPattern: try integer(UInt32.self, Int(start) + 4 * index))
    }
  }

  private func integer<Integer: FixedWidthInteger>(_: Integer.Type, _ offset: Int) throws -> Integer {
    let end = offset + Integer.bitWidth / 8
    try #require(offset >= 0 && end <= weights.count)
    return weights[offset..<end].reversed().reduce(0) { $0 << 8 | Integer($1) }
  }

  /// How many blobs the file of weights says that it has.
  var blobCount: Int { get throws { Int(try integer(UInt32.self, 0)) } }

  /// The numbers of a constant, wherever they are.
  func numbers(of name: String) throws -> [Float] {
    let constant = try #require(operations.first { $0.type == "const" && $0.outputs.first?.name == name })
    let value = try #require(constant.attributes["val"])
    if case .blobFileValue = value.value { return try numbers(name, in: value) }
    return value.immediateValue.tensor.floats.values
  }

  func integers(_ operation: CoreMLOperation, _ parameter: String) throws -> [Int] {
    let name = try #require(operation.inputs[parameter]?.arguments.first?.name)
    let constant = try #require(operations.first { $0.type == "const" && $0.outputs.first?.name == name })
    return constant.attributes["val"]?.immediateValue.tensor.ints.values.map(Int.init) ?? []
  }

  /// The extents of a value; nil for those that are open.
  func shape(of name: String) -> [Int?]? {
    types[name]?.dimensions.map { dimension in
      if case .constant(let constant) = dimension.dimension { Int(constant.size) } else { nil }
    }
  }

  /// What each operation takes, by coremltools' definitions of the iOS 16 operator set. All that have a default but the
  /// optional weights must be there.
  private static let parameters: [String: (required: Set<String>, optional: Set<String>)] = {
    var table: [String: (required: Set<String>, optional: Set<String>)] = [
      "cast": (["x", "dtype"], []), "linear": (["x", "weight"], ["bias"]),
      "matmul": (["x", "y", "transpose_x", "transpose_y"], []),
      "layer_norm": (["x", "axes", "epsilon"], ["gamma", "beta"]),
      "slice_by_index": (["x", "begin", "end", "stride", "begin_mask", "end_mask", "squeeze_mask"], []),
      "gather": (["x", "indices", "axis", "batch_dims"], []), "concat": (["values", "axis", "interleave"], []),
      "pad": (["x", "pad", "mode", "constant_val"], []), "reshape": (["x", "shape"], []),
      "transpose": (["x", "perm"], []), "tile": (["x", "reps"], []), "softmax": (["x", "axis"], []),
      "max_pool": (["x", "kernel_sizes", "strides", "pad_type", "pad", "ceil_mode"], []),
      "avg_pool": (
        ["x", "kernel_sizes", "strides", "pad_type", "pad", "ceil_mode", "exclude_padding_from_average"], []
      ),
      "resize_bilinear": (["x", "target_size_height", "target_size_width", "sampling_mode"], []),
      "upsample_nearest_neighbor": (["x", "scale_factor_height", "scale_factor_width"], []),
      "resample": (
        [
          "x", "coordinates", "sampling_mode", "padding_mode", "padding_value", "coordinates_mode", "align_corners",
        ], []
      ), "gelu": (["x", "mode"], []), "sigmoid_hard": (["x", "alpha", "beta"], []), "log": (["x", "epsilon"], []),
      "leaky_relu": (["x", "alpha"], []),
    ]
    for name in ["conv", "conv_transpose"] {
      table[name] = (["x", "weight", "strides", "pad_type", "pad", "dilations", "groups"], ["bias"])
    }
    for name in ["add", "sub", "mul", "real_div", "maximum", "minimum", "pow"] { table[name] = (["x", "y"], []) }
    for name in ["sum", "mean", "max", "min"] { table["reduce_\(name)"] = (["x", "axes", "keep_dims"], []) }
    for name in [
      "relu", "relu6", "sigmoid", "silu", "tanh", "exp", "sqrt", "abs", "erf", "softplus", "sin", "cos", "shape",
      "identity",
    ] {
      table[name] = (["x"], [])
    }
    return table
  }()
}
