import Foundation
import PoseEngine
import SwiftProtobuf
import Testing

@testable import PoseFormats
@testable import PoseGraph

/// Detectors' files, with their suppression and without.
struct ONNXDetectorTests {
  typealias File = ONNXReaderTests.File

  static func node(
    _ type: String, _ inputs: [String], _ outputs: [String] = ["y"], _ attributes: [String: ONNXAttribute] = [:]
  ) -> ONNXNodeProto {
    ONNXReaderTests.node(type, inputs, outputs, attributes)
  }

  /// A file as MMDeploy writes it, of 12 places and one class: candidates are chosen and low scores set to zero before
  /// the suppression, and boxes are gathered behind it.
  static func deployed(
    nms attributes: [String: ONNXAttribute] = [:], outputs: [String] = ["dets", "labels"],
    _ change: (inout [ONNXNodeProto]) -> Void = { _ in }
  ) -> File {
    var nodes = [
      node("Reshape", ["x", "shape"], ["all"]),
      node("ReduceMax", ["all"], ["most"], ["axes": .integers([2])]), node("Sigmoid", ["most"], ["likely"]),
      node("ReduceMax", ["likely"], ["top"], ["axes": .integers([1]), "keepdims": .integer(0)]),
      node("Less", ["top", "limit"], ["low"]), node("Not", ["low"], ["high"]),
      node("Where", ["high", "likely", "zero"], ["marked"]),
      node("ReduceMax", ["marked"], ["best"], ["axes": .integers([-1]), "keepdims": .integer(0)]),
      node("TopK", ["best", "count"], ["values", "places"], ["axis": .integer(1)]),
      node("Flatten", ["all"], ["rows"], ["axis": .integer(2)]), node("Gather", ["rows", "places"], ["boxes"]),
      node("Flatten", ["marked"], ["marks"], ["axis": .integer(2)]), node("Gather", ["marks", "places"], ["chosen"]),
      node("Transpose", ["chosen"], ["scores"], ["perm": .integers([0, 2, 1])]),
      node("NonMaxSuppression", ["boxes", "scores", "count", "overlap", "limit"], ["selected"], attributes),
      // The best nine, or all if there are fewer.
      node("Shape", ["selected"], ["found"]), node("Less", ["nine", "found"], ["isMore"]),
      node("Where", ["isMore", "nine", "found"], ["kept"]),
      node("TopK", ["selected", "kept"], ["last", "order"], ["axis": .integer(1)]),
      node("Gather", ["boxes", "order"], ["dets"]), node("Gather", ["scores", "order"], ["labels"]),
    ]
    change(&nodes)
    var file = File(version: 11, input: [1, 3, 4, 4])
      .integers("shape", [1, 12, 4]).integers("count", [5]).integers("nine", [9]).floats("zero", [1], [0]).floats(
        "limit", [1], [0.25]
      )
      .floats("overlap", [1], [0.75])
    file.model.graph.node = nodes
    file.model.graph.output = outputs.map { name in .with { $0.name = name } }
    return file
  }

