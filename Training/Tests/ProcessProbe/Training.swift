import PoseConfiguration
import PoseCore
import PoseFormats
import PoseGraph
import PoseTorch

/// Some steps of Lite-HRNet-18 in double precision: each process trains on its part of the batch.
struct Training {
  private let group: ProcessGroup
  private let options: Options
  private let step: TrainingStep

  private static let samples = 4

  init(_ group: ProcessGroup, _ options: Options) throws {
    self.group = group
    self.options = options
    var configuration = try Zoo.configuration(named: "litehrnet_18_coco_256x192")
    configuration.model.input = Size(options["size"] != nil && group.rank > 0 ? 96 : 64)
    let graph = try configuration.graph()
    // Weights of its own, so that rank 0's must come.
    let weights = group.rank == 0 ? WeightRecipe.checkpoint(for: graph) : graph.initialized(seed: 1)
    let network = try TrainableNetwork(graph, weights, type: .float64)
    if options["norms"] == "frozen" {
      try network.freeze(graph.nodes.filter { if case .batchNorm = $0.operation { true } else { false } }.map(\.path))
    } else {
      network.normGroup = group
    }
    try group.share(network)
    let groups = ParameterGroup.groups(network.parameters)
    var stepOptions = TrainingStep.Options()
    stepOptions.accumulation = Int(options["accumulation"] ?? "") ?? 1
    stepOptions.checkpointingSegments = Int(options["segments"] ?? "") ?? 1
    if let bound = Double(options["clipping"] ?? "") { stepOptions.clipping = .norm(bound) }
    step = TrainingStep(
      network, loss: JointsMSE(), optimizer: try Optimizer(.sgd(momentum: 0.9), groups: groups, decay: 1e-4),
      options: stepOptions)
    step.reducer = try GradientReducer(
      group, parameters: groups.flatMap(\.parameters), bucketBytes: Int(options["bucket"] ?? "") ?? 1 << 20)
  }

  func run() throws {
    for index in 0..<(3 * step.options.accumulation) { _ = try step(batch(index), rate: 1e-3) }
    if let path = options["out"] { try step.network.checkpoint().write(to: "\(path).\(group.rank).safetensors") }
  }

  /// This process's part of a batch that is the same however many share it.
  private func batch(_ index: Int) throws -> TrainingBatch {
    func part(_ shape: [Int], _ name: String, amplitude: Double) throws -> TorchTensor {
      let whole = try WeightRecipe.input(shape: [Self.samples] + shape, name: "\(name)\(index)", amplitude: amplitude)
      let own = Self.samples / group.size
      let floats = shape.reduce(1, *)
      let range = group.rank * own * floats..<(group.rank + 1) * own * floats
      return try TorchTensor(Array(whole.floats[range]), [own] + shape).to(.float64)
    }
    return TrainingBatch(
      input: try part([3, 64, 64], "image", amplitude: 2), targets: [try part([17, 16, 16], "target", amplitude: 1)],
      weights: try TorchTensor.full([Self.samples / group.size, 17, 1], 1, type: .float64))
  }
}
