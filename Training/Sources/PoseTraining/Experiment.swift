import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseData
import PoseExperiments
import PoseGraph
import PoseTorch

/// A configuration made ready to train: the network with its first weights, its loss, its optimiser, its schedule and
/// its data.
public final class Experiment {
  public struct Options {
    public var device = Device.cpu
    /// Weights to start from; nil for fresh ones by the seed.
    public var weights: Checkpoint?
    /// Whether a checkpoint's weights follow, so that the first ones need no preparation.
    public var isResumed = false
    /// Whether the learning rate is scaled by how many samples all processes take at once.
    public var scalesRate = false
    /// The processes that train together; each takes its part of the data.
    public var group = ProcessGroup()

    public init() {}
  }

  public let configuration: ModelConfiguration
  public let train: TrainingDescription
  public let options: Options
  public let task: TrainingTask
  /// What batches are made of.
  public let samples: SampleSource
  public let network: TrainableNetwork
  /// How many dormant units got fresh weights, and of how many; nil where the configuration asks for none.
  public let reinitializedUnits: (count: Int, of: Int)?
  public let teacher: Teacher?
  public let loss: any Loss
  public let step: TrainingStep
  private var cudaGraphStep: CUDAGraphStep?
  public let schedule: Schedule
  let accuracy: TrainingAccuracy?
  private let loading: LoadingPlan

  public var batchesPerEpoch: Int { loading.batchesPerEpoch }

  /// How many samples all processes take at once.
  var samplesAtOnce: Int { train.batch * options.group.size }

  /// How many iterations the whole run takes.
  public var iterations: Int { train.epochs * batchesPerEpoch }

  /// - Throws: `TrainingError`, `TrainingDataError`, `ConfigurationError`, `CheckpointMismatch` and `LibTorchError`.
  public convenience init(_ configuration: ModelConfiguration, options: Options = Options()) throws {
    try self.init(configuration, graph: configuration.graph(), options: options)
  }

  /// - Parameter graph: any with the outputs that the codec's targets are for.
  init(_ configuration: ModelConfiguration, graph: Graph, options: Options = Options()) throws {
    let train = try configuration.checkedTraining
    let (group, device) = (options.group, options.device)
    (self.configuration, self.train, self.options) = (configuration, train, options)
    task = try TrainingTask(configuration, graph: graph)
    samples = task.samples
    try group.agree(on: configuration.yaml(), as: "configuration")
    try group.agree(on: "\(samples.count) samples", as: "dataset")
    loading = LoadingPlan(train, samples: samples.count, device: device, group: group)
    let batches = SampleInputs(source: samples, loading: loading, seed: train.seed)

    teacher = try train.teacher.map {
      try Teacher($0, student: configuration.model.input, threads: LibTorch.threads * train.microbatches)
    }
    let shown = try graph.exposing(resultsOf: train.teacher?.features ?? [])
    try teacher?.check(shown)
    let fresh = graph.initialized(seed: train.seed)
    let start = try options.weights ?? (options.isResumed ? nil : teacher)?.start(graph, fresh, on: batches) ?? fresh
    LibTorch.giveBackMemory()

    network = try TrainableNetwork(shown, start, parts: task.parts(of: configuration, graph), device: device)
    if let count = train.start?.normBatches, count > 0, options.weights != nil, !options.isResumed {
      try network.renewNormStatistics(on: batches.batches(count, device: device))
    }
    reinitializedUnits =
      options.isResumed
      ? nil
      : try train.reinitializeDormant?.apply(to: network, fresh: fresh, on: batches, device: device)
    try group.share(network)
    if train.syncNorms { network.normGroup = group }
    network.holdsNormStatistics = train.normEval
    try network.freeze(train.freeze)

    let labels = try task.loss(train, network, start, group: group)
    let matching = try PortMatching(labels, targets: task.ports, graph: graph, of: configuration)
    if teacher != nil { try matching.checkForTeacher(of: configuration) }
    loss = teacher?.loss(beside: labels) ?? MatchedLoss(loss: labels, matching: matching)
    try group.broadcast(loss.parameters.map(\.tensor))
    accuracy = task.accuracy(of: graph)

    schedule = train.schedule(
      batchesPerEpoch: loading.batchesPerEpoch, processes: options.scalesRate ? group.size : nil)
    let optimizer = try train.optimizer.optimizer(of: network.parameters + loss.parameters)
    step = TrainingStep(network, loss: loss, optimizer: optimizer, options: train.stepOptions)
    step.reducer = try GradientReducer(group, parameters: optimizer.groups.flatMap(\.parameters))
    step.average = try train.average.map {
      try MovingAverage(
        of: network, momentum: $0.momentum, fade: $0.fade, averagesStatistics: $0.updatesBuffers)
    }
    if train.cudaGraph, let reason = step.reasonNotToRecord {
      throw TrainingError.configuration(name: configuration.name, reason: "\(reason): --set train.cuda_graph=false")
    }
  }

