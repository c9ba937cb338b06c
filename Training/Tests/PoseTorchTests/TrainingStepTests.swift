import PoseGraph
import Testing
import TrainingTestSupport

@testable import PoseTorch

/// What surrounds a step, on a small network with every kind of layer that training treats specially. One by one: they
/// share the random numbers that dropout draws.
@Suite(.serialized)
struct TrainingStepTests {
  static func graph(dropout: Float = 0.2) throws -> Graph {
    try Graph("small", input: [3, 16, 12]) { image, scope in
      var x = (scope / "stem" / "bn").batchNorm((scope / "stem" / "conv").conv(image, to: 8, kernel: 3, stride: 2))
        .relu()
      for block in 0..<3 {
        let here = scope / "blocks" / block
        var y = (here / "conv").conv(x, to: 8, kernel: 3)
        y = (here / "bn").batchNorm(y, updates: 2)
        y = (here / "drop").dropout(y, rate: dropout, of: [.scalar, .sample, .channel][block])
        x = (x + y).relu().channelShuffle(groups: 2)
      }
      return ["heatmaps": (scope / "head").conv(x, to: 4, bias: true)]
    }
  }

  struct Training {
    let step: TrainingStep
    var network: TrainableNetwork { step.network }

    init(
      _ options: TrainingStep.Options = .init(), rule: Optimizer.Rule = .sgd(momentum: 0.9), dropout: Float = 0.2,
      device: Device = .cpu
    ) throws {
      let graph = try TrainingStepTests.graph(dropout: dropout)
      let network = try TrainableNetwork(graph, WeightRecipe.checkpoint(for: graph), device: device)
      let optimizer = try Optimizer(rule, groups: ParameterGroup.groups(network.parameters))
      step = TrainingStep(network, loss: JointsMSE(), optimizer: optimizer, options: options)
    }

    func run(_ steps: Int = 3, samples: Int = 4, rate: Double = 1e-2) throws -> [Double] {
      try LibTorch.seed(7)
      return try (0..<steps).map { index in
        try step(TrainingStepTests.batch(index, samples: samples), rate: rate).loss.item()
      }
    }
  }

  static func batch(_ index: Int, samples: Int, device: Device = .cpu) throws -> TrainingBatch {
    let input = try WeightRecipe.input(shape: [samples, 3, 16, 12], name: "image\(index)")
    let target = try WeightRecipe.input(shape: [samples, 4, 8, 6], name: "target\(index)", amplitude: 1)
    return TrainingBatch(
      input: try TorchTensor(input, device: device), targets: [try TorchTensor(target, device: device)],
      weights: try TorchTensor.full([samples, 4], 1).to(device))
  }

  @Test("keeping only part of the values changes nothing, dropout and statistics included", arguments: [2, 3, 100])
  func recomputes(_ segments: Int) throws {
    var options = TrainingStep.Options()
    let whole = try Training(options)
    options.checkpointingSegments = segments
    let parts = try Training(options)
    #expect(try whole.run() == parts.run())
    #expect(try whole.network.checkpoint() == parts.network.checkpoint())
  }

  @Test(
    "dropout drops numbers, channels or samples as a whole and scales the others up", arguments: DropoutUnit.allCases)
  func dropout(_ unit: DropoutUnit) throws {
    let graph = try Graph("dropout", input: [8, 6, 5]) { x, scope in
      ["y": (scope / "drop").dropout(x, rate: 0.25, of: unit)]
    }
    let network = try TrainableNetwork(graph, WeightRecipe.checkpoint(for: graph))
    let ones = try TorchTensor.full([16, 8, 6, 5], 1)
    try LibTorch.seed(7)
    let (trained, plain) = try withoutGradients {
      (try network(ones, isTraining: true)[0].floats(), try network(ones, isTraining: false)[0].floats())
    }
    #expect(plain.allSatisfy { $0 == 1 })
    let size = [.scalar: 1, .channel: 30, .sample: 240][unit] ?? 0
    let units = stride(from: 0, to: trained.count, by: size).map { Set(trained[$0..<$0 + size]) }
    #expect(units.allSatisfy { $0.count == 1 && ($0.contains(0) || abs(($0.first ?? 0) - 4 / 3) < 1e-6) })
    // Within four standard deviations of a quarter.
    let (count, dropped) = (Double(units.count), Double(units.count { $0 == [0] }))
    #expect((dropped - 0.25 * count).magnitude < 4 * (count * 0.25 * 0.75).squareRoot() && dropped > 0)
  }

