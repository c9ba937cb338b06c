import Foundation
import PoseConfiguration
import PoseData
import PoseFormats
import PoseGraph
import PoseTorch

/// All that a run is made of at one moment: weights, optimiser, averages, gradients that wait, random numbers, and where
/// in the data it is.
///
/// A safetensors file. From it training goes on to the same bits as if it had not stopped, given the same seed, number of
/// threads, device and LibTorch.
public struct TrainingCheckpoint {
  public var configuration: ModelConfiguration
  public var progress: TrainingProgress
  var details: Details
  /// `model.NAME`, `loss.NAME`, `optimizer.NAME.mean`, `average.NAME`, `gradient.NAME`, `random.RANK.cpu` and so on.
  private var tensors: Checkpoint

  /// Numbers that no tensor holds.
  struct Details: Codable {
    var lossScale: Double?
    var goodSteps = 0
    var averageSteps = 0
    var waiting = 0
    /// How many samples an epoch has, to tell other data.
    var samples: Int
    var seed: UInt64
    /// How many processes there were, and how many samples they took at once.
    var processes: Int
    var samplesAtOnce: Int
  }

  private static let format = "swift-pose training 1"

  /// The state of an experiment, of which its processes' rank 0 has all; the others take part.
  public init(_ experiment: Experiment, _ progress: TrainingProgress) throws {
    let step = experiment.step
    configuration = experiment.configuration
    self.progress = progress
    let group = experiment.options.group
    details = Details(
      samples: experiment.data.samples.count, seed: experiment.train.seed, processes: group.size,
      samplesAtOnce: experiment.samplesAtOnce)
    details.lossScale = step.lossScale?.state.value
    details.goodSteps = step.lossScale?.state.goodSteps ?? 0
    details.averageSteps = step.average?.steps ?? 0
    details.waiting = step.waiting
    tensors = Checkpoint()
    tensors.add(try experiment.network.checkpoint(), under: "model")
    for parameter in experiment.loss.parameters {
      tensors["loss." + parameter.name] = try parameter.tensor.detached().tensor()
    }
    tensors.add(try step.optimizer.state(), under: "optimizer")
    if let average = step.average { tensors.add(try average.checkpoint(), under: "average") }
    tensors.add(try step.gradients(), under: "gradient")
    for (kind, device) in [("cpu", Device.cpu), ("device", experiment.options.device)]
    where kind == "cpu" || !device.isCPU {
      let states = try group.gather(device.randomState().tensor().bytes) ?? []
      for (rank, state) in states.enumerated() {
        tensors["random.\(rank).\(kind)"] = try Tensor(shape: [state.count], type: .uint8, bytes: state)
      }
    }
  }

  /// The network's weights.
  public var model: Checkpoint { tensors.part("model") }

  /// Reads a file that ``write(to:)`` wrote.
  ///
  /// - Throws: `FormatError` where it cannot be read, ``TrainingError`` where it is no checkpoint of training.
  public init(contentsOf path: String) throws {
    let tensors = try Checkpoint(contentsOf: path)
    self.tensors = tensors
    guard tensors.metadata["format"] == Self.format else {
      throw TrainingError.checkpoint(
        path: path, reason: "it is no checkpoint of a run. Weights alone are taken by --load-from")
    }
    func decoded<Value: Decodable>(_ key: String) throws -> Value {
      do {
        return try JSONDecoder().decode(Value.self, from: Data((tensors.metadata[key] ?? "").utf8))
      } catch {
        throw TrainingError.checkpoint(path: path, reason: "its '\(key)' is damaged")
      }
    }
    progress = try decoded("progress")
    details = try decoded("details")
    configuration = try ModelConfiguration(json: tensors.metadata["config"] ?? "", source: path)
    guard progress.isSound, (1...65536).contains(details.processes), (1...1 << 30).contains(details.samplesAtOnce),
      [details.waiting, details.averageSteps, details.goodSteps].allSatisfy((0...1 << 40).contains)
    else { throw TrainingError.checkpoint(path: path, reason: "its place in the data is damaged") }
  }