  /// Trains on a batch, by a CUDA graph of the step if the configuration asks for one.
  func takeStep(on batch: TrainingBatch, rate: Double, epoch: Int) throws(LibTorchError) -> TrainingStep.Result {
    step.loss = loss.inEpoch(epoch)
    if train.cudaGraph, cudaGraphStep == nil { cudaGraphStep = try CUDAGraphStep(step, example: batch) }
    return if let cudaGraphStep { try cudaGraphStep(batch, rate: rate) } else { try step(batch, rate: rate) }
  }

  /// Batches from a place in training on.
  public func loader(from position: LoaderPosition) throws -> SampleLoader {
    try SampleLoader(samples, seed: train.seed, options: loading.options, startingAt: position)
  }

  /// A batch on the network's device, with what the teacher gives for it.
  public func batch(_ batch: SampleBatch) throws -> TrainingBatch {
    let device = options.device
    let inputShape = [batch.count] + samples.inputShape
    let targets = try zip(batch.targets, samples.targetShapes).map {
      try TorchTensor($0, [batch.count] + $1, device: device)
    }
    let weightShape = [batch.count, samples.weightCount, 1]
    guard let teacher else {
      return TrainingBatch(
        input: try TorchTensor(batch.pixels, inputShape, device: device), targets: targets,
        weights: samples.weightCount > 0 ? try TorchTensor(batch.weights, weightShape, device: device) : nil)
    }
    var (pixels, weights) = (Array(batch.pixels), Array(batch.weights))
    let mixing = teacher.mixing(seed: train.seed)
    mixing?(&pixels, weights: &weights, of: batch)
    let pictures = try Tensor(shape: inputShape, pixels)
    var seenByTeacher = pictures
    if let teacherPixels = batch.teacherPixels, let shape = samples.teacherShape {
      var clean = Array(teacherPixels)
      // The same mixture, as the batch alone decides about it.
      mixing?(&clean, weights: &weights, of: batch)
      seenByTeacher = try Tensor(shape: [batch.count] + shape, clean)
    }
    return TrainingBatch(
      input: try TorchTensor(pictures, device: device),
      targets: targets + (try teacher.targets(for: seenByTeacher, device: device)),
      weights: try TorchTensor(weights, weightShape, device: device))
  }

  /// The present weights, those of a loss that the network's file has among its own too.
  func weights(_ checkpoint: Checkpoint) throws -> Checkpoint {
    var checkpoint = checkpoint
    guard let prefix = network.graph.flowPrefix else { return checkpoint }
    for parameter in loss.parameters where checkpoint[prefix + parameter.name] != nil {
      checkpoint[prefix + parameter.name] = try parameter.tensor.detached().tensor()
    }
    return checkpoint
  }

  /// The weights that are validated and published: the averaged ones where there are any.
  public func weights() throws -> Checkpoint {
    guard let average = try step.average?.checkpoint() else { return try weights(network.checkpoint()) }
    return try weights(withNormStatistics(average))
  }

  /// Averaged weights with norms' statistics of their own, from the same batches each time.
  private func withNormStatistics(_ weights: Checkpoint) throws -> Checkpoint {
    guard let count = train.average?.normBatches, count > 0 else { return weights }
    var loading = loading
    loading.options.shard = .whole
    let inputs = try SampleInputs(source: samples, loading: loading, seed: train.seed)
      .batches(count, device: options.device)
    let averaged = try TrainableNetwork(network.graph, weights, device: options.device)
    try averaged.takeNormStatistics(from: inputs)
    return try averaged.checkpoint()
  }
}
