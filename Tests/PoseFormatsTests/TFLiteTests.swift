import Foundation
import PoseConfiguration
import PoseCore
import PoseEngine
import PoseGraph
import TestSupport
import Testing

@testable import PoseFormats

/// What is written for TensorFlow Lite is a whole program whose shapes are the graph's. With `POSE_TFLITE_CASES` a folder, the
/// files of the operators and what the engine computes are left there, for `Benchmarks/check_formats.py tflite --cases` to
/// ask LiteRT.
@Suite("TensorFlow Lite")
struct TFLiteTests {
  private static let cases =
    ONNXOperatorTests.cases + CoreMLOperatorTests.manyAxes + CoreMLOperatorTests.transposed + layouts

  @Test("every operator becomes a whole program", arguments: cases)
  func operators(_ operatorCase: ONNXOperatorCase) throws {
    let graph = try Graph(operatorCase.name, input: operatorCase.input, operatorCase.build)
    let checkpoint = WeightRecipe.checkpoint(for: graph)
    let bytes = try graph.tfLite(checkpoint, batch: 3)
    try Self.check(bytes, graph, batch: 3)
    guard let folder = ProcessInfo.processInfo.environment["POSE_TFLITE_CASES"] else { return }
    let index = Self.cases.firstIndex { $0.testDescription == operatorCase.testDescription } ?? 0
    let stem = URL(filePath: folder).appending(path: "\(index)").path
    let input = try WeightRecipe.input(shape: [3] + operatorCase.input)
    var archive = NumpyArchive()
    archive["input"] = input
    for output in try Engine(graph, checkpoint, threads: 1)(input) { archive["output:" + output.name] = output.tensor }
    try FileBytes.write(bytes, to: stem + ".tflite")
    try FileBytes.write(try archive.bytes(), to: stem + ".npz")
    try FileBytes.write(Array(operatorCase.testDescription.utf8), to: stem + ".txt")
  }

  @Test(
    "a network becomes a whole program with its metadata, the same each time",
    arguments: ["litehrnet_18_coco_256x192", "rtmpose_t_coco_256x192", "movenet_fire717_coco_192x192"])
  func networks(_ name: String) throws {
    let graph = try Zoo.configuration(named: name).graph()
    var checkpoint = WeightRecipe.checkpoint(for: graph)
    checkpoint.metadata = ["config": "{}", "a": "\"1\"", "z": "ä"]
    let bytes = try graph.tfLite(checkpoint)
    let file = try Self.check(bytes, graph, batch: 1)
    #expect(file.metadata == checkpoint.metadata && file.description.contains(name))
    #expect(try graph.tfLite(checkpoint) == bytes)
    // Pictures keep their channels last from convolution to convolution.
    if name.hasPrefix("litehrnet") {
      #expect(file.nodes.allSatisfy { $0.operation != .transpose || file.tensors[$0.outputs[0]].shape.count == 3 })
    }
    // A ReLU is part of the operator before it, unless something else reads what that one makes.
    let readers = file.nodes.reduce(into: [Int: Int]()) { readers, node in
      for input in node.inputs { readers[input, default: 0] += 1 }
    }
    #expect(file.nodes.allSatisfy { $0.operation != .relu || readers[$0.inputs[0], default: 0] > 1 })
  }