  @Test("a file with its suppression inside is cut where its candidates can be computed")
  func cut() throws {
    let detector = try ONNXDetector(bytes: Self.deployed().bytes)
    #expect(
      detector.form == .suppressed(perClass: 5, limit: 9, overlap: 0.75, threshold: 0.25) && detector.classCount == 1)
    let graph = detector.model.graph
    #expect(graph.outputs.map(\.name) == ["boxes", "scores"])
    #expect(graph.outputs.map { graph.shape(of: $0.value) } == [[1, 12, 4], [1, 12, 1]])
    #expect(graph.nodes.count == 4)
  }

  @Test("what comes before the suppression can be had by name, and the rest is refused by name")
  func partOfFile() throws {
    let bytes = try Self.deployed().bytes
    #expect { try ONNXModel(bytes: bytes) } throws: { "\($0)".contains("a Less") && "\($0)".contains("not supported") }
    let model = try ONNXModel(bytes: bytes, outputs: ["likely", "all"])
    #expect(model.graph.outputs.map(\.name) == ["likely", "all"])
    #expect(model.graph.outputs.map { model.graph.shape(of: $0.value) } == [[1, 12, 1], [1, 12, 4]])
    try model.graph.check(model.checkpoint)
  }

  @Test("scores that come by classes are turned round")
  func turns() throws {
    let file = Self.deployed { nodes in
      nodes = [
        Self.node("Reshape", ["x", "shape"], ["all"]), Self.node("Sigmoid", ["all"], ["likely"]),
        Self.node("Transpose", ["likely"], ["scores"], ["perm": .integers([0, 2, 1])]),
        Self.node("NonMaxSuppression", ["all", "scores", "count", "overlap", "limit"], ["selected"]),
        Self.node("Gather", ["all", "selected"], ["dets"]), Self.node("Gather", ["scores", "selected"], ["labels"]),
      ]
    }
    let model = try ONNXDetector(bytes: file.bytes).model
    let input = try WeightRecipe.input(shape: [1, 3, 4, 4])
    let outputs = try Engine(model.graph, model.checkpoint, threads: 1)(input)
    #expect(outputs.map(\.tensor.shape) == [[1, 12, 4], [1, 12, 4]])
    for (score, number) in zip(outputs[1].tensor.floats, outputs[0].tensor.floats) {
      #expect(abs(score - 1 / (1 + exp(-number))) < 1e-6)
    }
  }

  @Test("an input that the file leaves open takes the size that is given, one that it fixes keeps its own")
  func sizes() throws {
    var open = Self.deployed()
    let dimensions = open.model.graph.input[0].type.tensorType.shape.dim.count
    for index in 2..<dimensions {
      open.model.graph.input[0].type.tensorType.shape.dim[index] = .with { $0.dimParam = "open" }
    }
    #expect { try ONNXDetector(bytes: open.bytes) } throws: { "\($0)".contains("[3, ?, ?]") }
    #expect(try ONNXDetector(bytes: open.bytes, openSize: [3, 4, 4]).model.graph.shape(of: 0) == [1, 3, 4, 4])
    #expect(try ONNXDetector(bytes: open.bytes, inputSize: [3, 2, 8]).model.graph.shape(of: 0) == [1, 3, 2, 8])
    let fixed = try Self.deployed().bytes
    #expect(try ONNXDetector(bytes: fixed, openSize: [3, 8, 8]).model.graph.shape(of: 0) == [1, 3, 4, 4])
    #expect(throws: ONNXError.self) { try ONNXDetector(bytes: fixed, inputSize: [3, 8, 8]) }
  }

  @Test("files that are no detectors of a known form are refused, and say why")
  func refuses() throws {
    let suppression = 14
    let faults: [(File, String)] = [
      (Self.deployed(outputs: ["boxes", "labels"]), "not dets and labels"),
      (Self.deployed(nms: ["center_point_box": .integer(1)]), "by their corners"),
      (Self.deployed { $0.append(Self.node("NonMaxSuppression", ["dets", "labels"], ["more"])) }, "2 NonMax"),
      (Self.deployed { $0[suppression].input[4] = "best" }, "input 4"),
      (Self.deployed { $0[suppression].input[3] = "count" }, "overlaps"),
      (Self.deployed { $0[suppression].input[0] = "scores" }, "takes boxes of"),
      (Self.deployed { $0[suppression].input = ["boxes"] }, "by their corners"),
      (Self.deployed { $0[suppression].input = ["boxes", "scores"] }, "keeps 0 boxes"),
      (Self.deployed { $0[0].opType = "Mystery" }, "Mystery"),
      // The candidates depend on each other in a circle.
      (Self.deployed { $0[12].input[0] = "scores" }, "feeds its suppression's 'scores'"),
      (Self.deployed { $0[suppression].input[1] = "nowhere" }, "nowhere"),
    ]
    for (file, words) in faults {
      #expect { try ONNXDetector(bytes: file.bytes) } throws: { "\($0)".contains(words) }
    }
    let plain = File(input: [1, 3, 8, 8], Self.node("Relu", ["x"]))
    #expect { try ONNXDetector(bytes: plain.bytes) } throws: { "\($0)".contains("its outputs are y of [1, 3, 8, 8]") }
    let gray = File(input: [1, 1, 8, 8], Self.node("Relu", ["x"]))
    #expect { try ONNXDetector(bytes: gray.bytes) } throws: { "\($0)".contains("3 x height x width") }
  }

  @Test("YOLOX's raw output becomes boxes, and one that is decoded already keeps its own", arguments: [false, true])
  func places(_ isDecoded: Bool) throws {
    // 32x32 pixels have 16, 4 and 1 places of strides 8, 16 and 32.
    let rows: [[Float]] = (0..<21).map { place in
      [0.5, 0.25, Float(place) / 10, 0, 0.5, Float(place) / 21, 0.75]
    }
    let last = isDecoded ? Self.node("Exp", ["sum"]) : Self.node("Identity", ["sum"])
    let numbers = rows.flatMap { isDecoded ? $0.map { log($0 + 1) } : $0 }
    let file = File(
      input: [1, 3, 32, 32], Self.node("ReduceMean", ["x"], ["mean"], ["axes": .integers([1, 2])]),
      Self.node("Slice", ["mean", "start", "end", "axis"], ["one"]), Self.node("Mul", ["one", "none"], ["nothing"]),
      Self.node("Reshape", ["nothing", "shape"], ["zero"]), Self.node("Add", ["zero", "numbers"], ["sum"]), last
    ).integers("start", [0]).integers("end", [1]).integers("axis", [3]).integers("shape", [1, 1, 1])
      .floats("none", [1], [0]).floats("numbers", [1, 21, 7], numbers)
    let detector = try ONNXDetector(bytes: file.bytes)
    #expect(detector.form == .places && detector.classCount == 2)
    let outputs = try Engine(detector.model.graph, detector.model.checkpoint, threads: 1)(
      WeightRecipe.input(shape: [1, 3, 32, 32]))
    let (boxes, scores) = (outputs[0].tensor.floats, outputs[1].tensor.floats)
    for (place, row) in rows.enumerated() {
      let stride: Float = place < 16 ? 8 : place < 20 ? 16 : 32
      let (first, columns) = place < 16 ? (0, 4) : place < 20 ? (16, 2) : (20, 1)
      let own = isDecoded ? row.map { $0 + 1 } : row
      var (x, y, width, height) = (own[0], own[1], own[2], own[3])
      if !isDecoded {
        x = (x + Float((place - first) % columns)) * stride
        y = (y + Float((place - first) / columns)) * stride
        (width, height) = (exp(width) * stride, exp(height) * stride)
      }
      let expected = [x - width / 2, y - height / 2, x + width / 2, y + height / 2]
      for (side, number) in expected.enumerated() { #expect(abs(boxes[4 * place + side] - number) < 1e-3, "\(place)") }
      for label in 0..<2 { #expect(abs(scores[2 * place + label] - own[4] * own[5 + label]) < 1e-5, "\(place)") }
    }
  }

  @Test("PicoDet's levels are known by their shapes")
  func distributions() throws {
    // 64x64 pixels have 64 places of stride 8 and 16 of stride 16.
    func file(_ shapes: [[Int64]]) -> File {
      var file = File(
        input: [1, 3, 64, 64], Self.node("ReduceMean", ["x"], ["mean"], ["axes": .integers([1, 2, 3])]),
        Self.node("Reshape", ["mean", "shape"], ["zero"])
      ).integers("shape", [1, 1, 1])
      for (index, shape) in shapes.enumerated() {
        let count = Int(shape.reduce(1, *))
        file = file.floats("n\(index)", shape, Array(repeating: 0.5, count: count))
        file.model.graph.node.append(Self.node("Add", ["zero", "n\(index)"], ["y\(index)"]))
      }
      file.model.graph.output = shapes.indices.map { index in .with { $0.name = "y\(index)" } }
      return file
    }
    let good: [[Int64]] = [[1, 64, 3], [1, 16, 3], [1, 64, 32], [1, 16, 32]]
    let detector = try ONNXDetector(bytes: file(good).bytes)
    #expect(detector.form == .distributions && detector.classCount == 3)
    #expect(detector.model.graph.outputs.map(\.name) == ["scores.0", "scores.1", "distances.0", "distances.1"])
    for (index, shape) in [(0, [1, 63, 3]), (1, [1, 16, 4]), (3, [1, 16, 30]), (2, [1, 64, 4])] as [(Int, [Int64])] {
      var bad = good
      bad[index] = shape
      #expect { try ONNXDetector(bytes: file(bad).bytes) } throws: { "\($0)".contains("no detector of a known form") }
    }
  }

  @Test("a damaged detector is an error or another network, never a crash")
  func corruption() throws {
    let corruption = Corruption(original: try Self.deployed().bytes)
    for bytes in corruption.damaged(5_000) {
      guard let detector = try? ONNXDetector(bytes: bytes, openSize: [3, 4, 4]) else { continue }
      try detector.model.graph.check(detector.model.checkpoint)
    }
  }
}
