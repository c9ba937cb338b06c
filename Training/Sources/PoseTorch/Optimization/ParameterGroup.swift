/// Parameters that are updated alike.
public struct ParameterGroup {
  public var parameters: [TrainableNetwork.NamedParameter]
  /// A factor on the schedule's learning rate.
  public var rateFactor: Double
  /// A factor on the optimiser's weight decay.
  public var decayFactor: Double

  public init(_ parameters: [TrainableNetwork.NamedParameter], rateFactor: Double = 1, decayFactor: Double = 1) {
    self.parameters = parameters
    self.rateFactor = rateFactor
    self.decayFactor = decayFactor
  }

  /// Trainable parameters by the rules that apply to them: one group for each pair of factors, in the parameters' order.
  public static func groups(
    _ parameters: [TrainableNetwork.NamedParameter], rules: [ParameterRule] = []
  ) -> [ParameterGroup] {
    var groups: [ParameterGroup] = []
    for parameter in parameters where parameter.isTrainable && parameter.tensor.requiresGradient {
      let (rate, decay) = rules.reduce((1.0, 1.0)) { factors, rule in
        let own = rule.factors(of: parameter)
        return (factors.0 * own.rate, factors.1 * own.decay)
      }
      if let index = groups.firstIndex(where: { $0.rateFactor == rate && $0.decayFactor == decay }) {
        groups[index].parameters.append(parameter)
      } else {
        groups.append(ParameterGroup([parameter], rateFactor: rate, decayFactor: decay))
      }
    }
    return groups
  }
}

/// Factors for some of the parameters; where several rules apply, their factors multiply.
public enum ParameterRule: Sendable, Hashable {
  /// For parameters whose name contains a text, such as `relative_position_bias_table`.
  case named(String, rate: Double = 1, decay: Double = 1)
  /// For the weights and biases of norms.
  case norms(rate: Double = 1, decay: Double = 0)
  /// For biases other than norms'.
  case biases(rate: Double = 1, decay: Double = 0)
  /// For all with fewer than two axes: norms, biases, scales.
  case vectors(rate: Double = 1, decay: Double = 0)
  /// Layer by layer smaller rates from the head down (Bao et al., BEiT, ICLR 2022). Of `count` blocks, block `i` is
  /// `BLOCKS.i.`; what starts with one of `stem` lies below them, all else above.
  case layerDecay(Double, blocks: String, count: Int, stem: [String] = [])

  func factors(of parameter: TrainableNetwork.NamedParameter) -> (rate: Double, decay: Double) {
    switch self {
    case .named(let text, let rate, let decay):
      return parameter.name.contains(text) ? (rate, decay) : (1, 1)
    case .norms(let rate, let decay):
      return parameter.isOfNorm ? (rate, decay) : (1, 1)
    case .biases(let rate, let decay):
      return !parameter.isOfNorm && parameter.name.split(separator: ".").last == "bias" ? (rate, decay) : (1, 1)
    case .vectors(let rate, let decay):
      return parameter.tensor.shape.count < 2 ? (rate, decay) : (1, 1)
    case .layerDecay(let factor, let blocks, let count, let stem):
      let depth = depth(of: parameter.name, blocks: blocks, count: count, stem: stem)
      // Multiplied out: powers of a rate near one differ in their last place between platforms.
      return ((depth..<count + 1).reduce(1) { product, _ in product * factor }, 1)
    }
  }

  /// 0 for the stem, `i + 1` for block `i`, `count + 1` above.
  private func depth(of name: String, blocks: String, count: Int, stem: [String]) -> Int {
    if stem.contains(where: name.hasPrefix) { return 0 }
    guard name.hasPrefix(blocks + "."), let block = Int(name.dropFirst(blocks.count + 1).prefix { $0 != "." }) else {
      return count + 1
    }
    return min(max(block, 0), count) + 1
  }
}