  @Test(
    "fewer bits give nearly the same losses",
    arguments: [MixedPrecision.bfloat16, .float16(.adaptive(first: 0x1p8)), .float16(.fixed(0x1p8))])
  func mixedPrecision(_ precision: MixedPrecision) throws {
    var options = TrainingStep.Options()
    let exact = try Training(options).run()
    options.precision = precision
    let training = try Training(options)
    for (loss, expected) in zip(try training.run(), exact) {
      #expect((loss - expected).magnitude < 0.05 * expected)
      #expect(loss != expected)
    }
    #expect(training.network.parameters.allSatisfy { $0.tensor.type == .float32 || $0.tensor.type == .int64 })
  }

  @Test("a gradient that is not finite changes no weight and halves the scale")
  func overflow() throws {
    var options = TrainingStep.Options()
    options.precision = .float16(.adaptive(first: 0x1p8, patience: 2))
    let training = try Training(options)
    let before = try training.network.parameters.filter(\.isTrainable).map { try $0.tensor.floats() }
    var batch = try Self.batch(0, samples: 2)
    batch.targets = [try TorchTensor.full([2, 4, 8, 6], .infinity)]
    #expect(try !training.step(batch, rate: 1e-2).isUpdate)
    #expect(training.step.lossScale?.value == 0x1p7)
    #expect(try training.network.parameters.filter(\.isTrainable).map { try $0.tensor.floats() } == before)
    _ = try training.run(2)
    #expect(training.step.lossScale?.value == 0x1p8)
    let fixed = LossScale(.fixed())
    fixed.adapt(false)
    #expect(fixed.value == 0x1p16)
  }

  @Test("batches that are added up make one update of their mean gradient")
  func accumulates() throws {
    var options = TrainingStep.Options()
    options.accumulation = 2
    let training = try Training(options)
    let before = try training.network.checkpoint()
    #expect(try !training.step(Self.batch(0, samples: 2), rate: 1e-2).isUpdate)
    #expect(try training.network.checkpoint()["head.weight"] == before["head.weight"])
    let gradient = try #require(training.network.parameters.last?.tensor.gradient)
    let half = try gradient.floats()
    let plain = try Training()
    try LibTorch.seed(7)
    _ = try plain.step.addGradients(of: Self.batch(0, samples: 2), leavesOutNonFinite: false)
    let whole = try #require(plain.network.parameters.last?.tensor.gradient).floats()
    // Dropout draws anew, so only the scale is compared.
    #expect(half.count == whole.count)
    #expect(try training.step(Self.batch(1, samples: 2), rate: 1e-2).isUpdate)
    #expect(training.step.optimizer.steps == 1)
  }

