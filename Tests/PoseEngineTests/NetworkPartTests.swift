import PoseConfiguration
import PoseCore
import PoseEngine
import PoseGraph
import Testing

@testable import PoseModels

/// Parts that the published configurations do not use, from recipe weights, beside PyTorch 2.11's numbers.
struct NetworkPartTests {
  @Test("coordinate attention equals the published code's")
  func coordinateAttention() throws {
    try expect(
      input: [32, 4, 6], step: 61,
      [
        -0.4014238, -0.1575105, 0.1223459, -0.09863958, -0.1458317, 0.003503918, -0.121853, 0.4164517, -0.3148307,
        -0.2465099, 0.02550797, -0.03894971, 0.5557374,
      ]
    ) { x, scope in CoordinateAttention(reduction: 2)(x, in: scope / "attention") }
  }

  @Test("the graph convolution over the skeleton equals the published code's")
  func skeletonConvolution() throws {
    try expect(
      input: [17, 6], step: 9,
      [
        -1.586038, 1.827711, 0.7443799, 0.3854553, -1.516577, -1.689435, -0.3099988, 0.1559743, -1.108843, -1.96285,
        -1.274947, -1.25216,
      ]
    ) { x, scope in SemanticGraphConvolution(.coco17)(x, in: scope / "graph") }
  }

  @Test("a table of positions is resized as PyTorch resizes it")
  func cubicResize() throws {
    let graph = try Graph("resize", input: [12, 2]) { x, scope in
      let resized = x.resizedCubically(Size(height: 4, width: 3), to: Size(height: 6, width: 5), in: scope)
      return ["y": resized]
    }
    let engine = try Engine(graph, Checkpoint())
    let input = try Tensor(shape: [1, 12, 2], (0..<24).map { Self.sines[$0] })
    let result = try engine(input)[0].tensor.floats
    for (index, expected) in [
      (0, -0.06004207), (1, 0.9285148), (13, 0.6598703), (22, 0.2883913), (37, -0.3543469), (59, -0.998372),
    ] as [(Int, Float)] {
      #expect(abs(result[index] - expected) < 1e-6, "\(index)")
    }
  }

  /// sin 0, sin 1, ..., sin 23.
  private static let sines: [Float] = [
    0, 0.84147098, 0.90929743, 0.14112001, -0.7568025, -0.95892427, -0.2794155, 0.6569866, 0.98935825, 0.41211849,
    -0.54402111, -0.99999021, -0.53657292, 0.42016704, 0.99060736, 0.65028784, -0.28790332, -0.96139749, -0.75098725,
    0.14987721, 0.91294525, 0.83665564, -0.00885131, -0.8462204,
  ]

  @Test("ViTPose's weights fit every input size")
  func viTPoseSizes() throws {
    func parameters(_ input: Size) throws -> [Parameter] {
      let network = NetworkDescription(
        backbone: "vitpose_small", head: "upsampling", joints: .coco17, input: input)
      return try ModelConfiguration(name: "vit", model: network).graph().parameters
    }
    let small = try parameters(Size(height: 256, width: 192))
    #expect(try parameters(Size(height: 384, width: 288)) == small)
    #expect(try parameters(Size(height: 128, width: 96)) == small)
  }

  @Test("heads with options make classes", arguments: ["simcc_coordinate_attention", "simcc_gated", "simcc_skeleton"])
  func options(_ head: String) throws {
    let network = NetworkDescription(backbone: "mobilenet_v2", head: PartDescription(head), joints: .coco17, input: 64)
    let graph = try ModelConfiguration(name: head, model: network).graph()
    let engine = try Engine(graph, WeightRecipe.checkpoint(for: graph))
    let results = try engine(WeightRecipe.input(shape: [1, 3, 64, 64]))
    #expect(results.map(\.tensor.shape) == [[1, 17, 128], [1, 17, 128]])
    #expect(results.allSatisfy { $0.tensor.floats.allSatisfy(\.isFinite) })
  }

  @Test("Dite-HRNet's parameters are as many as the published code's")
  func diteHRNet() throws {
    #expect(try Zoo.configuration(named: "ditehrnet_18_coco_256x192").graph().cost.parameters == 1_186_933)
  }

  private func expect(
    input: [Int], step: Int, _ expected: [Float], _ build: (Value, Scope) -> Value
  ) throws {
    let graph = try Graph("part", input: input) { x, scope in ["y": build(x, scope)] }
    let engine = try Engine(graph, WeightRecipe.checkpoint(for: graph))
    let floats = try engine(WeightRecipe.input(shape: [1] + input))[0].tensor.floats
    let ours = stride(from: 0, to: floats.count, by: step).map { floats[$0] }
    #expect(ours.count == expected.count)
    #expect((zip(ours, expected).map { abs($0 - $1) }.max() ?? .infinity) < 1e-5)
  }
}