  /// Replaces a file, or makes it, at once or not at all.
  public func write(to path: String) throws {
    var file = tensors
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    file.metadata = [
      "format": Self.format, "config": try configuration.json(),
      "progress": String(decoding: try encoder.encode(progress), as: UTF8.self),
      "details": String(decoding: try encoder.encode(details), as: UTF8.self),
    ]
    try file.write(to: path)
  }

  /// Puts an experiment, which was made with ``model``'s weights, into this state.
  ///
  /// - Throws: ``TrainingError`` where the experiment is another one.
  public func restore(_ experiment: Experiment, path: String) throws {
    func check(_ holds: Bool, _ reason: @autoclosure () -> String) throws {
      if !holds { throw TrainingError.checkpoint(path: path, reason: reason()) }
    }
    let step = experiment.step
    let own = experiment.configuration
    try check(
      own.model == configuration.model,
      "it is of \(configuration.name), another network than \(own.name)")
    try check(
      details.seed == experiment.train.seed,
      "its run had the seed \(details.seed): give --seed \(details.seed)")
    let count = experiment.data.samples.count
    try check(details.samples == count, "its run had \(details.samples) samples, this one has \(count)")
    try check(
      progress.position.batch * details.samplesAtOnce < details.samples + details.processes,
      "its place in the data is damaged")
    try check((details.lossScale == nil) == (step.lossScale == nil), "its run had another train.precision")
    try check((details.averageSteps > 0) <= (step.average != nil), "its run averaged weights: set train.ema")
    do {
      let model = model
      try experiment.network.graph.check(model)
      for parameter in experiment.network.parameters {
        if let tensor = model[parameter.name] { try parameter.copy(from: tensor) }
      }
      let loss = tensors.part("loss")
      try check(loss.count == experiment.loss.parameters.count, "its run had another train.loss")
      for parameter in experiment.loss.parameters {
        guard let tensor = loss[parameter.name] else { continue }
        try parameter.copy(from: tensor)
      }
      try step.optimizer.restore(tensors.part("optimizer"))
      // An average that begins now begins with the present weights.
      let hasAverage = details.averageSteps > 0
      try step.average?.restore(hasAverage ? tensors.part("average") : model, steps: details.averageSteps)
      if let value = details.lossScale { step.lossScale?.restore(value: value, goodSteps: details.goodSteps) }
      try step.restore(tensors.part("gradient"), waiting: details.waiting)
      try restoreRandomness(experiment)
    } catch let error as LibTorchError {
      throw TrainingError.checkpoint(path: path, reason: error.reason)
    } catch let error as CheckpointMismatch {
      throw TrainingError.checkpoint(path: path, reason: error.description)
    }
  }
}

extension TrainingCheckpoint {
  /// Where the run goes on: after the samples that it has done, however many processes take them now.
  func progress(in experiment: Experiment) -> TrainingProgress {
    var progress = progress
    let batch = progress.position.batch * details.samplesAtOnce / experiment.samplesAtOnce
    progress.position.batch = batch
    if batch >= experiment.batchesPerEpoch { progress.position = LoaderPosition(epoch: progress.position.epoch + 1) }
    return progress
  }

  /// Each process goes on with its own random numbers; where there were others, with new ones.
  private func restoreRandomness(_ experiment: Experiment) throws {
    let (group, device) = (experiment.options.group, experiment.options.device)
    guard details.processes == group.size else {
      return try LibTorch.seed(details.seed &+ UInt64(group.rank) &+ UInt64(progress.iteration) << 20)
    }
    if let state = tensors["random.\(group.rank).cpu"] { try Device.cpu.setRandomState(TorchTensor(state)) }
    if let state = tensors["random.\(group.rank).device"], !device.isCPU {
      try device.setRandomState(TorchTensor(state))
    }
  }
}

extension Checkpoint {
  fileprivate mutating func add(_ other: Checkpoint, under prefix: String) {
    for name in other.names { self["\(prefix).\(name)"] = other[name] }
  }

  fileprivate func part(_ prefix: String) -> Checkpoint {
    var part = Checkpoint()
    for name in names where name.hasPrefix(prefix + ".") { part[String(name.dropFirst(prefix.count + 1))] = self[name] }
    return part
  }
}

extension Bool {
  /// Whether the first implies the second.
  fileprivate static func <= (a: Bool, b: Bool) -> Bool { !a || b }
}
