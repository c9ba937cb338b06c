import Foundation
import PoseGraph
import Testing

@testable import PoseTorch

/// What a student learns from its teacher by, and what it starts with.
@Suite(.serialized)
struct DistillationTests {
  /// A depthwise and a 1x1 convolution with norms, and a head with a bias.
  static func graph(_ name: String = "filter") throws -> Graph {
    try Graph("small", input: [4, 12, 8]) { image, scope in
      let filter = scope / "block" / name
      var x = (filter / "bn").batchNorm((filter / "conv").conv(image, to: 4, kernel: 3, groups: 4))
      x = (scope / "mix" / "bn").batchNorm((scope / "mix" / "conv").conv(x, to: 6)).relu()
      return ["heatmaps": (scope / "head").conv(x, to: 3, bias: true)]
    }
  }

  static func network(_ graph: Graph, seed: UInt64? = nil) throws -> TrainableNetwork {
    try TrainableNetwork(graph, seed.map(graph.initialized) ?? WeightRecipe.checkpoint(for: graph))
  }

  static func input(_ samples: Int = 8, _ name: String = "input") throws -> TorchTensor {
    try TorchTensor(WeightRecipe.input(shape: [samples, 4, 12, 8], name: name))
  }

  static func difference(_ a: TorchTensor, _ b: TorchTensor) throws -> Float {
    zip(try a.floats(), try b.floats()).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test("a student like its teacher has no loss, one that says nothing the sum of what counts")
  func loss() throws {
    let maps = try TorchTensor(WeightRecipe.input(shape: [2, 3, 4, 4]))
    let feature = try TorchTensor(WeightRecipe.input(shape: [2, 5, 2, 2], name: "feature"))
    let weights = try TorchTensor.full([2, 3, 1], 1)
    let loss = DistillationLoss(labelWeight: 0.25, featureWeight: 0.5)
    #expect(try loss([maps, feature], [maps, maps, feature], weights: weights).item() == 0)
    let silent = try [maps, feature].map { try TorchTensor.zeros($0.shape) }
    #expect(abs(try loss(silent, [maps, maps, feature], weights: weights).item() - 1.75) < 1e-4)
    #expect(throws: LibTorchError.self) { try loss([maps, feature], [maps, maps], weights: weights) }
  }

  @Test("renewed statistics change nothing in evaluation, and let training see the same network")
  func statistics() throws {
    let network = try Self.network(Self.graph())
    let input = try Self.input()
    let before = try withoutGradients { try network(input, isTraining: false)[0] }
    try network.renewNormStatistics(on: [input])
    let after = try withoutGradients { try network(input, isTraining: false)[0] }
    let trained = try withoutGradients { try network(input, isTraining: true)[0] }
    #expect(try Self.difference(before, after) < 1e-4)
    #expect(try Self.difference(before, trained) < 1e-3)
    #expect(throws: LibTorchError.self) { try network.renewNormStatistics(on: []) }
    #expect(throws: LibTorchError.self) { try network.renewNormStatistics(on: [TorchTensor.zeros([1, 3, 12, 8])]) }
  }

  @Test("a network that took a batch's statistics evaluates it as training sees it")
  func takenStatistics() throws {
    let network = try Self.network(Self.graph())
    let input = try Self.input()
    let evaluated = try withoutGradients { try network(input, isTraining: false)[0] }
    try network.takeNormStatistics(from: [input])
    let after = try withoutGradients { try network(input, isTraining: false)[0] }
    let trained = try withoutGradients { try network(input, isTraining: true)[0] }
    #expect(try Self.difference(after, trained) < 1e-4)
    #expect(try Self.difference(after, evaluated) > 1e-3)
    #expect(throws: LibTorchError.self) { try network.takeNormStatistics(from: []) }
  }

  @Test("fitted to a teacher of its own kind, a student gives the same")
  func fits() throws {
    let teacher = try Self.network(Self.graph())
    let student = try Self.network(Self.graph(), seed: 3)
    let input = try Self.input(16)
    try student.fitLayers(to: teacher, on: input, ridge: 1e-6)
    let other = try Self.input(4, "other")
    let (a, b) = try withoutGradients {
      (try teacher(other, isTraining: false)[0], try student(other, isTraining: false)[0])
    }
    #expect(try Self.difference(a, b) < 0.02)
  }

  @Test("a layer that the teacher has not is fitted to the counterpart that is named")
  func counterparts() throws {
    let teacher = try Self.network(Self.graph("old"))
    let student = try Self.network(Self.graph("new"), seed: 3)
    let pattern = try NSRegularExpression(pattern: #"^(.*)\.new\..*"#)
    let counterpart = LayerCounterpart(layer: pattern, module: "$1.old")
    try student.fitLayers(to: teacher, counterparts: [counterpart], on: Self.input(16), ridge: 1e-6)
    let other = try Self.input(4, "other")
    let (a, b) = try withoutGradients {
      (try teacher(other, isTraining: false)[0], try student(other, isTraining: false)[0])
    }
    #expect(try Self.difference(a, b) < 0.02)
  }

  @Test("units that give nothing wake, and the network computes what it did until they learn")
  func wakes() throws {
    let graph = try Graph("gate", input: [4, 12, 8]) { image, scope in
      let gate = scope / "gate"
      let hidden = (gate / "conv1").conv(image, to: 5, bias: true).relu()
      return ["heatmaps": (gate / "conv2").conv(hidden, to: 3, bias: true)]
    }
    let fresh = graph.initialized(seed: 3)
    var weights = WeightRecipe.checkpoint(for: graph)
    let bias = try #require(weights["gate.conv1.bias"])
    weights["gate.conv1.bias"] = try Tensor(shape: bias.shape, [-100, 0, -100, -100, 0])
    let network = try TrainableNetwork(graph, weights)
    let input = try Self.input()
    let before = try withoutGradients { try network(input, isTraining: false)[0] }
    #expect(throws: LibTorchError.self) { try network.wakeDormantUnits(of: "gate", with: Checkpoint(), on: input) }
    let units = try network.wakeDormantUnits(of: "gate", with: fresh, on: input)
    #expect(units == (3, 5))
    let after = try withoutGradients { try network(input, isTraining: false)[0] }
    #expect(try Self.difference(before, after) == 0)
    #expect(try network.wakeDormantUnits(of: "gate", with: fresh, on: input) == (0, 5))
    let output = try network(input, isTraining: true)[0]
    try ATen.mse_loss(output, ATen.zeros_like(output.detached()), reduction: 1).backward()
    let reader = try #require(network.parameters.first { $0.name == "gate.conv2.weight" }).tensor
    #expect(try #require(reader.gradient).floats().allSatisfy { $0 != 0 })
    #expect(throws: LibTorchError.self) { try network.wakeDormantUnits(of: "conv2", with: fresh, on: input) }
  }

  @Test("a batch in parts gives the gradients of the whole, and each time the same bits")
  func workers() throws {
    let graph = try Graph("plain", input: [4, 12, 8]) { image, scope in
      let x = (scope / "first").conv(image, to: 6, kernel: 3, bias: true).relu()
      return ["heatmaps": (scope / "head").conv(x, to: 3, bias: true)]
    }
    func trained(_ workers: Int) throws -> Checkpoint {
      let network = try Self.network(graph)
      var options = TrainingStep.Options()
      options.microbatches = workers
      let step = TrainingStep(
        network, loss: JointsMSE(),
        optimizer: try Optimizer(.sgd(momentum: 0.9), groups: ParameterGroup.groups(network.parameters)),
        options: options)
      for index in 0..<3 {
        let batch = TrainingBatch(
          input: try Self.input(6, "input\(index)"),
          targets: [try TorchTensor(WeightRecipe.input(shape: [6, 3, 12, 8], name: "target"))])
        let result = try step(batch, rate: 1e-2)
        #expect(result.outputs[0].shape == [6, 3, 12, 8])
      }
      return try network.checkpoint()
    }
    let (whole, halves) = (try trained(1), try trained(2))
    #expect(try trained(2) == halves)
    for name in whole.names {
      let difference = zip(whole[name]?.floats ?? [], halves[name]?.floats ?? []).map { abs($0 - $1) }.max() ?? 1
      #expect(difference < 1e-5, "\(name)")
    }
  }
}
