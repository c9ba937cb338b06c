import Foundation
import PoseCore
import PoseEngine
import PoseImage
import Testing

@testable import PoseFormats
@testable import PoseGraph

/// Every operator is written as operations of Core ML's iOS 16 operator set. With `POSE_COREML_CASES` a folder, the packages
/// and what the engine computes are left there, for `Benchmarks/check_coreml.py --cases` to compute too.
struct CoreMLOperatorTests {
  private static let cases = ONNXOperatorTests.cases + manyAxes + transposed

  @Test("an operator is written with the network's shapes", arguments: cases)
  func written(_ operatorCase: ONNXOperatorCase) throws {
    let graph = try Graph(operatorCase.name, input: operatorCase.input, operatorCase.build)
    let checkpoint = WeightRecipe.checkpoint(for: graph)
    for precision in Checkpoint.FloatType.allCases {
      let package = try graph.coreML(checkpoint, CoreMLOptions(precision: precision, input: .tensor(largestBatch: 3)))
      let program = try CoreMLProgramReader(package)
      for (port, feature) in zip(graph.outputs, program.model.description_p.output) {
        let value = graph.values[port.value]
        let shape = value.shape.enumerated().map { $0 == 0 && value.isBatched ? nil : Optional($1) }
        #expect(program.shape(of: feature.name) == shape, "\(port.name)")
      }
      // Results are of the program's precision, but for shapes and what leaves the program.
      let results = program.operations.filter { !["const", "shape", "identity"].contains($0.type) }
      let scalars = Set(
        results.dropLast(precision == .float16 ? graph.outputs.count : 0).flatMap(\.outputs).map {
          $0.type.tensorType.dataType
        }
      ).subtracting([.int32])
      // Positions have a precision of their own.
      let samples = program.operations.contains { $0.type == "resample" }
      #expect(samples || scalars.isSubset(of: [precision == .float16 ? .float16 : .float32]))
      let batched = try graph.coreML(checkpoint, CoreMLOptions(precision: precision, input: .tensor(largestBatch: 1)))
      let fixed = try CoreMLProgramReader(batched)
      #expect(
        fixed.types.values.allSatisfy {
          $0.dimensions.allSatisfy { $0.dimension.map { if case .constant = $0 { true } else { false } } ?? false }
        })
      try leave(package, graph, checkpoint, precision, for: operatorCase)
    }
  }

  @Test("float16 programs compute positions in float32, from what layers make in float16")
  func positions() throws {
    let graph = try Graph("net", input: [3, 8, 6]) { x, s in
      let steps = (s / "offset").conv(x, to: 2, kernel: 3).transposed([0, 2, 3, 1])
      let grid = s.constant([Float](repeating: 0.25, count: 96), shape: [1, 8, 6, 2])
      return ["y": x.sampled(at: steps * 0.125 + grid, alignCorners: false), "steps": steps]
    }
    let program = try CoreMLProgramReader(graph.coreML(WeightRecipe.checkpoint(for: graph)))
    let sample = try #require(program.operations.first { $0.type == "resample" })
    func type(_ parameter: String) -> CoreMLDataType? {
      sample.inputs[parameter]?.arguments.first.flatMap { program.types[$0.name]?.dataType }
    }
    #expect(type("x") == .float16 && type("coordinates") == .float32)
    let convolution = try #require(program.operations.first { $0.type == "conv" })
    #expect(convolution.outputs[0].type.tensorType.dataType == .float16)
    #expect(
      program.operations.filter { ["mul", "add"].contains($0.type) }.allSatisfy {
        $0.outputs[0].type.tensorType.dataType == .float32
      })
  }

  private func leave(
    _ package: CoreMLPackage, _ graph: Graph, _ checkpoint: Checkpoint, _ precision: Checkpoint.FloatType,
    for operatorCase: ONNXOperatorCase
  ) throws {
    guard let folder = ProcessInfo.processInfo.environment["POSE_COREML_CASES"] else { return }
    let index = Self.cases.firstIndex { $0.testDescription == operatorCase.testDescription } ?? 0
    let stem = URL(filePath: folder).appending(path: "\(index)-\(precision.rawValue)").path
    try package.write(to: stem + ".mlpackage")
    var archive = NumpyArchive()
    let input = try WeightRecipe.input(shape: [3] + operatorCase.input)
    archive["input"] = input
    for output in try Engine(graph, checkpoint, threads: 1)(input) { archive["output:" + output.name] = output.tensor }
    try FileBytes.write(try archive.bytes(), to: stem + ".npz")
    try FileBytes.write(Array("\(precision.rawValue) \(operatorCase.testDescription)".utf8), to: stem + ".txt")
  }

  static let manyAxes: [ONNXOperatorCase] = [
    .init("windows", [4, 6, 5]) { x, _ in
      let windows = x.reshaped(to: [1, 2, 2, 3, 2, 5]).transposed([0, 1, 3, 2, 4, 5])
      return [
        "y": windows.reshaped(to: [1, 6, 4, 5]), "z": (windows.unary(.abs) * 2 + windows).reshaped(to: [1, 120]),
      ]
    },
    .init("all of seven axes reversed", [4, 6, 15]) { x, _ in
      ["y": x.reshaped(to: [1, 2, 2, 3, 2, 5, 3]).transposed([0, 6, 5, 4, 3, 2, 1]).reshaped(to: [1, 15, 24])]
    },
    .init("seven axes in some order, one of extent 1", [4, 6, 15]) { x, _ in
      ["y": x.reshaped(to: [1, 4, 1, 3, 2, 5, 3]).transposed([0, 3, 6, 2, 1, 5, 4]).reshaped(to: [1, 9, 40])]
    },
    .init("slices of six axes", [4, 6, 4]) { x, _ in
      let parts = x.reshaped(to: [1, 2, 2, 3, 2, 4])
      return [
        "inner": parts.slice(axis: 3, 1..<3).reshaped(to: [1, 4, 16]),
        "last": parts.slice(axis: 5, 0..<4, step: 2).reshaped(to: [1, 24, 2]),
        "first": parts.slice(axis: 1, 1..<2).reshaped(to: [1, 12, 4]),
      ]
    },
  ]

  static let transposed: [ONNXOperatorCase] = [
    .init("transposed convolution without padding whose output is padded", [4, 5, 6]) { x, s in
      [
        "y": (s / "t").transposedConv(
          x, to: 4, kernel: 3, stride: 2, padding: 0, outputPadding: 1, groups: 2, bias: true)
      ]
    }
  ]
}
