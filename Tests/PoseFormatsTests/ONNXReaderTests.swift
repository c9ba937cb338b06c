import Foundation
import PoseEngine
import SwiftProtobuf
import Testing

@testable import PoseFormats
@testable import PoseGraph

/// A file in the words of other exporters, and files that are no networks.
struct ONNXReaderTests {
  /// A network of an input `x` and an output `y`.
  struct File {
    var model = ONNXModelProto()

    init(version: Int64 = 17, input: [Int64] = [1, 2, 4, 6], _ nodes: ONNXNodeProto...) {
      model.irVersion = 8
      model.opsetImport = [.with { $0.version = version }]
      model.graph.node = nodes
      model.graph.input = [port("x", input)]
      model.graph.output = [port("y", [])]
    }

    private func port(_ name: String, _ shape: [Int64]) -> ONNXValueInfoProto {
      .with {
        $0.name = name
        $0.type.tensorType.elemType = .float
        // An extent of zero is one that the file leaves open.
        $0.type.tensorType.shape.dim = shape.map { extent in
          .with { if extent == 0 { $0.dimParam = "open" } else { $0.dimValue = extent } }
        }
      }
    }

    func floats(_ name: String, _ shape: [Int64], _ values: [Float]) -> File {
      var file = self
      file.model.graph.initializer.append(
        .with { ($0.name, $0.dims, $0.dataType, $0.floatData) = (name, shape, .float, values) })
      return file
    }

    func integers(_ name: String, _ values: [Int64], shape: [Int64]? = nil) -> File {
      var file = self
      file.model.graph.initializer.append(
        .with { ($0.name, $0.dims, $0.dataType, $0.int64Data) = (name, shape ?? [Int64(values.count)], .int64, values) }
      )
      return file
    }

    var bytes: [UInt8] { get throws { try model.serializedBytes() } }
  }

  static func node(
    _ type: String, _ inputs: [String], _ outputs: [String] = ["y"], _ attributes: [String: ONNXAttribute] = [:]
  ) -> ONNXNodeProto {
    .with {
      ($0.opType, $0.name, $0.input, $0.output) = (type, "a \(type)", inputs, outputs)
      $0.attribute = attributes.map { $0.value.proto(named: $0.key) }
    }
  }

  private func operations(_ file: File, inputSize: [Int]? = nil) throws -> [PoseGraph.Operation] {
    try ONNXModel(bytes: file.bytes, inputSize: inputSize).graph.nodes.map(\.operation).filter { $0 != .input }
  }

  // MARK: Other exporters' words

  @Test("shapes that are computed from shapes are known")
  func shapeArithmetic() throws {
    let file = File(
      version: 11, Self.node("Shape", ["x"], ["s"]), Self.node("Gather", ["s", "one"], ["c"]),
      Self.node("Unsqueeze", ["c"], ["c1"], ["axes": .integers([0])]),
      Self.node("Mul", ["c1", "four"], ["c4"]), Self.node("Concat", ["n", "c4", "rest"], ["t"], ["axis": .integer(0)]),
      Self.node("Reshape", ["x", "t"])
    ).integers("one", [1], shape: []).integers("four", [4]).integers("n", [0]).integers("rest", [-1])
    #expect(try operations(file) == [.reshape([1, 8, 6])])
  }

  @Test("powers of integers are integers, whatever the exponents are")
  func integerPowers() throws {
    let file = File(Self.node("Pow", ["a", "b"], ["t"]), Self.node("Reshape", ["x", "t"]))
      .integers("a", [1, 2, 2, 6])
    #expect(try operations(file.integers("b", [Int64.max, 2, 1, 1])) == [.reshape([1, 4, 2, 6])])
    #expect(try operations(file.floats("b", [4], [9, 2, 1, 1])) == [.reshape([1, 4, 2, 6])])
    let negative = File(
      Self.node("Pow", ["a", "b"], ["n"]), Self.node("Gather", ["x", "n"], ["y"], ["axis": .integer(2)])
    )
    .integers("a", [-1, 2, -1, 0]).integers("b", [-2, -1, 8, 3])
    #expect(try operations(negative) == [.gather(axis: 2, indices: [1, 0, 1, 0])])
    for (base, exponent) in [(10, 19), (-3, 41), (0, -1)] as [(Int64, Int64)] {
      let refused = File(Self.node("Pow", ["a", "b"])).integers("a", [base]).integers("b", [exponent])
      #expect { try ONNXModel(bytes: refused.bytes) } throws: { "\($0)".contains("undefined or too large") }
    }
  }

