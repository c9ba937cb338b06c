import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseData
import PoseGraph
import PoseTorch

/// A configuration made ready to train: the network with its first weights, its loss, its optimiser, its schedule and
/// its data.
public final class Experiment {
  public struct Options {
    public var device = Device.cpu
    /// Weights to start from; nil for fresh ones by the seed.
    public var weights: Checkpoint?
    /// Whether a checkpoint's weights follow, so that the first ones need no fitting.
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
  public let data: TrainingData
  public let network: TrainableNetwork
  /// How many units the configuration let wake, and of how many; nil where it let none.
  public let wokenUnits: (woken: Int, of: Int)?
  public let teacher: Teacher?
  public let loss: any Loss
  public let step: TrainingStep
  private var recordedStep: RecordedStep?
  public let schedule: Schedule
  public let batchesPerEpoch: Int
  let accuracy: TrainingAccuracy
  private let loaderOptions: SampleLoader.Options

  /// How many samples all processes take at once.
  var samplesAtOnce: Int { train.batch * options.group.size }

  /// How many iterations the whole run takes.
  public var iterations: Int { train.epochs * batchesPerEpoch }

  /// - Throws: ``TrainingError``, `ConfigurationError`, `CheckpointMismatch` and `LibTorchError`.
  public convenience init(_ configuration: ModelConfiguration, options: Options = Options()) throws {
    try self.init(configuration, graph: configuration.graph(), options: options)
  }

  /// - Parameter graph: any with the outputs that the codec's targets are for.
  init(_ configuration: ModelConfiguration, graph: Graph, options: Options = Options()) throws {
    guard let train = configuration.train else {
      throw TrainingError.configuration(
        name: configuration.name,
        reason: "has no section 'train'. Add one, or say what differs from Lite-HRNet's: --set train.epochs=210")
    }
    (self.configuration, self.train, self.options) = (configuration, train, options)
    let samples = try TrainingData(configuration, train, graph: graph)
    data = samples
    let group = options.group
    try group.agree(on: configuration.yaml(), as: "configuration")
    try group.agree(on: "\(samples.samples.count) samples", as: "dataset")
    guard train.workers == 1 || !train.syncNorms else {
      throw TrainingError.configuration(
        name: configuration.name, reason: "norms that processes share take one worker: --set train.workers=1")
    }
    var loaderOptions = SampleLoader.Options()
    loaderOptions.batchSize = train.batch
    loaderOptions.shard = Shard(index: group.rank, of: group.size) ?? .whole
    let own = (samples.samples.count + group.size - 1) / group.size
    // A small last batch would disturb the norms' statistics, so the published code leaves it out.
    loaderOptions.dropsLast = own >= train.batch
    loaderOptions.damagedPictures = train.data.replacesDamaged ? .replace : .refuse
    loaderOptions.workers = train.data.workers ?? (options.device.isCPU ? max(1, LibTorch.threads / 2) : nil)
    self.loaderOptions = loaderOptions
    teacher = try train.teacher.map { try Teacher($0, threads: LibTorch.threads * train.workers) }
    let shown = try graph.exposing(resultsOf: train.teacher?.features ?? [])
    try teacher?.check(shown)
    let fresh = graph.initialized(seed: train.seed)
    let weights =
      try options.weights ?? (options.isResumed ? nil : teacher)?.start(
        graph, fresh, on: samples, loaderOptions, seed: train.seed) ?? fresh
    LibTorch.giveBackMemory()
    network = try TrainableNetwork(shown, weights, device: options.device)
    wokenUnits =
      try options.isResumed
      ? nil
      : train.wake.map { [network] in
        let inputs = try samples.inputs(ofBatches: $0.batches, loaderOptions, seed: train.seed, device: options.device)
        return try network.wakeDormantUnits(of: $0.layers, with: fresh, on: .joined(inputs))
      }
    try group.share(network)
    if train.syncNorms { network.normGroup = group }
    try network.freeze(train.freeze)
    let labelsLoss = try train.loss.loss(for: configuration, graph, weights, options.device, seed: train.seed)
    loss = teacher?.loss(beside: labelsLoss) ?? labelsLoss
    try group.broadcast(loss.parameters.map(\.tensor))
    batchesPerEpoch = loaderOptions.dropsLast ? own / train.batch : 1
    let scale = options.scalesRate ? Double(train.batch * train.accumulation * group.size) : nil
    schedule = train.schedule.schedule(
      base: scale.map { train.optimizer.rate * $0 / Double(train.publishedBatch) } ?? train.optimizer.rate,
      epochs: train.epochs, batchesPerEpoch: batchesPerEpoch)

    let optimizer = try Optimizer(
      train.optimizer.rule,
      groups: ParameterGroup.groups(network.parameters + loss.parameters, rules: train.optimizer.rules),
      decay: train.optimizer.weightDecay)
    var stepOptions = TrainingStep.Options()
    stepOptions.precision = train.precision.mixed
    stepOptions.segments = train.segments
    stepOptions.accumulation = train.accumulation
    stepOptions.clipping = train.clipNorm.map { .norm($0) }
    stepOptions.workers = train.workers
    stepOptions.leavesOutNonFinite = true
    step = TrainingStep(network, loss: loss, optimizer: optimizer, options: stepOptions)
    step.reducer = try GradientReducer(group, parameters: optimizer.groups.flatMap(\.parameters))
    if let average = train.average {
      step.average = try MovingAverage(of: network, momentum: average.momentum, fade: average.fade)
    }
    accuracy = TrainingAccuracy(form: configuration.codec.accuracyForm)
    if train.cudaGraph, let reason = step.reasonNotToRecord {
      throw TrainingError.configuration(name: configuration.name, reason: "\(reason): --set train.cuda_graph=false")
    }
  }

