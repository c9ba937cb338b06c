import PoseConfiguration
import PoseCore
import PoseEngine
import PoseGraph
import Testing
import TrainingTestSupport

@testable import PoseTorch

/// The two executors mean the same by a graph.
struct AgreementTests {
  /// The first by name of those that share all parts: they differ in joints, input and how they are read.
  static let networks: [String] = {
    var seen: Set<[PartDescription?]> = []
    return Zoo.all.filter { seen.insert([$0.model.backbone, $0.model.neck, $0.model.head]).inserted }.map(\.name)
  }()

  @Test("the engine and LibTorch agree on every network", arguments: networks)
  func models(_ name: String) throws {
    let configuration = try Zoo.configuration(named: name).withSmallInput
    let graph = try configuration.graph()
    let image = graph.shape(of: graph.inputs[0].value).dropFirst()
    try expectAgreement(
      graph, WeightRecipe.checkpoint(for: graph, normGain: Self.gain(name)),
      WeightRecipe.input(shape: [2] + image), tolerance: 2e-5)
  }

  /// The activations of the deepest networks would leave the range of float32, and large ones would move deformable
  /// convolutions' samples by many pixels, where their rounding counts.
  private static func gain(_ name: String) -> Float {
    if name.contains("hrnet_30_") || name.contains("litehr30_") { return 0.5 }
    return ["adaptive_pose_", "cid_", "dekr_"].contains(where: name.hasPrefix) ? 0.35 : 1
  }

  @Test(
    "the engine and LibTorch agree on the part that looks at one person",
    arguments: ["cid_hrnet_w32_coco_512x512", "dekr_hrnet_w32_coco_512x512", "rtmo_s_coco_640x640"])
  func people(_ name: String) throws {
    let configuration = try Zoo.configuration(named: name).withSmallInput
    let graph = try #require(try configuration.personGraph(of: configuration.graph()))
    let input = graph.shape(of: graph.inputs[0].value).dropFirst()
    try expectAgreement(
      graph, WeightRecipe.checkpoint(for: graph), WeightRecipe.input(shape: [2] + input), tolerance: 2e-5)
  }

  @Test("the engine and LibTorch agree on every operator", arguments: OperatorExample.all)
  func operators(_ example: OperatorExample) throws {
    let graph = try Graph(example.name, input: example.input, example.build)
    try expectAgreement(
      graph, WeightRecipe.checkpoint(for: graph), WeightRecipe.input(shape: [2] + example.input), tolerance: 1e-5)
  }

  private func expectAgreement(_ graph: Graph, _ checkpoint: Checkpoint, _ input: Tensor, tolerance: Float) throws {
    let network = try TrainableNetwork(graph, checkpoint)
    let expected = try Engine(graph, checkpoint)(input)
    let outputs = try withoutGradients { try network(TorchTensor(input), isTraining: false) }
    for (output, expected) in zip(outputs, expected) {
      #expect(output.shape == expected.tensor.shape, "\(expected.name)")
      #expect(worstDifference(try output.floats(), expected.tensor.floats) < tolerance, "\(expected.name)")
    }
  }
}

/// A small network around one operator.
struct OperatorExample: Sendable, CustomTestStringConvertible {
  let name: String
  let input: [Int]
  let build: @Sendable (Value, Scope) -> GraphOutputs
  var testDescription: String { name }

  init(
    _ name: String, _ input: [Int] = [6, 9, 7],
    _ build: @escaping @Sendable (Value, Scope) -> GraphOutputs
  ) { (self.name, self.input, self.build) = (name, input, build) }

