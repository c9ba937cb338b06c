import PoseEngine
import Testing

@testable import PoseFormats
@testable import PoseGraph

/// Tensors of more axes than Core ML computes with are moved in parts, which must come to the same.
struct CoreMLMoveTests {
  @Test(
    "numbers come to the places where the engine has them",
    arguments: CoreMLOperatorTests.manyAxes + ONNXOperatorTests.moves.filter { $0.name == "channel shuffle" })
  func moved(_ operatorCase: ONNXOperatorCase) throws {
    let graph = try Graph(operatorCase.name, input: operatorCase.input, operatorCase.build)
    let package = try graph.coreML(
      WeightRecipe.checkpoint(for: graph), CoreMLOptions(precision: .float32, input: .tensor(largestBatch: 1)))
    let program = try CoreMLProgramReader(package)
    let shape = [1] + operatorCase.input
    let numbers = (0..<shape.reduce(1, *)).map { Float($0) - 50 }
    var values = [graph.inputs[0].name: (shape: shape, numbers: numbers)]
    for operation in program.operations where operation.type != "const" {
      let output = operation.outputs[0].name
      let sources = try ["x", "y"].compactMap { name -> (shape: [Int], numbers: [Float])? in
        guard let source = operation.inputs[name]?.arguments.first?.name else { return nil }
        return try values[source] ?? (shape: [], numbers: program.numbers(of: source))
      }
      let x = try #require(sources.first)
      let target = try #require(program.shape(of: output)).compactMap(\.self)
      values[output] = (target, try result(of: operation, x, sources.last?.numbers ?? [], target, in: program))
    }
    let outputs = try Engine(graph, WeightRecipe.checkpoint(for: graph), threads: 1)(Tensor(shape: shape, numbers))
    for (name, tensor) in outputs {
      #expect(values[name]?.shape == tensor.shape && values[name]?.numbers == tensor.floats, "\(name)")
    }
  }

  private func result(
    of operation: CoreMLOperation, _ x: (shape: [Int], numbers: [Float]), _ y: [Float], _ target: [Int],
    in program: CoreMLProgramReader
  ) throws -> [Float] {
    func binary(_ function: (Float, Float) -> Float) -> [Float] {
      x.numbers.indices.map { function(x.numbers[$0], y[y.count == 1 ? 0 : $0]) }
    }
    switch operation.type {
    case "reshape", "identity":
      #expect(x.numbers.count == target.reduce(1, *))
      return x.numbers
    case "abs": return x.numbers.map(\.magnitude)
    case "mul": return binary(*)
    case "add": return binary(+)
    case "transpose":
      let order = try program.integers(operation, "perm")
      return try Self.picked(x, target) { position in
        var source = position
        for (axis, from) in order.enumerated() { source[from] = position[axis] }
        return source
      }
    case "slice_by_index":
      let (begin, stride) = (try program.integers(operation, "begin"), try program.integers(operation, "stride"))
      return try Self.picked(x, target) { position in position.indices.map { begin[$0] + position[$0] * stride[$0] } }
    default:
      Issue.record("\(operation.type) is not computed here")
      return []
    }
  }

  /// The numbers at other places: `source` returns the position to take for each position.
  private static func picked(
    _ x: (shape: [Int], numbers: [Float]), _ target: [Int], _ source: ([Int]) -> [Int]
  ) throws -> [Float] {
    let strides = ONNXConstant.strides(of: target)
    return try (0..<target.reduce(1, *)).map { index in
      let position = target.indices.map { index / strides[$0] % target[$0] }
      let place = zip(source(position), ONNXConstant.strides(of: x.shape)).reduce(0) { $0 + $1.0 * $1.1 }
      try #require(x.numbers.indices.contains(place))
      return x.numbers[place]
    }
  }
}
