import Foundation
import PoseConfiguration
import PoseData
import PoseExperiments
import PoseFormats
import PoseGraph
import PoseMetrics
import PoseTorch

/// The loop: batch, step, log, checkpoint, validation.
///
/// The same configuration, seed, number of threads, device and LibTorch give the same weights, bit for bit, on the CPU;
/// also where the run was ended at any instant and went on from its last checkpoint. Logs are the same but for times.
public final class Trainer {
  public let experiment: Experiment
  public let folder: WorkFolder
  public private(set) var progress: TrainingProgress
  public var logs: [any TrainingLog] = []
  public var validation: (any Validating)?
  /// Is told what was wrong and went on: pictures that were replaced, batches that were left out.
  public var warn: (String) -> Void = { _ in }
  /// Ends the run after the iteration that it is asked in.
  public var interruption: Interruption?

  /// How a run ended.
  public enum Outcome: Sendable, Hashable {
    case done
    /// Asked to; the checkpoint there goes on.
    case interrupted(checkpoint: String)
  }

  /// So many batches in a row without a finite loss end the run.
  static let mostLeftOutInARow = 100

  private var loader: SampleLoader
  private var clock = ContinuousClock.now
  private var savedIteration = -1
  private var train: TrainingDescription { experiment.train }
  private var group: ProcessGroup { experiment.options.group }

  /// Begins, or goes on from a checkpoint.
  public init(_ experiment: Experiment, in folder: WorkFolder, from path: String? = nil) throws {
    self.experiment = experiment
    self.folder = folder
    if let path {
      let checkpoint = try TrainingCheckpoint(contentsOf: path)
      try checkpoint.restore(experiment, path: path)
      progress = checkpoint.progress(in: experiment)
      savedIteration = progress.iteration
    } else {
      progress = TrainingProgress()
      try LibTorch.seed(experiment.train.seed &+ UInt64(experiment.options.group.rank))
    }
    loader = try experiment.loader(from: progress.position)
  }

  /// Trains until the last epoch is done.
  ///
  /// - Throws: `TrainingError`, `FormatError` and `TrainingLogError` where something cannot be written, `LoaderError`,
  ///   `LibTorchError`. The last checkpoint is whole whatever happens.
  public func run() throws -> Outcome {
    do {
      return try loop()
    } catch let error as LibTorchError where !group.lostRanks.isEmpty {
      throw TrainingError.processLost(reason: error.reason, checkpoint: folder.newestCheckpoints.first)
    }
  }

  private func loop() throws -> Outcome {
    clock = .now
    while true {
      // Asking one process asks all.
      if try group.max(interruption?.isAsked == true ? 1 : 0) > 0 {
        let path = try save()
        try finish()
        return .interrupted(checkpoint: path)
      }
      if validationIsDue { try validate() }
      if progress.position.epoch >= train.epochs { break }
      try advance()
      if progress.iteration % train.logEvery == 0 || progress.position.batch == 0 { try log() }
      if checkpointIsDue, !validationIsDue { try save() }
    }
    try save()
    try finish()
    return .done
  }

  private var isLast: Bool { progress.position.epoch >= train.epochs }

  private var checkpointIsDue: Bool {
    let (position, checkpoint) = (progress.position, train.checkpoint)
    if position.batch == 0, isLast || position.epoch % checkpoint.epochs == 0 { return true }
    return checkpoint.iterations > 0 && progress.iteration % checkpoint.iterations == 0
  }

  /// One batch.
  private func advance() throws {
    let start = ContinuousClock.now
    var indices: [Int] = []
    let batch = try loader.withNextBatch { lent in
      indices = lent.indices
      for replacement in lent.replacements { name(replacement) }
      progress.interval.waited += (ContinuousClock.now - start) / .seconds(1)
      return try experiment.batch(lent)
    }
    let result = try fitting(batch) { try experiment.takeStep(on: batch, rate: rate, epoch: progress.position.epoch) }
    let loss = try group.mean(result.loss.item()) ?? .nan
    progress.position = loader.position
    progress.iteration += 1
    progress.interval.iterations += 1
    progress.interval.samples += indices.count * group.size
    if loss.isFinite {
      progress.leftOutInARow = 0
      progress.interval.losses += loss
      progress.interval.finiteLosses += 1
      let own = try experiment.accuracy?(result.outputs, batch.targets, weights: batch.weights)
      if let accuracy = try group.mean(own) {
        progress.interval.accuracies += accuracy
        progress.interval.accuracyCount += 1
      }
      if let norm = try result.gradientNorm?.item(), norm.isFinite {
        progress.interval.gradientNorms = (progress.interval.gradientNorms ?? 0) + norm
        progress.interval.gradientNormCount = (progress.interval.gradientNormCount ?? 0) + 1
      }
    } else {
      try leaveOut(indices, loss: loss)
    }
    let now = ContinuousClock.now
    progress.interval.seconds += (now - clock) / .seconds(1)
    progress.seconds += (now - clock) / .seconds(1)
    clock = now
  }