  @Test("weights of convolutions have their channels last", arguments: [false, true])
  func weights(isDepthwise: Bool) throws {
    let graph = try Graph("one", input: [4, 7, 6]) { x, s in
      ["y": (s / "c").conv(x, to: 8, kernel: 3, stride: 2, padding: 1, groups: isDepthwise ? 4 : 1, bias: true).relu()]
    }
    let checkpoint = WeightRecipe.checkpoint(for: graph)
    let file = try Self.check(try graph.tfLite(checkpoint), graph, batch: 1)
    let node = try #require(file.nodes.last)
    #expect(node.operation == (isDepthwise ? .depthwiseConvolution : .convolution))
    let (shape, own) = (file.tensors[node.inputs[1]].shape, try #require(checkpoint["c.weight"]))
    #expect(shape == (isDepthwise ? [1, 3, 3, 8] : [8, 3, 3, 4]))
    let (written, read) = (try file.floats(node.inputs[1]), own.floats)
    for (place, number) in read.enumerated() {
      let (output, input) = (place / own.shape[1] / 9, place / 9 % own.shape[1])
      let (row, column) = (place / 3 % 3, place % 3)
      let there =
        isDepthwise ? (row * 3 + column) * 8 + output : ((output * 3 + row) * 3 + column) * own.shape[1] + input
      #expect(written[there] == number, "\(place)")
    }
    #expect(try file.floats(node.inputs[2]) == checkpoint["c.bias"]?.floats)
    // Seven rows by steps of two start before the picture as TensorFlow Lite has it, six columns do not.
    let pad = try #require(file.nodes.first)
    #expect(pad.operation == .pad && file.nodes.count == 2)
    #expect(try file.integers(pad.inputs[1]) == [0, 0, 1, 1, 1, 0, 0, 0])
    let options = try #require(node.options)
    #expect(node.optionsTable == (isDepthwise ? 2 : 1))
    #expect(try options.integer(0, size: 1) == 1 && options.integer(1) == 2 && options.integer(2) == 2)
    #expect(try options.integer(isDepthwise ? 4 : 3, size: 1) == 1, "the ReLU")
  }

  @Test("padding that TensorFlow Lite calculates is left to it")
  func samePadding() throws {
    let graph = try Graph("one", input: [2, 5, 6]) { x, s in
      ["y": (s / "c").conv(x, to: 2, kernel: 3, padding: 1), "z": (s / "d").conv(x, to: 2, kernel: 1)]
    }
    let file = try Self.check(try graph.tfLite(WeightRecipe.checkpoint(for: graph)), graph, batch: 1)
    #expect(file.nodes.map(\.operation) == [.convolution, .convolution])
    #expect(try file.nodes.map { try #require($0.options).integer(0, size: 1) } == [0, 1])
  }

  @Test("weights of float16 are half as large")
  func precision() throws {
    let graph = try Graph("one", input: [3, 4, 4]) { x, s in ["y": (s / "c").conv(x, to: 16, kernel: 3)] }
    var checkpoint = WeightRecipe.checkpoint(for: graph)
    let bytes = try [Checkpoint.FloatType.float32, .float16].map { try graph.tfLite(checkpoint, precision: $0) }
    let file = try Self.check(bytes[1], graph, batch: 1)
    #expect(file.nodes.filter { $0.operation == .dequantize }.count == 2 && bytes[0].count - bytes[1].count > 400)
    checkpoint["c.weight"] = try Tensor(shape: [16, 3, 3, 3], [Float](repeating: 70_000, count: 432))
    #expect(throws: TFLiteError.outOfRange(name: "c.weight", value: 70_000)) {
      try graph.tfLite(checkpoint, precision: .float16)
    }
  }

  @Test("networks and batches that cannot be written are refused by name")
  func refusals() throws {
    let graph = try Graph("one", input: [3, 4, 4]) { x, s in ["y": (s / "c").conv(x, to: 2)] }
    let checkpoint = WeightRecipe.checkpoint(for: graph)
    for batch in [0, -1, 4097] {
      #expect(throws: TFLiteError.batch(batch)) { try graph.tfLite(checkpoint, batch: batch) }
    }
    #expect(throws: CheckpointMismatch.self) { try graph.tfLite(Checkpoint()) }
    let mixing = try Graph("mixing", input: [3, 4, 4]) { x, s in ["y": x.named(s / "mix").softmax(axis: 0)] }
    #expect(throws: TFLiteError.batchMoves(path: "mix", operation: "softmax")) { try mixing.tfLite(Checkpoint()) }
    let wide = try Graph("wide", input: [4, 4, 4]) { x, s in
      let parts = x.named(s / "wide").reshaped(to: [1, 2, 2, 2, 2, 2, 2])
      return ["y": parts + parts.transposed([0, 6, 5, 4, 3, 2, 1])]
    }
    #expect(throws: TFLiteError.self) { try wide.tfLite(Checkpoint()) }
  }

  @Test(
    "the axes of two shapes fall into the least groups of as many numbers",
    arguments: [
      ([1, 6, 4, 5], [1, 2, 3, 4, 5], [[0], [1], [2], [3]]), ([1, 6, 4, 5], [1, 6, 20], [[0], [1], [2, 3]]),
      ([1, 6, 1, 1], [1, 6], [[0], [1, 2, 3]]), ([1, 6, 1, 5], [1, 6, 5], [[0], [1], [2, 3]]),
      ([1, 6, 4], [1, 4, 6], [[0], [1, 2]]), ([1, 24], [1, 1, 24, 1], [[0], [1]]),
    ])
  func groups(_ old: [Int], _ new: [Int], _ expected: [[Int]]) {
    let groups = TFLiteLayout.groups(old, new)
    #expect(groups.map { Array($0.old) } == expected)
    #expect(groups.flatMap { Array($0.new) } == Array(new.indices))
    for group in groups {
      let (before, after) = (old[group.old].reduce(1, *), new[group.new].reduce(1, *))
      #expect(before == after)
    }
  }

