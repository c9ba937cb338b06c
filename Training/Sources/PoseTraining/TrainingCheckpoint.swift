import PoseConfiguration
import PoseData
import PoseExperiments
import PoseGraph
import PoseTorch

/// The state of an experiment, and the way back from a file to an experiment.
public struct TrainingCheckpoint {
  public private(set) var state: RunState

  public var configuration: ModelConfiguration {
    get { state.configuration }
    set { state.configuration = newValue }
  }
  public var progress: TrainingProgress { state.progress }
  private var details: RunState.Details { state.details }

  /// The network's weights.
  public var model: Checkpoint { state[.model] }

  /// The state of an experiment, of which its processes' rank 0 has all; the others take part.
  public init(_ experiment: Experiment, _ progress: TrainingProgress) throws {
    let step = experiment.step
    let group = experiment.options.group
    var details = RunState.Details(
      samples: experiment.samples.count, seed: experiment.train.seed, processes: group.size,
      samplesAtOnce: experiment.samplesAtOnce)
    details.lossScale = step.lossScale?.state.value
    details.goodSteps = step.lossScale?.state.goodSteps ?? 0
    details.averageSteps = step.average?.steps ?? 0
    details.waiting = step.waiting
    state = RunState(experiment.configuration, progress: progress, details: details)
    state.tensors[.model] = try experiment.network.checkpoint()
    state.tensors[.loss] = try experiment.loss.parameters.reduce(into: Checkpoint()) { tensors, parameter in
      tensors[parameter.name] = try parameter.tensor.detached().tensor()
    }
    state.tensors[.optimizer] = try step.optimizer.state()
    state.tensors[.average] = try step.average?.checkpoint()
    state.tensors[.gradient] = try step.gradients()
    state.tensors[.random] = try Self.randomness(of: experiment)
  }

  /// Reads a file that ``write(to:)`` wrote.
  ///
  /// - Throws: `FormatError` where it cannot be read, `TrainingError` where it is no checkpoint of training.
  public init(contentsOf path: String) throws { state = try RunState(contentsOf: path) }

  /// Replaces a file, or makes it, at once or not at all.
  public func write(to path: String) throws { try state.write(to: path) }

  /// Puts an experiment, which was made with ``model``'s weights, into this state.
  ///
  /// - Throws: `TrainingError` where the experiment is another one.
  public func restore(_ experiment: Experiment, path: String) throws {
    try check(experiment, path: path)
    let step = experiment.step
    do {
      try experiment.network.graph.check(model)
      for parameter in experiment.network.parameters {
        if let tensor = model[parameter.name] { try parameter.copy(from: tensor) }
      }
      for parameter in experiment.loss.parameters {
        guard let tensor = state[.loss][parameter.name] else { continue }
        try parameter.copy(from: tensor)
      }
      try step.optimizer.restore(state[.optimizer])
      // An average that begins now begins with the present weights.
      let hasAverage = details.averageSteps > 0
      try step.average?.restore(hasAverage ? state[.average] : model, steps: details.averageSteps)
      if let value = details.lossScale { step.lossScale?.restore(value: value, goodSteps: details.goodSteps) }
      try step.restore(state[.gradient], waiting: details.waiting)
      try restoreRandomness(of: experiment)
    } catch let error as LibTorchError {
      throw TrainingError.checkpoint(path: path, reason: error.reason)
    } catch let error as CheckpointMismatch {
      throw TrainingError.checkpoint(path: path, reason: error.description)
    }
  }

  /// Checks that the experiment is the checkpoint's.
  private func check(_ experiment: Experiment, path: String) throws(TrainingError) {
    func check(_ holds: Bool, _ reason: @autoclosure () -> String) throws(TrainingError) {
      if !holds { throw .checkpoint(path: path, reason: reason()) }
    }
    let (own, step) = (experiment.configuration, experiment.step)
    try check(own.model == configuration.model, "it is of \(configuration.name), another network than \(own.name)")
    try check(
      details.seed == experiment.train.seed, "its run had the seed \(details.seed): give --seed \(details.seed)")
    let count = experiment.samples.count
    try check(details.samples == count, "its run had \(details.samples) samples, this one has \(count)")
    try check(
      progress.position.batch * details.samplesAtOnce < details.samples + details.processes,
      "its place in the data is damaged")
    try check((details.lossScale == nil) == (step.lossScale == nil), "its run had another train.precision")
    try check(details.averageSteps == 0 || step.average != nil, "its run averaged weights: set train.ema")
    try check(state[.loss].count == experiment.loss.parameters.count, "its run had another train.loss")
  }

  /// Where the run goes on: after the samples that it has done, however many processes take them now and however large the
  /// batch is.
  ///
  /// Another `train.batch` is taken as other processes are, and not refused as another seed is, because nothing that was done
  /// becomes wrong: each epoch's order of samples depends on the seed alone, and the learning rate follows the place in
  /// epochs, of which the present batch says how many iterations each has. In the middle of an epoch the place is rounded down
  /// to whole batches, so that a few samples may come twice. Iterations are counted as they were done, so that checkpoints and
  /// lines of logs stay in their order.
  func progress(in experiment: Experiment) -> TrainingProgress {
    var progress = progress
    let batch = progress.position.batch * details.samplesAtOnce / experiment.samplesAtOnce
    progress.position.batch = batch
    if batch >= experiment.batchesPerEpoch { progress.position = LoaderPosition(epoch: progress.position.epoch + 1) }
    return progress
  }
}

extension TrainingCheckpoint {
  /// The states of all processes' random number generators.
  private static func randomness(of experiment: Experiment) throws -> Checkpoint {
    var states = Checkpoint()
    for (kind, device) in [("cpu", Device.cpu), ("device", experiment.options.device)]
    where kind == "cpu" || !device.isCPU {
      let all = try experiment.options.group.gather(device.randomState().tensor().bytes) ?? []
      for (rank, state) in all.enumerated() {
        states["\(rank).\(kind)"] = try Tensor(shape: [state.count], type: .uint8, bytes: state)
      }
    }
    return states
  }

  /// Each process goes on with its own random numbers; where there were others, with new ones.
  private func restoreRandomness(of experiment: Experiment) throws {
    let (group, device) = (experiment.options.group, experiment.options.device)
    guard details.processes == group.size else {
      return try LibTorch.seed(details.seed &+ UInt64(group.rank) &+ UInt64(progress.iteration) << 20)
    }
    if let own = state[.random]["\(group.rank).cpu"] { try Device.cpu.setRandomState(TorchTensor(own)) }
    if let own = state[.random]["\(group.rank).device"], !device.isCPU {
      try device.setRandomState(TorchTensor(own))
    }
  }
}