  @Test("frozen layers keep their weights and statistics")
  func freezes() throws {
    let graph = try Self.graph()
    let network = try TrainableNetwork(graph, WeightRecipe.checkpoint(for: graph))
    try network.freeze(["stem", "blocks.0"])
    let groups = ParameterGroup.groups(network.parameters)
    let step = TrainingStep(network, loss: JointsMSE(), optimizer: try Optimizer(.adam(), groups: groups))
    let before = try network.checkpoint()
    _ = try step(Self.batch(0, samples: 2), rate: 1e-2)
    let after = try network.checkpoint()
    for name in before.names {
      let isFrozen = name.hasPrefix("stem.") || name.hasPrefix("blocks.0.")
      #expect((before[name] == after[name]) == isFrozen, "\(name)")
    }
    #expect(throws: LibTorchError.self) { try network.freeze(["stage9"]) }
    try network.freeze(["blocks", "head"])
    #expect(throws: LibTorchError.self) {
      try Optimizer(.adam(), groups: ParameterGroup.groups(network.parameters))
    }
  }

  @Test("norms that hold their statistics compute in training what they do without, and learn their weights")
  func holdsStatistics() throws {
    let training = try Training(dropout: 0)
    let network = training.network
    network.holdsNormStatistics = true
    let batch = try Self.batch(0, samples: 2)
    let trained = try network(batch.input, isTraining: true)[0].floats()
    let evaluated = try network(batch.input, isTraining: false)[0].floats()
    #expect(zip(trained, evaluated).allSatisfy { abs($0 - $1) < 1e-5 })
    let before = try network.checkpoint()
    _ = try training.run(1)
    let after = try network.checkpoint()
    for parameter in network.parameters {
      #expect((before[parameter.name] == after[parameter.name]) != parameter.isTrainable, "\(parameter.name)")
    }
  }

  @Test("an average moves towards the weights by its momentum")
  func averages() throws {
    let training = try Training()
    let average = try MovingAverage(of: training.network, momentum: 0.25)
    training.step.average = average
    let before = try #require(training.network.checkpoint()["head.weight"]).floats
    _ = try training.run(1)
    let after = try #require(training.network.checkpoint()["head.weight"]).floats
    let expected = zip(before, after).map { $0 + 0.25 * ($1 - $0) }
    #expect(worstDifference(try #require(average.checkpoint()["head.weight"]).floats, expected) < 1e-6)
    let other = try MovingAverage(of: training.network)
    try other.restore(average.checkpoint(), steps: average.steps)
    #expect(other.steps == 1)
    #expect(try other.checkpoint() == average.checkpoint())
  }

  @Test("a wrong input or layer is an error with its path")
  func errors() throws {
    let training = try Training()
    var batch = try Self.batch(0, samples: 2)
    batch.input = try TorchTensor.zeros([2, 3, 16, 16])
    let error = #expect(throws: LibTorchError.self) { try training.step(batch, rate: 1) }
    #expect(error?.description == "run: the network takes N x 3 x 16 x 12, not 2 x 3 x 16 x 16")
    batch.input = try TorchTensor.zeros([2, 3, 16, 12], type: .int64)
    let inside = #expect(throws: LibTorchError.self) { try training.step(batch, rate: 1) }
    #expect(inside?.layer == "stem.conv")
  }

  @Test("steps on the CPU are not recorded")
  func recordsOnlyOnCUDA() throws {
    let step = try Training().step
    let error = #expect(throws: LibTorchError.self) { try CUDAGraphStep(step, example: Self.batch(0, samples: 2)) }
    #expect(error?.reason.contains("CUDA") == true)
  }

  @Test(
    "a step on CUDA is the step on the CPU, recorded or not",
    .enabled(if: Device.cudaCount > 0, "skipped: no CUDA here (name a LibTorch with CUDA in LIBTORCH)"))
  func cuda() throws {
    let cpu = try Training(dropout: 0).step
    let cuda = try Training(dropout: 0, device: .cuda()).step
    let recorded = try CUDAGraphStep(cuda, example: Self.batch(0, samples: 4, device: .cuda()))
    for index in 0..<6 {
      let expected = try cpu(Self.batch(index, samples: 4), rate: 1e-2).loss.item()
      let batch = try Self.batch(index, samples: 4, device: .cuda())
      let loss = try (index % 2 == 0 ? recorded(batch, rate: 1e-2) : cuda(batch, rate: 1e-2)).loss.item()
      // Convolutions on CUDA multiply float32 with ten bits behind the point (TF32).
      #expect((loss - expected).magnitude < 2e-3 * expected, "step \(index): \(loss), not \(expected)")
    }
  }
}