  /// The learning rate of the next iteration.
  private var rate: Double { experiment.schedule.rate(at: place) }

  /// Where in the whole run the next iteration is; other than their count where there were other processes or batches before.
  private var place: Int { progress.position.epoch * experiment.batchesPerEpoch + progress.position.batch }

  /// Names the first pictures that could not be read, each once, and counts all.
  private func name(_ replacement: SampleBatch.Replacement) {
    progress.replaced += 1
    guard namedPictures.count < Self.mostNamed, namedPictures.insert(replacement.picture).inserted else { return }
    warn("another stands in for a picture: \(replacement.reason)")
    if namedPictures.count == Self.mostNamed { warn("more such pictures are counted in the logs only") }
  }

  private static let mostNamed = 10
  private var namedPictures: Set<String> = []

  private func leaveOut(_ indices: [Int], loss: Double) throws {
    progress.leftOut += 1
    progress.leftOutInARow += 1
    guard train.nonFinite == .skip else {
      let report = folder.file("nonfinite_\(progress.iteration).json")
      if let all = try group.gather(indices) {
        try NonFiniteReport(
          iteration: progress.iteration, epoch: progress.position.epoch, loss: "\(loss)",
          pictures: all.joined().map { experiment.samples.picture(of: $0) }
        ).write(to: report)
      }
      throw TrainingError.notFinite(iteration: progress.iteration, report: report)
    }
    warn("the loss of iteration \(progress.iteration) is not finite: its batch is left out")
    if progress.leftOutInARow >= Self.mostLeftOutInARow {
      throw TrainingError.neverFinite(iteration: progress.iteration, batches: progress.leftOutInARow)
    }
  }

  /// Says what batch would fit where a step finds no memory.
  private func fitting<Result>(_ batch: TrainingBatch, _ step: () throws -> Result) throws -> Result {
    do {
      return try step()
    } catch let error as LibTorchError where error.isOutOfMemory && group.size == 1 {
      throw TrainingError.outOfMemory(
        batch: train.batch, fitting: experiment.step.largestFitting(of: batch), reason: error.reason)
    }
  }

  /// Whether the next thing to do is to validate.
  public var validationIsDue: Bool {
    let epoch = progress.position.epoch
    guard validation != nil, train.validateEvery > 0, progress.position.batch == 0, epoch > 0 else { return false }
    return progress.validatedEpoch < epoch && (epoch % train.validateEvery == 0 || isLast)
  }

  private func validate() throws {
    guard let validation else { return }
    // Each process has running statistics of its own batches; rank 0's count.
    try group.broadcast(
      experiment.network.parameters.filter { !$0.isTrainable }.map(\.tensor)
        + (experiment.step.average?.statistics ?? []))
    let weights = try experiment.weights()
    // The epoch is not lost if its validation fails; earlier checkpoints stay until the validation shows that it is good.
    try saveState()
    let values = try self.values(of: validation, weights)
    let epoch = progress.position.epoch
    (progress.validatedEpoch, progress.validatedIteration) = (epoch, progress.iteration)
    if let score = values.first?.value, score.isFinite, score > progress.bestScore ?? -.infinity {
      (progress.bestScore, progress.bestEpoch) = (score, epoch)
      if group.rank == 0 { try folder.write(weights, of: experiment.configuration, to: "best.safetensors") }
    }
    try record(.validation, values)
    // Training's pace leaves validation out.
    clock = .now
    try save(weights)
  }

  /// The validation's numbers. Where it fails, the weights are there for others; where the run diverged, its checkpoint goes.
  private func values(of validation: any Validating, _ weights: Checkpoint) throws -> [MetricValue] {
    do {
      return try validation(weights, of: experiment.configuration)
    } catch let error as Divergence {
      if group.rank == 0 { folder.removeCheckpoint(progress.iteration) }
      throw diverged(error.reason)
    } catch {
      if group.rank == 0 { try folder.write(weights, of: experiment.configuration, to: "last.safetensors") }
      throw error
    }
  }