  static let all: [OperatorExample] =
    Unary.allCases.map { function in
      OperatorExample(function.rawValue) { x, _ in
        // Only positive numbers have logarithms and roots.
        ["y": (function == .log || function == .sqrt ? x.unary(.abs) + 0.01 : x * 3).unary(function)]
      }
    }
    + Binary.allCases.map { function in
      OperatorExample("\(function)") { x, scope in
        let table = scope.parameter("table.weight", shape: [6, 1, 7], .constant(0)).unary(.abs) + 0.5
        let y = x.unary(.abs) + 0.5
        return ["tensor": y.combined(function, table), "number": y.combined(function, 1.5)]
      }
    }
    + Reduction.allCases.map { reduction in
      OperatorExample("\(reduction)") { x, _ in
        ["kept": x.reduced(reduction, axes: [2, 3], keepsAxes: true), "dropped": x.reduced(reduction, axes: [1])]
      }
    } + layers + movements

  private static let layers: [OperatorExample] = [
    .init("convolution") { x, s in
      [
        "y": (s / "a").conv(
          x, to: 8, kernel: Size(height: 3, width: 2), stride: 2, padding: 1, dilation: 2, groups: 2, bias: true)
      ]
    },
    .init("convolution of sets") { x, s in ["y": (s / "a").conv(x, to: 4, sets: 3, kernel: 3)] },
    .init("transposed convolution") { x, s in
      [
        "y": (s / "a").transposedConv(
          x, to: 4, kernel: 4, stride: 3, padding: 1, outputPadding: 1, groups: 2, bias: true)
      ]
    },
    .init("norms and dense layers") { x, s in
      let y = (s / "linear").linear((s / "layer").layerNorm((s / "batch").batchNorm(x, epsilon: 1e-3)), to: 5)
      return [
        "y": (s / "drop").dropout(y, rate: 0.5).detached().dropped(rate: 0.1),
        "channels": (s / "channels").dropout(x, rate: 0.5, of: .channel),
        "path": (s / "path").dropout(x, rate: 0.5, of: .sample),
      ]
    },
    .init("products and softmax", [4, 5, 6]) { x, s in
      let weight = s.parameter("b.weight", shape: [6, 3], .constant(0))
      return ["y": x.matmul(x.transposed([0, 1, 3, 2])).softmax(axis: -1), "z": x.matmul(weight).softmax(axis: 1)]
    },
    .init("pools") { x, _ in
      [
        "max": x.pool(.init(.max, kernel: 3, stride: 2, padding: 1, roundsUp: true)),
        "average": x.pool(.init(.average, kernel: 3, stride: 2, padding: 1, countsPadding: false)),
        "adaptive": x.adaptiveAveragePool(to: Size(height: 4, width: 3)),
      ]
    },
    .init("resizes") { x, _ in
      [
        "nearest": x.resized(to: Size(height: 13, width: 11), .nearest),
        "corners": x.resized(to: 14, .bilinear(alignCorners: true)),
        "edges": x.resized(to: Size(height: 5, width: 20), .bilinear(alignCorners: false)),
      ]
    },
    .init("grid samples", [2, 5, 6]) { x, s in
      let grid = x.reduced(.mean, axes: [1]).reshaped(to: [1, 5, 3, 2])
      return ["corners": x.sampled(at: grid, alignCorners: true), "edges": x.sampled(at: grid, alignCorners: false)]
    },
  ]

  private static let movements: [OperatorExample] = [
    .init("shuffles, slices and joins") { x, s in
      let parts = x.split(axis: 1, into: 2)
      return [
        "shuffle": s.concat([parts[1].relu(), parts[0]]).channelShuffle(groups: 2),
        "step": x.slice(axis: 2, 1..<8, step: 3), "rows": s.concat([x, x * 2], axis: 3),
      ]
    },
    .init("padding and gathering") { x, _ in
      [
        "pad": x.padded(before: [0, 1, 2, 0], after: [0, 0, 1, 3], value: 0.5),
        "gather": x.gathered(axis: 2, indices: [8, 0, 0, 3]),
      ]
    },
    .init("parameters alone") { x, s in
      let table = s.parameter("table.weight", shape: [3, 14], .constant(0))
      return ["y": table.reshaped(to: [6, 7]).transposed([1, 0]), "sum": x + table.reshaped(to: [1, 6, 1, 7])]
    },
  ]
}