  @Test("a layer norm without a bias has one of zeros, and one without a scale is refused")
  func layerNorm() throws {
    let norm = File(Self.node("LayerNormalization", ["x", "scale"])).floats("scale", [6], [1, 1, 1, 1, 1, 1])
    #expect(try operations(norm) == [.layerNorm(epsilon: 1e-5)])
    for inputs in [["x"], ["x", "", "scale"]] {
      let refused = File(Self.node("LayerNormalization", inputs)).floats("scale", [6], [1, 1, 1, 1, 1, 1])
      #expect { try ONNXModel(bytes: refused.bytes) } throws: { "\($0)".contains("its scale, input 1, is missing") }
    }
  }

  @Test("functions that are spelled out are one operator again")
  func spelledOut() throws {
    let hardSwish = File(
      Self.node("Add", ["x", "three"], ["a"]), Self.node("Clip", ["a", "zero", "six"], ["b"]),
      Self.node("Mul", ["x", "b"], ["c"]), Self.node("Div", ["c", "six"])
    ).floats("zero", [], [0]).floats("three", [], [3]).floats("six", [], [6])
    #expect(try operations(hardSwish) == [.unary(.hardSwish)])
    let gelu = File(
      Self.node("Div", ["x", "root"], ["a"]), Self.node("Erf", ["a"], ["b"]), Self.node("Add", ["b", "one"], ["c"]),
      Self.node("Mul", ["x", "c"], ["d"]), Self.node("Mul", ["d", "half"])
    ).floats("root", [], [Float(2).squareRoot()]).floats("one", [], [1]).floats("half", [], [0.5])
    #expect(try operations(gelu) == [.unary(.gelu)])
    let silu = File(Self.node("Sigmoid", ["x"], ["a"]), Self.node("Mul", ["a", "x"]))
    #expect(try operations(silu) == [.unary(.silu)])
    let dense = File(Self.node("MatMul", ["x", "w"], ["a"]), Self.node("Add", ["a", "b"]))
      .floats("w", [6, 2], Array(repeating: 1, count: 12)).floats("b", [2], [1, 2])
    #expect(try operations(dense) == [.linear])
  }

  @Test("a value that is read elsewhere too stays")
  func sharedParts() throws {
    let file = File(
      Self.node("Sigmoid", ["x"], ["a"]), Self.node("Mul", ["a", "x"], ["b"]), Self.node("Add", ["a", "b"]))
    #expect(try operations(file) == [.unary(.sigmoid), .binary(.multiply), .binary(.add)])
  }

  @Test("uneven padding becomes a step of its own")
  func unevenPadding() throws {
    let file = File(
      Self.node("Conv", ["x", "w"], ["y"], ["auto_pad": .text("SAME_UPPER"), "strides": .integers([2, 2])])
    ).floats("w", [1, 2, 3, 3], Array(repeating: 1, count: 18))
    let steps = try operations(file)
    #expect(steps.first == .pad(before: [0, 0, 0, 0], after: [0, 0, 1, 1], value: 0))
    #expect(steps.last == .convolution(Convolution(kernel: 3, stride: 2)))
  }

  @Test(
    "nearest pixels by any rule are the graph's where the pixels are the same",
    arguments: [
      ("asymmetric", "floor", 1), ("half_pixel", "round_prefer_floor", 1), ("align_corners", "floor", 2),
      ("asymmetric", "ceil", 2),
    ])
  func nearest(_ coordinates: String, _ rounding: String, steps: Int) throws {
    let file = File(
      Self.node(
        "Resize", ["x", "", "", "size"], ["y"],
        ["coordinate_transformation_mode": .text(coordinates), "nearest_mode": .text(rounding)])
    ).integers("size", [1, 2, 8, 12])
    let graph = try ONNXModel(bytes: file.bytes).graph
    #expect(graph.nodes.count == steps + 1)
    #expect(graph.shape(of: graph.outputs[0].value) == [1, 2, 8, 12])
  }

  @Test("an input of open size takes the size that is given, and no other")
  func openSize() throws {
    let file = File(input: [0, 2, 0, 0], Self.node("Relu", ["x"]))
    #expect(try ONNXModel(bytes: file.bytes, inputSize: [2, 5, 7]).graph.shape(of: 0) == [1, 2, 5, 7])
    #expect { try ONNXModel(bytes: file.bytes) } throws: { "\($0)".contains("[2, ?, ?]") }
    for size in [[3, 5, 7], [2, 5], [2, 0, 7], [2, -1, 7], [2, 1 << 40, 7], []] {
      #expect(throws: ONNXError.self) { try ONNXModel(bytes: file.bytes, inputSize: size) }
    }
  }

