/// The `optimizer` section: how gradients change weights.
public struct OptimizerDescription: Sendable, Hashable, Codable {
  public var name = Name.adam
  /// The learning rate that the schedule starts from.
  public var rate = 2e-3
  /// How fast Adam forgets gradients and their squares.
  public var betas = [0.9, 0.999]
  public var epsilon = 1e-8
  public var amsgrad = false
  /// SGD's.
  public var momentum = 0.9
  public var nesterov = false
  public var weightDecay = 0.0
  /// What is not decayed: `norms`, `biases`, `vectors`, or part of a parameter's name.
  public var noDecay: [String] = []
  public var layerDecay: LayerDecayDescription?
  /// Factors on the rate of parameters whose names have these parts.
  public var rateFactors: [String: Double] = [:]

  public enum Name: String, Sendable, Hashable, Codable, CaseIterable {
    case adam
    case adamW = "adamw"
    case sgd
  }

  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name
    case rate = "lr"
    case betas, epsilon, amsgrad, momentum, nesterov
    case weightDecay = "weight_decay"
    case noDecay = "no_decay"
    case layerDecay = "layer_decay"
    case rateFactors = "rate_factors"
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    name = try section.choice(.name, default: name)
    rate = try section.number(.rate, default: rate, in: 0...1000)
    betas = try section.value(.betas, default: betas)
    epsilon = try section.number(.epsilon, default: epsilon, in: 0...1)
    amsgrad = try section.value(.amsgrad, default: amsgrad)
    momentum = try section.number(.momentum, default: momentum, in: 0...1)
    nesterov = try section.value(.nesterov, default: nesterov)
    weightDecay = try section.number(.weightDecay, default: weightDecay, in: 0...1000)
    noDecay = try section.value(.noDecay, default: noDecay)
    layerDecay = try section.value(.layerDecay, default: layerDecay)
    rateFactors = try section.value(.rateFactors, default: rateFactors)
    try section.check(
      .rateFactors, rateFactors.values.allSatisfy { (0...1000).contains($0) }, "needs numbers in 0...1000")
    try section.check(
      .betas, betas.count == 2 && betas.allSatisfy { (0..<1).contains($0) }, "needs two numbers in 0..<1")
  }
}

/// The `layer_decay` section: smaller rates from the head down, for transformers (Bao et al., BEiT, ICLR 2022).
public struct LayerDecayDescription: Sendable, Hashable, Codable {
  /// What a layer's rate is of that above.
  public var factor: Double
  /// The path of the blocks: block `i` is `BLOCKS.i`.
  public var blocks: String
  /// How many there are.
  public var count: Int
  /// Names of parameters below the first block begin so.
  public var stem: [String]

  enum CodingKeys: String, CodingKey, CaseIterable { case factor, blocks, count, stem }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    factor = try section.number(.factor, default: 1, in: 0.01...1)
    blocks = try section.value(.blocks)
    count = try section.count(.count, default: 0, in: 1...10_000)
    stem = try section.value(.stem, default: [])
  }
}
