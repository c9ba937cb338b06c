import PoseGraph
import Testing
import TrainingTestSupport

@testable import PoseTorch

/// Optimisers and schedules alone, against the published code's sequences.
struct OptimizerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let rule: Optimizer.Rule
    let rate: Double
    var decay = 0.0
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    .init(name: "adam", rule: .adam(), rate: 2e-3),
    .init(name: "adam_wd", rule: .adam(), rate: 5e-4, decay: 1e-2),
    .init(name: "adam_amsgrad", rule: .adam(amsgrad: true), rate: 5e-4),
    .init(name: "adamw", rule: .adamW(), rate: 5e-4, decay: 0.1),
    .init(name: "sgd", rule: .sgd(momentum: 0.9), rate: 0.05, decay: 1e-4),
    .init(name: "sgd_nesterov", rule: .sgd(momentum: 0.9, nesterov: true), rate: 0.05),
  ]

  @Test("steps equal the published code's", .needsSharedData, arguments: cases)
  func steps(_ optimizerCase: Case) throws {
    let golden = try SharedData.arrays("golden/train/litehrnet18_train.npz")
    let weights = try parameter("p", WeightRecipe.input(shape: [64], name: "opt_p", amplitude: 1))
    let optimizer = try Optimizer(
      optimizerCase.rule, groups: ParameterGroup.groups([weights]), decay: optimizerCase.decay)
    for step in 0..<7 {
      let amplitude = step % 2 == 0 ? 1 : 1e-4
      try weights.tensor.setGradient(
        TorchTensor(WeightRecipe.input(shape: [64], name: "opt_g\(step)", amplitude: amplitude)))
      try optimizer.step(rate: optimizerCase.rate)
      let expected = try golden.tensor("opt.\(optimizerCase.name).step\(step + 1)")
      #expect(worstDifference(try weights.tensor.floats(), expected.floats) < 1e-6, "step \(step + 1)")
    }
  }

  @Test("a saved state goes on bit for bit", arguments: cases)
  func resumes(_ optimizerCase: Case) throws {
    func run(_ steps: Range<Int>, _ optimizer: Optimizer, _ weights: TrainableNetwork.NamedParameter) throws {
      for step in steps {
        try weights.tensor.setGradient(TorchTensor(WeightRecipe.input(shape: [8, 8], name: "g\(step)")))
        try optimizer.step(rate: optimizerCase.rate)
      }
    }
    let start = try WeightRecipe.input(shape: [8, 8], name: "p")
    func make(_ tensor: Tensor) throws -> (Optimizer, TrainableNetwork.NamedParameter) {
      let weights = try parameter("p", tensor)
      let groups = ParameterGroup.groups([weights])
      return (try Optimizer(optimizerCase.rule, groups: groups, decay: optimizerCase.decay), weights)
    }
    let (whole, expected) = try make(start)
    try run(0..<5, whole, expected)
    let (first, half) = try make(start)
    try run(0..<2, first, half)
    let (second, rest) = try make(half.tensor.tensor())
    try second.restore(first.state())
    #expect(second.steps == 2)
    try run(2..<5, second, rest)
    #expect(try rest.tensor.tensor() == expected.tensor.tensor())
    var broken = try first.state()
    broken["p.mean"] = nil
    #expect(throws: LibTorchError.self) { try second.restore(broken) }
  }

  @Test("the learning rates equal the published table", .needsSharedData)
  func publishedRates() throws {
    let golden = try TrainingGolden()
    let epoch = golden.schedule.itersPerEpoch
    let schedule = Schedule(
      base: 2e-3, decay: .step(at: [170 * epoch, 200 * epoch]), length: 210 * epoch,
      warmUp: .init(iterations: 500, ratio: 0.001))
    for (iteration, rate) in golden.schedule.iterToLr {
      #expect(schedule.rate(at: try #require(Int(iteration))) == rate, "iteration \(iteration)")
    }
  }

  @Test("schedules start and end where they should, and fall in between")
  func schedules() {
    let decays: [(Schedule.Decay, first: Double, last: Double)] = [
      (.constant, 1, 1), (.step(at: [30, 60]), 1, 0.01), (.cosine(to: 0.05), 1, 0.05),
      (.polynomial(power: 2, to: 0.1), 1, 0.1), (.oneCycle(), 0.04, 0.04 / 1e4),
    ]
    for (decay, first, last) in decays {
      let schedule = Schedule(base: 1, decay: decay, length: 100)
      #expect((schedule.rate(at: 0) - first).magnitude < 1e-12, "\(decay)")
      #expect((schedule.rate(at: 100) - last).magnitude < 1e-12, "\(decay)")
      #expect((30..<100).allSatisfy { schedule.rate(at: $0) >= schedule.rate(at: $0 + 1) }, "\(decay)")
      let byEpoch = Schedule(base: 1, decay: decay, length: 100, period: 10)
      #expect(byEpoch.rate(at: 47) == byEpoch.rate(at: 42) || byEpoch.decay == decay)
    }
    #expect(Schedule.scaled(2e-3, batch: 64, baseBatchSize: 512) == 2.5e-4)
  }

  @Test("rules put parameters into groups")
  func groups() throws {
    let graph = try Graph("transformer", input: [4, 8]) { x, scope in
      let blocks = scope / "backbone" / "blocks"
      let y = (blocks / 1 / "fc").linear(
        (blocks / 0 / "norm").layerNorm((scope / "backbone" / "embed").linear(x, to: 8)), to: 8)
      return ["y": (scope / "head").linear(y, to: 3)]
    }
    let network = try TrainableNetwork(graph, WeightRecipe.checkpoint(for: graph))
    let plain = ParameterGroup.groups(network.parameters)
    #expect(plain.count == 1 && plain[0].parameters.count == 8)
    let decays = ParameterGroup.groups(network.parameters, rules: [.norms(), .biases(), .named("head", rate: 10)])
    func group(of name: String, in groups: [ParameterGroup]) throws -> ParameterGroup {
      try #require(groups.first { $0.parameters.contains { $0.name == name } })
    }
    #expect(try group(of: "backbone.blocks.0.norm.weight", in: decays).decayFactor == 0)
    #expect(try group(of: "backbone.blocks.1.fc.bias", in: decays).decayFactor == 0)
    #expect(try group(of: "backbone.blocks.1.fc.weight", in: decays).decayFactor == 1)
    #expect(try group(of: "head.weight", in: decays).rateFactor == 10)
    let layers = ParameterGroup.groups(
      network.parameters,
      rules: [.layerDecay(0.5, blocks: "backbone.blocks", count: 2, stem: ["backbone.embed"])])
    let expected = [("backbone.embed.weight", 0.125), ("backbone.blocks.0.norm.bias", 0.25), ("head.bias", 1.0)]
    for (name, factor) in expected { #expect(try group(of: name, in: layers).rateFactor == factor, "\(name)") }
    #expect(try group(of: "backbone.blocks.1.fc.weight", in: layers).rateFactor == 0.5)
  }

  @Test("clipping bounds the length of all gradients, or each number")
  func clipping() throws {
    let gradients = { () throws -> [TorchTensor] in [try TorchTensor([3, 0], [2]), try TorchTensor([0, -4], [2])] }
    let long = try gradients()
    #expect(try GradientClipping.norm(1).apply(to: long)?.item() == 5)
    #expect(worstDifference(try long.flatMap { try $0.floats() }, [0.6, 0, 0, -0.8]) < 1e-6)
    let short = try gradients()
    try GradientClipping.norm(10).apply(to: short)
    #expect(try short.flatMap { try $0.floats() } == [3, 0, 0, -4])
    try GradientClipping.value(2).apply(to: short)
    #expect(try short.flatMap { try $0.floats() } == [2, 0, 0, -2])
  }

  private func parameter(_ name: String, _ tensor: Tensor) throws -> TrainableNetwork.NamedParameter {
    let weights = try TorchTensor(tensor)
    try weights.setRequiresGradient(true)
    return .init(name: name, role: .trainable, layer: "", isOfNorm: false, tensor: weights)
  }
}
