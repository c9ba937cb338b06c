import PoseGraph

/// A batch on its way to a network.
public struct TrainingBatch {
  public var input: TorchTensor
  /// One for each output of the network.
  public var targets: [TorchTensor]
  /// As the loss wants them.
  public var weights: TorchTensor?

  public init(input: TorchTensor, targets: [TorchTensor], weights: TorchTensor? = nil) {
    self.input = input
    self.targets = targets
    self.weights = weights
  }
}

/// One step of training: forward, loss, backward, and with every `accumulation`-th batch an update of the weights.
public final class TrainingStep {
  public struct Options: Sendable, Hashable {
    public var precision: MixedPrecision = .none
    /// The number of segments for activation checkpointing: more segments take less memory and more time.
    public var checkpointingSegments = 1
    /// Batches whose gradients are averaged for one update.
    public var accumulation = 1
    public var clipping: GradientClipping?
    /// Parts of each batch that run side by side, each on a thread of its own with statistics of its own in its norms. On
    /// a CPU that others use too they do not wait for each other at every operator, as operators' threads do.
    public var microbatches = 1
    /// Whether a batch whose loss is not finite is left out, as if it had not been there; takes a wait for the device.
    public var leavesOutNonFinite = false

    public init() {}
  }

  public struct Result {
    /// The batch's loss, still on its device: reading it waits.
    public let loss: TorchTensor
    /// What the network gave, without history.
    public let outputs: [TorchTensor]
    /// Whether the weights changed; false between updates, and where a float16 gradient was not finite.
    public let isUpdate: Bool
    /// The length of all gradients before they were clipped, where clipping by length asked for it.
    public let gradientNorm: TorchTensor?
  }

  public let network: TrainableNetwork
  public var loss: any Loss
  public let optimizer: Optimizer
  public let options: Options
  /// Only in float16.
  public let lossScale: LossScale?
  /// What is updated with the weights, if anything.
  public var average: MovingAverage?
  /// Averages the gradients of an update over several processes, before they are clipped.
  public var reducer: GradientReducer?

  /// Batches whose gradients wait for an update.
  public private(set) var waiting = 0

  public init(_ network: TrainableNetwork, loss: any Loss, optimizer: Optimizer, options: Options = .init()) {
    self.network = network
    self.loss = loss
    self.optimizer = optimizer
    self.options = options
    if case .float16(let rule) = options.precision { lossScale = LossScale(rule) } else { lossScale = nil }
  }

  /// Trains on a batch.
  ///
  /// - Parameter rate: the schedule's learning rate.
  /// - Throws: ``LibTorchError`` with the path of the layer at fault.
  public func callAsFunction(_ batch: TrainingBatch, rate: Double) throws(LibTorchError) -> Result {
    let isLast = waiting + 1 >= max(options.accumulation, 1)
    if isLast { reducer?.expectGradients() }
    let (loss, outputs) = try addGradients(of: batch, leavesOutNonFinite: options.leavesOutNonFinite)
    waiting += 1
    guard isLast else {
      return Result(loss: loss, outputs: outputs, isUpdate: false, gradientNorm: nil)
    }
    waiting = 0
    return try update(loss: loss, outputs: outputs, rate: rate)
  }

  /// Changes the weights by the gradients there are, and clears them.
  func update(loss: TorchTensor, outputs: [TorchTensor], rate: Double) throws(LibTorchError) -> Result {
    try reducer?.finish()
    let gradients = optimizer.gradients
    let isFinite = try lossScale?.unscale(gradients) ?? true
    var norm: TorchTensor?
    if isFinite, !gradients.isEmpty {
      norm = try options.clipping?.apply(to: gradients) ?? nil
      try optimizer.step(rate: rate)
      try average?.update()
    }
    try optimizer.clearGradients()
    return Result(loss: loss, outputs: outputs, isUpdate: isFinite && !gradients.isEmpty, gradientNorm: norm)
  }

