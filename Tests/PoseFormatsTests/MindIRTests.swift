import Foundation
import PoseConfiguration
import PoseEngine
import PoseGraph
import TestSupport
import Testing

@testable import PoseFormats

/// What is written as MINDIR is a whole program whose shapes are the graph's. With `POSE_MINDIR_CASES` a folder, the files of the
/// operators and what the engine computes are left there, for `Benchmarks/check_formats.py mindir --cases` to ask MindSpore.
@Suite("MINDIR")
struct MindIRTests {
  @Test("every operator becomes a whole program", arguments: ONNXOperatorTests.cases)
  func operators(_ operatorCase: ONNXOperatorCase) throws {
    let graph = try Graph(operatorCase.name, input: operatorCase.input, operatorCase.build)
    let checkpoint = WeightRecipe.checkpoint(for: graph)
    let bytes = try graph.mindIR(checkpoint, batch: 3)
    try Self.check(bytes, graph, batch: 3)
    guard let folder = ProcessInfo.processInfo.environment["POSE_MINDIR_CASES"] else { return }
    let index = ONNXOperatorTests.cases.firstIndex { $0.testDescription == operatorCase.testDescription } ?? 0
    let stem = URL(filePath: folder).appending(path: "\(index)").path
    let input = try WeightRecipe.input(shape: [3] + operatorCase.input)
    var archive = NumpyArchive()
    archive["input"] = input
    for output in try Engine(graph, checkpoint, threads: 1)(input) { archive["output:" + output.name] = output.tensor }
    try FileBytes.write(bytes, to: stem + ".mindir")
    try FileBytes.write(try archive.bytes(), to: stem + ".npz")
    try FileBytes.write(Array(operatorCase.testDescription.utf8), to: stem + ".txt")
  }

  @Test(
    "a network becomes a whole program with its metadata",
    arguments: ["litehrnet_18_coco_256x192", "rtmpose_t_coco_256x192", "movenet_fire717_coco_192x192"])
  func networks(_ name: String) throws {
    let graph = try Zoo.configuration(named: name).graph()
    var checkpoint = WeightRecipe.checkpoint(for: graph)
    checkpoint.metadata = ["config": "{}"]
    let model = try Self.check(try graph.mindIR(checkpoint), graph, batch: 1)
    let texts = Dictionary(model.userInfo.map { ($0.key, $0.value) }) { first, _ in first }
    #expect(texts == ["config": "{}", "outputs": graph.outputs.map(\.name).joined(separator: ",")])
  }

  @Test("batches out of range and weights of another network are refused")
  func refusals() throws {
    let graph = try Graph("one", input: [3, 4, 4]) { x, s in ["y": (s / "c").conv(x, to: 2)] }
    let checkpoint = WeightRecipe.checkpoint(for: graph)
    for batch in [0, -1, 4097] {
      #expect(throws: MindIRError.batch(batch)) { try graph.mindIR(checkpoint, batch: batch) }
    }
    #expect(throws: CheckpointMismatch.self) { try graph.mindIR(Checkpoint()) }
  }

  /// Checks that every node reads what was made before it, that names are unique, and that shapes are the graph's.
  @discardableResult
  private static func check(_ bytes: [UInt8], _ graph: Graph, batch: Int) throws -> MindIRModelProto {
    let model = try MindIRModelProto(serializedBytes: bytes)
    let primitives = Set(model.primitives.map { "REF::\($0.name)" })
    var made = Set(model.graph.input.map(\.name) + model.graph.parameter.map(\.name))
    #expect(made.count == model.graph.input.count + model.graph.parameter.count)
    var shapes: [String: [Int64]] = [:]
    for node in model.graph.node {
      #expect(node.input.allSatisfy(made.contains), "\(node.name) reads what is not there")
      #expect(node.output.count == 1 && made.insert(node.output.first ?? "").inserted, "\(node.name)")
      #expect(node.opType == "Constant" || primitives.contains(node.opType), "\(node.opType)")
      if node.opType != "Constant", let type = node.attribute.first, type.type == .tensors {
        shapes[node.output[0]] = type.tensors[0].dims
      }
    }
    for tensor in model.graph.parameter {
      #expect(tensor.rawData.count == 4 * Int(tensor.dims.reduce(1, *)), "\(tensor.name)")
    }
    let expected = graph.outputs.map { port -> [Int64] in
      let value = graph.values[port.value]
      return (value.isBatched ? [batch] + value.shape.dropFirst() : value.shape).map(Int64.init)
    }
    let output = try #require(model.graph.output.first)
    if expected.count == 1 {
      #expect(output.tensor.map(\.dims) == expected && shapes[output.name] == expected[0])
    } else {
      #expect(output.attrInfo.values.flatMap(\.tensors).map(\.dims) == expected)
    }
    return model
  }
}