  /// Trains on a batch: by the step, or by its recording where the configuration wants one.
  func takeStep(on batch: TrainingBatch, rate: Double) throws(LibTorchError) -> TrainingStep.Result {
    if train.cudaGraph, recordedStep == nil { recordedStep = try RecordedStep(step, example: batch) }
    return if let recordedStep { try recordedStep(batch, rate: rate) } else { try step(batch, rate: rate) }
  }

  /// Batches from a place in training on.
  public func loader(from position: LoaderPosition) throws -> SampleLoader {
    try SampleLoader(
      data.samples, recipe: data.recipe, seed: train.seed, options: loaderOptions, startingAt: position)
  }

  /// A batch on the network's device, with what the teacher gives for it.
  public func batch(_ batch: SampleBatch) throws -> TrainingBatch {
    let device = options.device
    let encoder = data.recipe.encoder
    let inputShape = [batch.count] + data.recipe.inputShape
    let targets = try zip(batch.targets, encoder.shapes).map {
      try TorchTensor($0, [batch.count] + $1, device: device)
    }
    guard let teacher else {
      return TrainingBatch(
        input: try TorchTensor(batch.pixels, inputShape, device: device), targets: targets,
        weights: try TorchTensor(batch.weights, [batch.count, encoder.joints, 1], device: device))
    }
    var (pixels, weights) = (Array(batch.pixels), Array(batch.weights))
    teacher.mixing(seed: train.seed)?(&pixels, weights: &weights, of: batch)
    let pictures = try Tensor(shape: inputShape, pixels)
    return TrainingBatch(
      input: try TorchTensor(pictures, device: device),
      targets: targets + (try teacher.targets(for: pictures, device: device)),
      weights: try TorchTensor(weights, [batch.count, encoder.joints, 1], device: device))
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
    var options = loaderOptions
    options.shard = .whole
    let inputs = try data.inputs(ofBatches: count, options, seed: train.seed, device: self.options.device)
    let averaged = try TrainableNetwork(network.graph, weights, device: self.options.device)
    try averaged.takeNormStatistics(from: inputs)
    return try averaged.checkpoint()
  }
}
