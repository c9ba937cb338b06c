import PoseGraph

/// Changes weights by their gradients: Adam, AdamW or SGD, each group of parameters with its own factors.
public final class Optimizer {
  public enum Rule: Sendable, Hashable {
    /// Kingma and Ba, ICLR 2015; decay adds to the gradient. `amsgrad` never lets a step grow (Reddi et al., ICLR 2018).
    case adam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, amsgrad: Bool = false)
    /// Loshchilov and Hutter, ICLR 2019; decay shrinks the weights themselves.
    case adamW(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8)
    case sgd(momentum: Double = 0, nesterov: Bool = false)
  }

  public let rule: Rule
  public let decay: Double
  public let groups: [ParameterGroup]
  /// How many steps there have been.
  public private(set) var steps = 0

  /// What the rule remembers of each parameter, group by group: running means, or momenta.
  private var means: [[TorchTensor]] = []
  private var squares: [[TorchTensor]] = []
  private var greatestSquares: [[TorchTensor]] = []
  /// The count of steps where the rule's arithmetic is; one number for all.
  private let stepCount: TorchTensor

  /// - Parameter decay: the weight decay, times each group's factor.
  /// - Throws: ``LibTorchError`` where there is nothing to train, or no memory.
  public init(_ rule: Rule, groups: [ParameterGroup], decay: Double = 0) throws(LibTorchError) {
    self.rule = rule
    self.decay = decay
    self.groups = groups
    guard let first = groups.first?.parameters.first?.tensor else {
      throw LibTorchError(operation: "optimizer", reason: "no parameter is to be trained; all are frozen")
    }
    stepCount = try TorchTensor.zeros([], device: first.device)
    for group in groups {
      let zeros = { () throws(LibTorchError) -> [TorchTensor] in
        var tensors: [TorchTensor] = []
        for parameter in group.parameters { tensors.append(try ATen.zeros_like(parameter.tensor.detached())) }
        return tensors
      }
      means.append(try zeros())
      squares.append(rule.hasSquares ? try zeros() : [])
      greatestSquares.append(rule.isAMSGrad ? try zeros() : [])
    }
  }

  /// Changes the weights by their gradients. A parameter without a gradient stays.
  ///
  /// - Parameter rate: the schedule's learning rate for this step.
  public func step(rate: Double) throws(LibTorchError) {
    try withoutGradients { () throws(LibTorchError) in
      try ATen.addScalarInPlace(stepCount, b: 1, alpha: 1)
      for index in groups.indices { try update(index, rate: rate * groups[index].rateFactor) }
    }
    steps += 1
  }

  /// Forgets the gradients, before the next are added up.
  public func clearGradients() throws(LibTorchError) {
    for parameter in groups.flatMap(\.parameters) { try parameter.tensor.setGradient(nil) }
  }

  /// Every parameter with a gradient.
  var gradients: [TorchTensor] { groups.flatMap(\.parameters).compactMap(\.tensor.gradient) }

  private func update(_ index: Int, rate: Double) throws(LibTorchError) {
    let group = groups[index]
    let decay = decay * group.decayFactor
    var present: [Int] = []
    var gradients: [TorchTensor] = []
    for (position, parameter) in group.parameters.enumerated() {
      guard let gradient = parameter.tensor.gradient else { continue }
      present.append(position)
      gradients.append(gradient)
    }
    if present.isEmpty { return }
    let all = present.count == group.parameters.count
    func chosen(_ tensors: [TorchTensor]) -> [TorchTensor] {
      all || tensors.isEmpty ? tensors : present.map { tensors[$0] }
    }
    let weights = chosen(group.parameters.map(\.tensor))
    let counts = [TorchTensor](repeating: stepCount, count: weights.count)
    switch rule {
    case .adam(let beta1, let beta2, let epsilon, let amsgrad):
      try ATen.fusedAdam(
        weights, gradients, chosen(means[index]), chosen(squares[index]), chosen(greatestSquares[index]), counts,
        rate: rate, beta1: beta1, beta2: beta2, decay: decay, epsilon: epsilon, amsgrad: amsgrad, maximize: false,
        nil, nil)
    case .adamW(let beta1, let beta2, let epsilon):
      try ATen.fusedAdamW(
        weights, gradients, chosen(means[index]), chosen(squares[index]), [], counts, rate: rate, beta1: beta1,
        beta2: beta2, decay: decay, epsilon: epsilon, amsgrad: false, maximize: false, nil, nil)
    case .sgd(let momentum, let nesterov):
      // Momenta start at zero, so the first step needs no rule of its own.
      try ATen.fusedSGD(
        weights, gradients, momentum == 0 ? [] : chosen(means[index]), decay: decay, momentum: momentum, rate: rate,
        dampening: 0, nesterov: nesterov, maximize: false, isFirstStep: false, nil, nil)
    }
  }
}

extension Optimizer {
  /// All that the rule remembers, for a checkpoint: `NAME.mean`, `NAME.square` and so on by parameter, and `steps`.
  public func state() throws(LibTorchError) -> Checkpoint {
    var state = Checkpoint()
    for (key, tensor) in tensors { state[key] = try tensor.tensor() }
    state[Self.stepsName] = try stepCount.tensor()
    return state
  }

  /// Goes on from a state that ``state()`` gave, bit for bit.
  ///
  /// - Throws: ``LibTorchError`` where it is of other parameters or of another rule; nothing has changed then.
  public func restore(_ state: Checkpoint) throws(LibTorchError) {
    let expected = tensors + [(Self.stepsName, stepCount)]
    for (key, tensor) in expected {
      guard let saved = state[key], saved.shape == tensor.shape, TorchType(saved.type) == tensor.type else {
        throw LibTorchError(
          operation: "optimizer",
          reason: "the saved state has no '\(key)' of shape \(tensor.shape); was it saved by "
            + "another optimizer or for another network?")
      }
    }
    guard state.count == expected.count else {
      throw LibTorchError(
        operation: "optimizer",
        reason: "the saved state has \(state.count) entries, this optimizer \(expected.count)")
    }
    for (key, tensor) in expected {
      if let saved = state[key] { try ATen.copyInPlace(tensor, TorchTensor(saved), nonBlocking: false) }
    }
    steps = Int(try stepCount.item())
  }

  private static let stepsName = "steps"

  private var tensors: [(String, TorchTensor)] {
    groups.indices.flatMap { index in
      [("mean", means), ("square", squares), ("greatest_square", greatestSquares)].flatMap { kind, tensors in
        zip(groups[index].parameters, tensors[index]).map { ("\($0.name).\(kind)", $1) }
      }
    }
  }
}

extension Optimizer.Rule {
  fileprivate var hasSquares: Bool { if case .sgd = self { false } else { true } }
  fileprivate var isAMSGrad: Bool { if case .adam(_, _, _, amsgrad: true) = self { true } else { false } }
}
