/// The `train` section: how a network learns. What is left out is as in Lite-HRNet's published experiments.
public struct TrainingDescription: Sendable, Hashable, Codable {
  public var epochs = 210
  /// Samples that one process takes at once.
  public var batch = 64
  /// The batch size, over all processes, that the learning rate is meant for (MMPose's `auto_scale_lr.base_batch_size`).
  public var baseBatchSize = 512
  public var optimizer = OptimizerDescription()
  public var schedule = ScheduleDescription()
  public var loss = LossDescription()
  public var augmentation = AugmentationDescription()
  /// How whole pictures are varied; nil for networks that see one person at a time.
  public var pictures: PictureDescription?
  /// How pictures with labelled pixels are varied; nil for networks that find people or objects.
  public var masks: MaskDescription?
  public var data = TrainingDataDescription()
  /// The greatest length of all gradients; nil for any.
  public var clipNorm: Double?
  /// Batches whose gradients are averaged for one update.
  public var accumulation = 1
  /// Averages the weights over the steps; nil for not at all.
  public var average: AverageDescription?
  public var precision = Precision.float32
  /// What else is learnt from; nil for the labels alone.
  public var teacher: TeacherDescription?
  /// What happens to weights that training starts from; nil for nothing.
  public var start: StartDescription?
  /// Which layers' dormant units get fresh weights before the first step; nil for none.
  public var reinitializeDormant: DormantUnitsDescription?
  /// Parts of a batch that run side by side on the CPU, each on a thread of its own with its own norms' statistics.
  public var microbatches = 1
  /// Paths of layers that keep their weights.
  public var freeze: [String] = []
  /// The number of segments for activation checkpointing: more segments take less memory and more time.
  public var checkpointingSegments = 1
  /// Whether a step on CUDA is recorded with the first batch and played again for the others.
  public var cudaGraph = false
  /// Whether batch norms take their statistics from the batches of all processes.
  public var syncNorms = false
  /// Whether batch norms use the statistics that their weights came with, as MMPose's networks do with this setting.
  public var normEval = false
  /// Epochs from one validation to the next; 0 for none.
  public var validateEvery = 10
  public var checkpoint = CheckpointDescription()
  /// Iterations from one line of the logs to the next.
  public var logEvery = 50
  public var seed: UInt64 = 0
  public var nonFinite = NonFinitePolicy.stop

  /// In how many bits a step multiplies.
  public enum Precision: String, Sendable, Hashable, Codable, CaseIterable {
    case float32, bfloat16, float16
  }

  /// What happens where a batch's loss is not finite.
  public enum NonFinitePolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// Training ends, and the batch's pictures are written down.
    case stop
    /// The batch is left out and counted.
    case skip
  }

  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case epochs, batch
    case baseBatchSize = "base_batch_size"
    case optimizer, schedule, loss, augmentation, pictures, masks, data
    case clipNorm = "clip_norm"
    case accumulation
    case average = "ema"
    case precision, teacher, start
    case reinitializeDormant = "reinitialize_dormant"
    case microbatches, freeze
    case checkpointingSegments = "activation_checkpointing_segments"
    case cudaGraph = "cuda_graph"
    case syncNorms = "sync_norms"
    case normEval = "norm_eval"
    case validateEvery = "validate_every"
    case checkpoint
    case logEvery = "log_every"
    case seed
    case nonFinite = "non_finite"
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(
      decoder,
      renamed: [
        "published_batch": .baseBatchSize, "wake": .reinitializeDormant, "workers": .microbatches,
        "segments": .checkpointingSegments,
      ])
    epochs = try section.count(.epochs, default: epochs, in: 1...1_000_000)
    batch = try section.count(.batch, default: batch, in: 1...65_536)
    baseBatchSize = try section.count(.baseBatchSize, default: baseBatchSize, in: 1...1 << 24)
    optimizer = try section.value(.optimizer, default: optimizer)
    schedule = try section.value(.schedule, default: schedule)
    loss = try section.value(.loss, default: loss)
    augmentation = try section.value(.augmentation, default: augmentation)
    pictures = try section.value(.pictures, default: pictures)
    masks = try section.value(.masks, default: masks)
    data = try section.value(.data, default: data)
    clipNorm = try section.value(.clipNorm, default: clipNorm)
    accumulation = try section.count(.accumulation, default: accumulation, in: 1...65_536)
    average = try section.value(.average, default: average)
    precision = try section.choice(.precision, default: precision)
    teacher = try section.value(.teacher, default: teacher)
    start = try section.value(.start, default: start)
    reinitializeDormant = try section.value(.reinitializeDormant, default: reinitializeDormant)
    microbatches = try section.count(.microbatches, default: microbatches, in: 1...1024)
    freeze = try section.value(.freeze, default: freeze)
    checkpointingSegments = try section.count(.checkpointingSegments, default: checkpointingSegments, in: 1...1024)
    cudaGraph = try section.value(.cudaGraph, default: cudaGraph)
    syncNorms = try section.value(.syncNorms, default: syncNorms)
    normEval = try section.value(.normEval, default: normEval)
    validateEvery = try section.count(.validateEvery, default: validateEvery, in: 0...1_000_000)
    checkpoint = try section.value(.checkpoint, default: checkpoint)
    logEvery = try section.count(.logEvery, default: logEvery, in: 1...1_000_000)
    seed = try section.value(.seed, default: seed)
    nonFinite = try section.choice(.nonFinite, default: nonFinite)
    try section.check(
      .data, teacher != nil || !data.train.contains(where: \.unlabelled),
      "has a dataset whose unlabelled people are to be learnt from: that needs a section teacher")
    try section.check(
      .augmentation, teacher != nil || augmentation.studentOnly.isEmpty,
      "has changes for the student only (student_only): that needs a section teacher")
    if let clipNorm {
      try section.check(.clipNorm, clipNorm > 0 && clipNorm.isFinite, "needs a length above 0, not \(clipNorm)")
    }
  }
}