  /// Forward and backward: adds the batch's share to the gradients.
  func addGradients(
    of batch: TrainingBatch, leavesOutNonFinite: Bool
  ) throws(LibTorchError) -> (loss: TorchTensor, outputs: [TorchTensor]) {
    let statistics = leavesOutNonFinite ? try network.statistics() : []
    let parts = try batch.parts(options.microbatches)
    let passes = try sideBySide(parts) { part, index throws(LibTorchError) in
      // The first part's statistics stand for all, whichever comes first.
      try PartialPass(of: part, of: batch.count, in: self, updatesStatistics: index == 0)
    }
    let value = try passes.map(\.loss).sum()
    if leavesOutNonFinite, try !isFiniteEverywhere(value) {
      try network.restore(statistics: statistics)
    } else {
      let factor = (lossScale?.value ?? 1) / Double(max(options.accumulation, 1))
      _ = try sideBySide(passes) { pass, _ throws(LibTorchError) in
        try pass.pass.backward(from: factor == 1 ? pass.loss : ATen.mulScalar(pass.loss, b: factor))
      }
    }
    var outputs: [TorchTensor] = []
    for index in passes[0].outputs.indices {
      let parts = passes.map { $0.outputs[index] }
      outputs.append(try (parts.count == 1 ? parts[0] : ATen.cat(parts, axis: 0)).detached())
    }
    return (try value.detached(), outputs)
  }

  /// A part of a batch on its way, and its share of the loss.
  private struct PartialPass {
    let pass: TrainingPass
    var outputs: [TorchTensor] = []
    let loss: TorchTensor

    init(
      of part: TrainingBatch, of count: Int, in step: TrainingStep, updatesStatistics: Bool
    ) throws(LibTorchError) {
      pass = try TrainingPass(
        step.network, part.input, precision: step.options.precision, segments: step.options.checkpointingSegments,
        updatesStatistics: updatesStatistics)
      for output in pass.outputs { outputs.append(try output.to(step.network.type)) }
      let loss = try step.loss(outputs, part.targets, weights: part.weights)
      self.loss = part.count == count ? loss : try ATen.mulScalar(loss, b: Double(part.count) / Double(count))
    }
  }

  /// Whether a batch counts: for all processes or for none.
  private func isFiniteEverywhere(_ loss: TorchTensor) throws(LibTorchError) -> Bool {
    let isFinite = try loss.item().isFinite
    guard let group = reducer?.group else { return isFinite }
    return try group.max(isFinite ? 0 : 1) == 0
  }
}

extension TrainingStep {
  /// The gradients that wait for an update, by parameter; empty after one. Of several processes, their mean.
  public func gradients() throws(LibTorchError) -> Checkpoint {
    var gradients = Checkpoint()
    if waiting == 0 { return gradients }
    for parameter in optimizer.groups.flatMap(\.parameters) {
      guard let gradient = parameter.tensor.gradient else { continue }
      let mean = try ATen.clone(gradient)
      try reducer?.group.mean(mean)
      gradients[parameter.name] = try mean.tensor()
    }
    return gradients
  }

  /// Goes on from gradients that ``gradients()`` gave when so many batches waited.
  ///
  /// - Throws: ``LibTorchError`` where one is of no parameter here.
  public func restore(_ gradients: Checkpoint, waiting: Int) throws(LibTorchError) {
    let parameters = optimizer.groups.flatMap(\.parameters)
    for name in gradients.names {
      guard let parameter = parameters.first(where: { $0.name == name }), let gradient = gradients[name],
        gradient.shape == parameter.tensor.shape
      else {
        throw LibTorchError(
          operation: "gradients", reason: "'\(name)' is no parameter that is trained here, or of another shape")
      }
      try parameter.tensor.setGradient(TorchTensor(gradient, device: network.device))
    }
    self.waiting = waiting
  }
}

extension TrainingBatch {
  /// The first samples alone.
  public func first(_ count: Int) throws(LibTorchError) -> TrainingBatch { try rows(0..<count) }

  func rows(_ rows: Range<Int>) throws(LibTorchError) -> TrainingBatch {
    func part(_ tensor: TorchTensor) throws(LibTorchError) -> TorchTensor {
      try ATen.slice(tensor, axis: 0, start: rows.lowerBound, end: rows.upperBound, step: 1)
    }
    var batch = self
    batch.input = try part(input)
    batch.targets = []
    for target in targets { batch.targets.append(try part(target)) }
    if let weights { batch.weights = try part(weights) }
    return batch
  }
}