  @Test("half-precision weights and raw bytes are read", arguments: [true, false])
  func halfWeights(isRaw: Bool) throws {
    var file = File(Self.node("Mul", ["x", "w"]))
    file.model.graph.initializer = [
      .with {
        ($0.name, $0.dims, $0.dataType) = ("w", [2], .float16)
        if isRaw { $0.rawData = Data([0, 0x3c, 0, 0xc0]) } else { $0.int32Data = [0x3c00, 0xc000] }
      }
    ]
    file.model.graph.input[0].type.tensorType.shape.dim[3] = .with { $0.dimValue = 2 }
    #expect(try ONNXModel(bytes: file.bytes).checkpoint["w"]?.floats == [1, -2])
  }

  // MARK: What is refused

  @Test("what a graph cannot say is refused with the node's name and operator")
  func unsaid() throws {
    let files = [
      File(Self.node("NonMaxSuppression", ["x"])), File(Self.node("Transpose", ["x"])),
      File(Self.node("ReduceMean", ["x"])), File(version: 11, Self.node("Softmax", ["x"])),
      File(Self.node("Cast", ["x"], ["y"], ["to": .integer(7)])),
      File(Self.node("Squeeze", ["x", "axes"])).integers("axes", [0]),
      File(Self.node("Resize", ["x", "", "", "size"], ["y"], ["mode": .text("cubic")])).integers("size", [1, 2, 8, 8]),
      File(Self.node("Conv", ["x", "x"])), File(Self.node("TopK", ["x"], ["y", "z"])),
    ]
    for file in files {
      let operation = file.model.graph.node[0].opType
      #expect {
        try ONNXModel(bytes: file.bytes)
      } throws: {
        guard case .unsupported(let node, operation, _)? = $0 as? ONNXError else { return false }
        return node == "a \(operation)"
      }
    }
  }

  @Test("numbers that would overflow, or ask for too much memory, are errors")
  func vastNumbers() throws {
    let vast = Int(Int64.max)
    let window: [String: ONNXAttribute] = ["kernel_shape": .integers([vast, vast])]
    let files = [
      File(Self.node("Conv", ["x", "w"], ["y"], ["pads": .integers([vast, 0, 0, 0])])),
      File(Self.node("Conv", ["x", "w"], ["y"], ["strides": .integers([0, 0])])),
      File(Self.node("Conv", ["x", "w"], ["y"], ["strides": .integers([-1, 1])])),
      File(Self.node("Conv", ["x", "w"], ["y"], ["group": .integer(0)])),
      File(Self.node("Conv", ["x", "w"], ["y"], ["group": .integer(-vast)])),
      File(Self.node("Conv", ["x", "w"], ["y"], ["kernel_shape": .integers([5, 5])])),
      File(Self.node("ConvTranspose", ["x", "w"], ["y"], ["strides": .integers([1 << 20, 1 << 20])])),
      File(Self.node("MaxPool", ["x"], ["y"], window)), File(Self.node("AveragePool", ["x"])),
      File(Self.node("Pad", ["x", "n"])).integers("n", [0, 0, 0, Int64.max, 0, 0, 0, 1]),
      File(Self.node("Pad", ["x", "n"])).integers("n", [0, 0, 1 << 20, 1 << 20, 0, 0, 1 << 20, 1 << 20]),
      File(Self.node("Expand", ["x", "n"])).integers("n", [1, 1 << 30, 2, 4, 6]),
      File(Self.node("Expand", ["one", "n"])).integers("n", [1 << 30, 1 << 30]).floats("one", [1], [1]),
      File(Self.node("Tile", ["x", "n"])).integers("n", [1, 1, 1, Int64.max]),
      File(Self.node("Tile", ["x", "n"])).integers("n", [1, 1, 1 << 20, 1 << 20]),
      File(Self.node("Reshape", ["x", "n"])).integers("n", [Int64.max, Int64.max, -1]),
      File(Self.node("Reshape", ["x", "n"])).integers("n", [1, -1, -1]),
      File(Self.node("Reshape", ["x", "n"])).integers("n", [1, -7]),
      File(Self.node("Slice", ["x", "n", "n", "n", "n"])).integers("n", [Int64.min]),
      File(Self.node("Split", ["x", "n"], ["y", "z"], ["axis": .integer(1)])).integers("n", [Int64.max, Int64.max]),
      File(Self.node("Gather", ["x", "n"], ["y"], ["axis": .integer(Int(Int64.min))])).integers("n", [0]),
      File(Self.node("Gather", ["x", "n"], ["y"], ["axis": .integer(1)])).integers("n", [2]),
      File(Self.node("Add", ["n", "n"])).integers("n", [Int64.max]),
      File(Self.node("Div", ["n", "zero"])).integers("n", [1]).integers("zero", [0]),
      File(Self.node("Range", ["a", "b", "c"])).integers("a", [Int64.min]).integers("b", [Int64.max]).integers(
        "c", [1]),
      File(Self.node("ConstantOfShape", ["n"])).integers("n", [1 << 31, 1 << 31]),
      File(Self.node("Cast", ["f"], ["y"], ["to": .integer(7)])).floats("f", [1], [.nan]),
      File(Self.node("Resize", ["x", "", "f"])).floats("f", [4], [1, 1, .infinity, 1]),
      File(Self.node("Resize", ["x", "", "f"])).floats("f", [4], [1, 1, 1e30, 1]),
      File(Self.node("Resize", ["x", "", "", "n"])).integers("n", [1, 2, Int64.max, 4]),
      File(Self.node("Unsqueeze", ["x", "n"])).integers("n", Array(0..<40)),
      File(Self.node("DepthToSpace", ["x"], ["y"], ["blocksize": .integer(vast)])),
      File(Self.node("Softmax", ["x"], ["y"], ["axis": .integer(vast)])),
      File(Self.node("Flatten", ["x"], ["y"], ["axis": .integer(-vast)])),
      File(Self.node("Transpose", ["x"], ["y"], ["perm": .integers([0, 0, vast, 1])])),
      File(Self.node("Gemm", ["x", "w"])), File(Self.node("MatMul", ["x", "w"])),
    ].map { $0.floats("w", [1, 2, 3, 3], Array(repeating: 1, count: 18)) }
    for file in files {
      #expect(throws: ONNXError.self, "\(file.model.graph.node[0])") { try ONNXModel(bytes: file.bytes) }
    }
  }

  @Test(
    "a small file that asks the reader for much memory is refused before it is taken",
    arguments: [
      "Concat", "Expand", "ConstantOfShape", "LayerNormalization", "Pad", "Slice", "ExpandValue", "many Expands",
    ])
  func memoryBombs(_ bomb: String) throws {
    let vast = Self.node("Resize", ["x", "", "", "n"], ["v"])
    let file =
      switch bomb {
      case "Concat":
        File(Self.node("Concat", Array(repeating: "w", count: 100_000), ["y"], ["axis": .integer(0)]))
      case "Expand": File(Self.node("Expand", ["one", "vast"]))
      case "ConstantOfShape": File(Self.node("ConstantOfShape", ["vast"]))
      case "LayerNormalization": File(vast, Self.node("Reshape", ["v", "flat"], ["f"]), Self.node(bomb, ["f"]))
      case "Pad":
        File(
          vast, Self.node("Reshape", ["v", "flat"], ["f"]),
          Self.node(bomb, ["f", "pads"], ["y"], ["mode": .text("edge")]))
      case "Slice":
        File(
          vast, Self.node("Reshape", ["v", "flat"], ["f"]),
          Self.node(bomb, ["f", "last", "first", "axis", "minus"]))
      case "ExpandValue": File(input: [1, 1], Self.node("Expand", ["x", "wide"]))
      default: File()
      }
    var whole = file.floats("w", [1000], Array(repeating: 0, count: 1000)).floats("one", [1], [1])
      .integers("vast", [1 << 13, 1 << 13]).integers("n", [1, 2, 1 << 14, 1 << 14]).integers("flat", [1, -1])
      .integers("pads", [0, 1, 0, 1]).integers("last", [-1]).integers("first", [Int64.min]).integers("axis", [1])
      .integers("minus", [-1]).integers("wide", [1, 1 << 30])
    if bomb == "many Expands" {
      // Each alone is small enough.
      whole = whole.integers("much", [1 << 11, 1 << 11])
      whole.model.graph.node = (0..<10).map { Self.node("Expand", ["one", "much"], ["e\($0)"]) }
      whole.model.graph.node.append(Self.node("Concat", (0..<10).map { "e\($0)" }, ["y"], ["axis": .integer(0)]))
    }
    let error = #expect(throws: ONNXError.self) { try ONNXModel(bytes: whole.bytes) }
    guard case .unsupported(_, _, let reason) = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(reason.contains("simplify"), "\(reason)")
  }

  @Test("damaged graphs are errors: cycles, missing and doubled names, tensors that do not fill their shape")
  func damagedGraphs() throws {
    let relu = File(Self.node("Relu", ["x"]))
    func changed(_ change: (inout ONNXModelProto) -> Void) -> File {
      var file = relu.floats("w", [2], [1, 2])
      change(&file.model)
      return file
    }
    let tensors: [(inout ONNXTensorProto) -> Void] = [
      { $0.dims = [3] }, { $0.dims = [-2] }, { $0.dims = [Int64.max, Int64.max] }, { $0.dims = [1 << 40] },
      { $0.dims = Array(repeating: 1, count: 100) }, { $0.rawData = Data([1, 2, 3]) }, { $0.dataType = .string },
      { $0.dataType = .UNRECOGNIZED(77) }, { $0.dataLocation = .external },
      { $0.externalData = [.with { $0.key = "location" }] },
    ]
    var files = tensors.map { change in
      changed {
        $0.graph.node = [Self.node("Mul", ["x", "w"])]
        change(&$0.graph.initializer[0])
      }
    }
    files += [
      changed {
        $0.graph.node = [
          Self.node("Add", ["x", "b"], ["a"]), Self.node("Relu", ["a"], ["b"]), Self.node("Relu", ["a"]),
        ]
      },
      changed { $0.graph.node = [Self.node("Relu", ["y"])] },
      changed { $0.graph.node = [Self.node("Relu", ["nothing"])] },
      changed { $0.graph.node = [Self.node("Relu", [])] }, changed { $0.graph.node = [Self.node("Relu", [""])] },
      changed { $0.graph.node = [Self.node("Relu", ["x"], ["x"])] },
      changed { $0.graph.node = [Self.node("Relu", ["x"], ["w"])] },
      changed { $0.graph.node.append(Self.node("Relu", ["x"])) },
      changed { $0.graph.initializer.append($0.graph.initializer[0]) },
      changed { $0.graph.output.append($0.graph.output[0]) }, changed { $0.graph.output[0].name = "other" },
      changed { $0.graph.node = [] }, changed { $0.graph.output = [] }, changed { $0.graph.input = [] },
      changed { $0.graph.input.append(.with { $0.name = "second" }) },
      changed { $0.graph.input[0].type.tensorType.elemType = .int64 },
      changed { $0.graph.input[0].type.tensorType.shape.dim[0].dimValue = 4 },
      changed { $0.opsetImport = [] }, changed { $0.opsetImport[0].version = 99 },
      changed { $0.opsetImport[0].version = Int64.min },
    ]
    for file in files {
      #expect(throws: ONNXError.self, "\(file.model)") { try ONNXModel(bytes: file.bytes) }
    }
    #expect {
      try ONNXModel(bytes: files[8].bytes)
    } throws: {
      $0 as? ONNXError == .externalData(tensor: "w")
    }
    #expect {
      try ONNXModel(bytes: relu.bytes, outputs: ["z"])
    } throws: {
      "\($0)".contains("'z'")
    }
  }

  @Test("a few bytes that mean millions of parts are refused before memory is reserved")
  func vastCounts() {
    // A graph of two million empty nodes.
    let nodes = [UInt8](repeating: 0, count: 4_000_000).enumerated().map { $0.offset % 2 == 0 ? UInt8(0x0a) : 0 }
    let bytes: [UInt8] = [0x3a, 0x80, 0x92, 0xf4, 0x01] + nodes
    #expect(throws: ONNXError.tooManyParts(limit: ProtobufPartCount.limit)) { try ONNXModel(bytes: bytes) }
  }

  @Test("a cut or damaged file is an error or another network, never a crash")
  func corruption() throws {
    let graph = try Graph("small", input: [2, 6, 6]) { x, s in
      let y = (s / "bn").batchNorm((s / "c").conv(x, to: 4, kernel: 3, groups: 2)).channelShuffle(groups: 2).unary(
        .gelu)
      let small = y.resized(to: 3, .nearest).pool(Pooling(.max, kernel: 2, stride: 1)).resized(
        to: 6, .bilinear(alignCorners: true))
      let parts = (y + small).padded(before: [0, 0, 1, 0], after: [0, 0, 0, 1]).split(axis: 1, into: 2)
      let rows = s.concat(parts).reshaped(to: [1, 4, 49])
      return ["y": (s / "fc").linear(rows.gathered(axis: 1, indices: [3, 0]), to: 3).softmax(axis: 2)]
    }
    var checkpoint = WeightRecipe.checkpoint(for: graph)
    // The metadata come last, and a file without them is whole.
    checkpoint.metadata = [:]
    let corruption = Corruption(original: try graph.onnx(checkpoint))
    for bytes in corruption.truncations {
      #expect(throws: ONNXError.self) { try ONNXModel(bytes: bytes) }
    }
    for bytes in corruption.damaged(20_000) {
      guard let model = try? ONNXModel(bytes: bytes) else { continue }
      try model.graph.check(model.checkpoint)
    }
  }
}