/// The `ema` section: an exponential moving average of the weights.
public struct AverageDescription: Sendable, Hashable, Codable {
  /// How far the average moves towards the weights each step.
  public var momentum = 0.0002
  /// Steps over which larger momenta fade; nil for none.
  public var fade: Double?
  /// Batches whose statistics the averaged network's norms get; 0 for the running ones of the weights that it averages.
  public var normBatches = 0
  /// Whether running statistics are averaged as weights are, as MMEngine does for detectors.
  public var updatesBuffers = false

  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case momentum, fade
    case normBatches = "norm_batches"
    case updatesBuffers = "update_buffers"
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    momentum = try section.number(.momentum, default: momentum, in: 0...1)
    fade = try section.value(.fade, default: fade)
    normBatches = try section.count(.normBatches, default: normBatches, in: 0...10_000)
    updatesBuffers = try section.value(.updatesBuffers, default: updatesBuffers)
    if let fade { try section.check(.fade, fade >= 1 && fade.isFinite, "needs 1 step or more, not \(fade)") }
  }
}

/// The `reinitialize_dormant` section: units whose outputs are zero for all of some batches get fresh weights (ReDo, Sokar et
/// al., ICML 2023).
public struct DormantUnitsDescription: Sendable, Hashable, Codable {
  /// A part of the layers' paths, such as `spatial_weighting`.
  public var layers: String
  /// The number of batches that decide which units are dormant.
  public var batches = 4

  enum CodingKeys: String, CodingKey, CaseIterable { case layers, batches }

  public init(layers: String) { self.layers = layers }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    self.init(layers: try section.value(.layers))
    batches = try section.count(.batches, default: batches, in: 1...10_000)
  }
}

/// The `checkpoint` section: how often all of training's state is written, and how much of it stays.
public struct CheckpointDescription: Sendable, Hashable, Codable {
  /// Epochs from one to the next.
  public var epochs = 1
  /// Iterations from one to the next, besides; 0 for none.
  public var iterations = 0
  /// How many of the last ones stay. The last one that was validated stays besides.
  public var keep = 2

  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable { case epochs, iterations, keep }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    epochs = try section.count(.epochs, default: epochs, in: 1...1_000_000)
    iterations = try section.count(.iterations, default: iterations, in: 0...1 << 40)
    keep = try section.count(.keep, default: keep, in: 1...1_000_000)
  }
}

extension Section {
  /// A whole number in a range.
  func count(_ key: Key, default: Int, in range: ClosedRange<Int>) throws -> Int {
    let count = try value(key, default: `default`)
    try check(
      key, range.contains(count), "needs a whole number in \(range.lowerBound)...\(range.upperBound), not \(count)")
    return count
  }

  /// A number in a range.
  func number(_ key: Key, default: Double, in range: ClosedRange<Double>) throws -> Double {
    let number = try value(key, default: `default`)
    try check(key, range.contains(number), "needs a number in \(range.lowerBound)...\(range.upperBound), not \(number)")
    return number
  }
}