  /// What finds its axes in another order than the graph's, or makes TensorFlow Lite's operators use their other forms.
  private static let layouts: [ONNXOperatorCase] = [
    .init("dilated and multiplying depthwise convolution", [3, 9, 8]) { x, s in
      [
        "dilated": (s / "a").conv(x, to: 3, kernel: 3, dilation: 2, groups: 3),
        "multiplied": (s / "b").conv(x, to: 6, kernel: 3, stride: 2, groups: 3, bias: true).unary(.relu6),
      ]
    },
    .init("axes of a convolution's result", [3, 6, 5]) { x, s in
      let y = (s / "c").conv(x, to: 8, kernel: 3)
      return [
        "softmax": y.softmax(axis: 1), "rows": y.softmax(axis: 2), "sum": y.reduced(.sum, axes: [1, 3]),
        "max": y.reduced(.max, axes: [2]), "slice": y.slice(axis: 1, 1..<8, step: 3),
        "pad": y.padded(before: [0, 1, 2, 0], after: [0, 0, 1, 3], value: 0.5),
        "gather": y.gathered(axis: 1, indices: [7, 0, 3]), "norm": (s / "n").batchNorm(y.relu()),
        "linear": (s / "l").linear(y, to: 4), "layer": (s / "m").layerNorm(y),
        "parts": y.reshaped(to: [1, 2, 4, 6, 5]).slice(axis: 2, 1..<4, step: 2),
        "product": y.matmul(y.transposed([0, 1, 3, 2])), "flat": y.reshaped(to: [1, 240]),
      ]
    },
    .init("attention to pixels", [6, 4, 3]) { x, s in
      let tokens = (s / "c").conv(x, to: 8).reshaped(to: [1, 8, 12]).transposed([0, 2, 1])
      let heads = (s / "l").linear((s / "n").layerNorm(tokens), to: 24).reshaped(to: [1, 12, 3, 2, 4])
        .transposed([0, 2, 3, 1, 4])
      let parts = (0..<3).map { heads.slice(axis: 1, $0..<$0 + 1).reshaped(to: [1, 2, 12, 4]) }
      let weights = parts[0].matmul(parts[1].transposed([0, 1, 3, 2])).softmax(axis: -1)
      let result = weights.matmul(parts[2]).transposed([0, 2, 1, 3]).reshaped(to: [1, 12, 8]) + tokens
      return ["y": (s / "d").conv(result.transposed([0, 2, 1]).reshaped(to: [1, 8, 4, 3]), to: 5, kernel: 3)]
    },
    .init("samples at positions of a convolution", [3, 6, 5]) { x, s in
      let steps = (s / "c").conv(x, to: 2, kernel: 3).unary(.tanh) * 1.5
      return ["y": (s / "d").conv(x.sampled(at: steps.transposed([0, 2, 3, 1]), alignCorners: true), to: 4)]
    },
  ]

  /// Checks that every operator reads what was made before it, that tensors are made once, that constants are as large as their
  /// shapes, and that the ports have the graph's shapes.
  @discardableResult
  private static func check(_ bytes: [UInt8], _ graph: Graph, batch: Int) throws -> TFLiteFile {
    let file = try TFLiteFile(bytes)
    var made = Set(file.inputs)
    for (index, tensor) in file.tensors.enumerated() {
      guard let data = tensor.data else { continue }
      made.insert(index)
      #expect(data.count == tensor.scalars.byteCount * tensor.shape.reduce(1, *), "\(tensor.name)")
      #expect(data.lowerBound.isMultiple(of: 16), "\(tensor.name)")
    }
    for node in file.nodes {
      #expect(node.inputs.allSatisfy(made.contains), "\(node.operation) reads what is not there")
      let scalars = node.inputs.map { file.tensors[$0].scalars }
      switch node.operation {
      case .gather: #expect(scalars == [.float32, .int32])
      case .reshape: #expect(scalars == [file.tensors[node.outputs[0]].scalars, .int32])
      default: break
      }
      #expect(node.outputs.count == 1 && made.insert(node.outputs.first ?? -1).inserted, "\(node.operation)")
    }
    #expect(made == Set(file.tensors.indices) && Set(file.tensors.map(\.name)).count == file.tensors.count)
    for (ports, tensors, named) in [
      (graph.inputs, file.inputs, file.signature.inputs), (graph.outputs, file.outputs, file.signature.outputs),
    ] {
      #expect(file.signature.key == "serving_default" && ports.count == tensors.count && ports.count == named.count)
      for (port, tensor) in zip(ports, tensors) {
        let value = graph.values[port.value]
        let shape = value.isBatched ? [batch] + value.shape.dropFirst() : value.shape
        #expect(named[port.name] == tensor && made.contains(tensor))
        #expect(file.tensors[tensor].shape == (shape.count == 4 ? [0, 2, 3, 1].map { shape[$0] } : shape))
        #expect(file.tensors[tensor].data == nil)
      }
    }
    return file
  }
}