  /// What there is of the run once it has diverged: the last checkpoint that was validated, else the last one.
  private func diverged(_ reason: String) -> TrainingError {
    let position = progress.position
    let kept = folder.checkpoints(before: progress.iteration)
    let validated = progress.validatedIteration.map(folder.checkpoint).flatMap { kept.contains($0) ? $0 : nil }
    return .diverged(
      epoch: position.batch == 0 ? position.epoch : position.epoch + 1, reason: reason,
      checkpoint: validated ?? kept.first, isValidated: validated != nil)
  }

  /// Writes all there is to go on from, and the weights alone for others.
  ///
  /// - Parameter weights: these, where they are known: averaged ones take a while.
  @discardableResult
  private func save(_ weights: Checkpoint? = nil) throws -> String {
    let path = folder.checkpoint(progress.iteration)
    guard try saveState(), group.rank == 0 else { return path }
    try folder.write(weights ?? experiment.weights(), of: experiment.configuration, to: "last.safetensors")
    if !validationIsDue {
      folder.keep(train.checkpoint.keep, upTo: progress.iteration, validated: progress.validatedIteration)
    }
    return path
  }

  /// Writes all there is to go on from, unless it is there.
  ///
  /// - Throws: ``TrainingError/diverged(epoch:reason:checkpoint:isValidated:)`` where nobody could go on from it.
  @discardableResult
  private func saveState() throws -> Bool {
    if savedIteration == progress.iteration, progress.validatedEpoch == savedValidation { return false }
    // Logs first: on resuming, what they say of later iterations is dropped, and nothing is missing.
    for log in logs { try log.flush() }
    let checkpoint = try TrainingCheckpoint(experiment, progress)
    let spoilt = checkpoint.state.firstWeightThatIsNotFinite
    // Each process has running statistics of its own.
    if try group.max(spoilt == nil ? 0 : 1) > 0 {
      throw diverged(
        spoilt.map { "the weights '\($0)' are no longer finite" } ?? "another process's weights are not finite")
    }
    if group.rank == 0 { try checkpoint.write(to: folder.checkpoint(progress.iteration)) }
    (savedIteration, savedValidation) = (progress.iteration, progress.validatedEpoch)
    return true
  }

  private var savedValidation = -1

  private func finish() throws {
    for log in logs { try log.finish() }
  }

  private func log() throws {
    let interval = progress.interval
    var values: [MetricValue] = []
    if interval.finiteLosses > 0 { values.append(.init("loss", interval.losses / Double(interval.finiteLosses))) }
    if interval.accuracyCount > 0 {
      values.append(.init("accuracy", interval.accuracies / Double(interval.accuracyCount)))
    }
    values.append(.init("rate", experiment.schedule.rate(at: max(place - 1, 0))))
    if let norms = interval.gradientNorms, let count = interval.gradientNormCount {
      values.append(.init("gradient norm", norms / Double(count)))
    }
    if progress.replaced > 0 { values.append(.init("replaced", Double(progress.replaced))) }
    if progress.leftOut > 0 { values.append(.init("left out", Double(progress.leftOut))) }
    try record(.train, values)
    progress.interval = .init()
  }

  private func record(_ mode: TrainingRecord.Mode, _ values: [MetricValue]) throws {
    let interval = progress.interval
    let left = experiment.iterations - place
    let epoch = progress.position.batch == 0 ? progress.position.epoch : progress.position.epoch + 1
    let record = TrainingRecord(
      mode: mode, epoch: epoch, iteration: progress.iteration,
      iterationsPerEpoch: experiment.batchesPerEpoch, iterations: progress.iteration + left, values: values,
      samplesPerSecond: interval.seconds > 0 ? Double(interval.samples) / interval.seconds : 0,
      secondsWaited: interval.waited, residentMemory: residentMemory,
      deviceMemory: experiment.options.device.peakMemory, seconds: progress.seconds,
      // By the part of the run that is done: iterations before may have had other batches.
      secondsLeft: place > 0 ? progress.seconds / Double(place) * Double(left) : nil)
    for log in logs { try log.record(record) }
  }
}
