import PoseConfiguration
import PoseCore
import PoseEngine
import TestSupport
import Testing

@testable import PoseFormats
@testable import PoseGraph

struct ONNXNetworkTests {
  /// What the way to ONNX and back keeps of a graph: every node in its order, with its operator, its module's path and the
  /// shapes that it reads and makes. Batch norms went into the convolutions before them, which thereby have a bias; even
  /// adaptive averages became plain ones; what brings a picture to the size that it has, or takes the whole of a value,
  /// is gone, and what is computed from parameters alone was computed.
  private func outline(_ graph: Graph) -> [String] {
    let norms = Set(
      graph.nodes.compactMap { node in
        if case .batchNorm = node.operation { node.inputs[0] } else { nil }
      })
    return graph.nodes.compactMap { node in
      guard graph.values[node.output].isBatched else { return nil }
      var operation: Operation
      switch node.operation {
      case .input, .batchNorm, .dropout, .detach: return nil
      case .resize, .adaptiveAveragePool, .reshape, .slice:
        if graph.shape(of: node.inputs[0]) == graph.shape(of: node.output) { return nil }
      default: break
      }
      switch node.operation {
      case .convolution(var convolution):
        convolution.hasBias = convolution.hasBias || norms.contains(node.output)
        operation = .convolution(convolution)
      case .transposedConvolution(var convolution, let padding):
        convolution.hasBias = convolution.hasBias || norms.contains(node.output)
        operation = .transposedConvolution(convolution, outputPadding: padding)
      case .pool(var pooling) where pooling.kind == .max:
        pooling.countsPadding = true
        operation = .pool(pooling)
      case .adaptiveAveragePool(let height, let width) where height * width > 1:
        let input = graph.shape(of: node.inputs[0])
        let window = Size(height: input[2] / height, width: input[3] / width)
        operation = .pool(Pooling(.average, kernel: window, stride: window))
      default: operation = node.operation
      }
      var inputs = node.inputs
      // A product with weights is a dense layer, whatever it was called.
      if operation == .matmul, let last = inputs.last, !graph.values[last].isBatched {
        operation = .linear
        inputs.removeLast()
      }
      return "\(node.path): \(operation) of \(inputs.map(graph.shape(of:))) is \(graph.shape(of: node.output))"
    }
  }

  /// One configuration of each backbone, neck and head; others differ in their codec or size alone. `make check-onnx` takes
  /// all of them through ONNX Runtime.
  private static let names: [String] = {
    var seen: Set<[String?]> = []
    return Zoo.all.filter { configuration in
      let model = configuration.model
      // HRNet's widths differ in numbers alone.
      let backbone = model.backbone.name.replacing("hrnet_w48", with: "hrnet_w32")
      return seen.insert([backbone, model.neck?.name, model.head.name]).inserted
    }.map(\.name)
  }()

  @Test("a network comes back from ONNX as it went", arguments: names)
  func roundTrip(_ name: String) throws {
    var configuration = try Zoo.configuration(named: name)
    // Networks of whole pictures take any size, and small ones are as good for this.
    if configuration.image.geometry != .crop { configuration.model.input = 128 }
    let graph = try configuration.graph()
    var checkpoint = WeightRecipe.checkpoint(for: graph, normGain: RecipeGain.of(name))
    checkpoint.metadata = ["config": try configuration.json(), "source": "recipe"]
    let bytes = try graph.onnx(checkpoint)
    let model = try ONNXModel(bytes: bytes)

    #expect(model.graph.name == graph.name)
    #expect(model.graph.inputs.map(\.name) == graph.inputs.map(\.name))
    #expect(model.graph.outputs.map(\.name) == graph.outputs.map(\.name))
    let lines = (before: outline(graph), after: outline(model.graph))
    #expect(lines.before.count == lines.after.count)
    for (before, after) in zip(lines.before, lines.after) where before != after {
      Issue.record("'\(before)' became '\(after)'")
      break
    }
    #expect(model.checkpoint.metadata == checkpoint.metadata)
    #expect(model.graph.parameters.allSatisfy { model.checkpoint[$0.name]?.shape == $0.shape })
    // Nothing is lost the second time. What parameters alone computed is named anew.
    if graph.nodes.allSatisfy({ graph.values[$0.output].isBatched }) {
      #expect(try model.graph.onnx(model.checkpoint) == bytes)
    }

    let input = try WeightRecipe.input(shape: graph.shape(of: graph.inputs[0].value))
    let before = try Engine(graph, checkpoint, threads: 2)(input)
    let after = try Engine(model.graph, model.checkpoint, threads: 2)(input)
    for (a, b) in zip(before, after) {
      let largest = a.tensor.floats.reduce(0) { max($0, $1.magnitude) }
      let worst = zip(a.tensor.floats, b.tensor.floats).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
      // Layers that each refine the last one's coordinates refine its rounding too.
      let limit: Float = name.hasPrefix("poseur") ? 5e-5 : 1e-5
      #expect(a.tensor.shape == b.tensor.shape && worst <= limit * largest, "differs by \(worst / largest)")
    }
  }
}
