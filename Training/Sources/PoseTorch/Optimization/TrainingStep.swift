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
    /// In how many parts to keep the network's values; more take less memory and more time.
    public var segments = 1
    /// Batches whose gradients are averaged for one update.
    public var accumulation = 1
    public var clipping: GradientClipping?

    public init() {}
  }

  public struct Result {
    /// The batch's loss, still on its device: reading it waits.
    public let loss: TorchTensor
    /// Whether the weights changed; false between updates, and where a float16 gradient was not finite.
    public let isUpdate: Bool
    /// The length of all gradients before they were clipped, where clipping by length asked for it.
    public let gradientNorm: TorchTensor?
  }

  public let network: TrainableNetwork
  public let loss: any Loss
  public let optimizer: Optimizer
  public let options: Options
  /// Only in float16.
  public let lossScale: LossScale?
  /// What is updated with the weights, if anything.
  public var average: MovingAverage?
  /// Averages the gradients of an update over several processes, before they are clipped.
  public var reducer: GradientReducer?

  private var batches = 0

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
    let isLast = (batches + 1) % max(options.accumulation, 1) == 0
    if isLast { reducer?.expectGradients() }
    let value = try addGradients(of: batch)
    batches += 1
    guard isLast else {
      return Result(loss: value, isUpdate: false, gradientNorm: nil)
    }
    return try update(loss: value, rate: rate, keepsGradients: false)
  }

  /// Changes the weights by the gradients there are.
  ///
  /// - Parameter keepsGradients: whether the next batch writes over the gradients instead of adding to none.
  func update(loss: TorchTensor, rate: Double, keepsGradients: Bool) throws(LibTorchError) -> Result {
    try reducer?.finish()
    let gradients = optimizer.gradients
    let isFinite = try lossScale?.unscale(gradients) ?? true
    var norm: TorchTensor?
    if isFinite {
      norm = try options.clipping?.apply(to: gradients) ?? nil
      try optimizer.step(rate: rate)
      try average?.update()
    }
    if !keepsGradients { try optimizer.clearGradients() }
    return Result(loss: loss, isUpdate: isFinite, gradientNorm: norm)
  }

  /// Forward and backward: adds the batch's share to the gradients.
  func addGradients(of batch: TrainingBatch) throws(LibTorchError) -> TorchTensor {
    let pass = try TrainingPass(
      network, batch.input, precision: options.precision, segments: options.segments)
    var outputs: [TorchTensor] = []
    for output in pass.outputs { outputs.append(try output.to(network.type)) }
    let value = try loss(outputs, batch.targets, weights: batch.weights)
    let factor = (lossScale?.value ?? 1) / Double(max(options.accumulation, 1))
    try pass.backward(from: factor == 1 ? value : ATen.mulScalar(value, b: factor))
    return try value.detached()
  }
}
