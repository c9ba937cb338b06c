import Foundation
import PoseCodecs
import PoseConfiguration
import PoseGraph
import PoseTorch

extension OptimizerDescription {
  var rule: Optimizer.Rule {
    switch name {
    case .adam: .adam(beta1: betas[0], beta2: betas[1], epsilon: epsilon, amsgrad: amsgrad)
    case .adamW: .adamW(beta1: betas[0], beta2: betas[1], epsilon: epsilon)
    case .sgd: .sgd(momentum: momentum, nesterov: nesterov)
    }
  }

  var rules: [ParameterRule] {
    let decays: [ParameterRule] = noDecay.map { name in
      switch name {
      case "norms": .norms()
      case "biases": .biases()
      case "vectors": .vectors()
      default: .named(name, decay: 0)
      }
    }
    let rates = rateFactors.sorted { $0.key < $1.key }.map { ParameterRule.named($0.key, rate: $0.value) }
    return decays + rates
      + (layerDecay.map { [.layerDecay($0.factor, blocks: $0.blocks, count: $0.count, stem: $0.stem)] } ?? [])
  }
}

extension ScheduleDescription {
  func schedule(base: Double, epochs: Int, batchesPerEpoch: Int) -> Schedule {
    let decay: Schedule.Decay =
      switch kind {
      case .constant: .constant
      case .step: .step(at: steps.map { $0 * batchesPerEpoch }, factor: factor)
      case .cosine: .cosine(to: base * final)
      case .polynomial: .polynomial(power: power, to: base * final)
      case .oneCycle: .oneCycle()
      }
    return Schedule(
      base: base, decay: decay, length: epochs * batchesPerEpoch, start: start * batchesPerEpoch,
      warmUp: warmUp > 0 ? .init(iterations: warmUp, ratio: warmUpRatio) : nil)
  }
}

extension TrainingDescription.Precision {
  var mixed: MixedPrecision {
    switch self {
    case .float32: .none
    case .bfloat16: .bfloat16
    case .float16: .float16()
    }
  }
}

extension CodecDescription {
  var accuracyForm: TrainingAccuracy.Form {
    switch name {
    case .udpCombined: .heatmaps(mapsPerJoint: 3)
    case .simCC: .classes
    case .regression, .integral, .integralOneHot: .coordinates
    default: .heatmaps(mapsPerJoint: 1)
    }
  }
}

extension LossDescription {
  /// What a network with a codec learns by.
  func loss(
    for configuration: ModelConfiguration, _ graph: Graph, _ weights: Checkpoint, _ device: Device, seed: UInt64
  ) throws -> any Loss {
    switch name {
    case .codecs:
      switch configuration.codec.name {
      case .simCC: return simCCLoss
      case .udpCombined: return CombinedTargetMSE()
      case .regression: return graph.flowPrefix == nil ? CoordinateLoss(.smoothL1()) : try flow(graph, weights, device)
      case .integral: return IntegralLoss(.meanSquare)
      case .integralOneHot: return PoseFixLoss()
      case .default, .dark, .udp, .megvii: return JointsMSE()
      }
    case .meanSquare: return JointsMSE()
    case .hardestJoints: return JointsOHKM()
    case .adaptiveWing: return AdaptiveWing()
    case .simCC: return simCCLoss
    case .smoothL1: return CoordinateLoss(.smoothL1())
    case .l1: return CoordinateLoss(.l1)
    case .wing: return CoordinateLoss(.wing())
    case .softWing: return CoordinateLoss(.softWing())
    case .rle: return try flow(graph, weights, device)
    case .dsnt: return IntegralLoss(.divergence)
    }
  }

  private var simCCLoss: SimCCLoss {
    let average: SimCCLoss.Average =
      switch self.average {
      case .binsAndJoints: .binsAndJoints
      case .all: .all
      case .samples: .samples
      }
    return SimCCLoss(sharpness: sharpness, softensTargets: softensTargets, average: average)
  }

  /// The flows' weights are in the network's own file.
  private func flow(_ graph: Graph, _ weights: Checkpoint, _ device: Device) throws -> any Loss {
    var own: Checkpoint?
    if let prefix = graph.flowPrefix {
      var found = Checkpoint()
      for name in weights.names where name.hasPrefix(prefix) && name.contains("flow") {
        found[String(name.dropFirst(prefix.count))] = weights[name]
      }
      if found.count > 0 { own = found }
    }
    return graph.hasProposal
      ? try PoseurLoss(weights: own, device: device) : try ResidualLogLikelihood(weights: own, device: device)
  }
}

extension Graph {
  /// Whether there is a first guess to learn beside the coordinates that are made of it.
  fileprivate var hasProposal: Bool { outputs.contains { $0.name == "proposal" } }

  /// What comes before the flows' names in the names of a residual log-likelihood's parameters.
  var flowPrefix: String? {
    let flow = hasProposal ? "enc_flow." : "flow_model."
    return parameters.lazy.map(\.name).compactMap { name in
      name.range(of: flow).map { String(name[..<$0.lowerBound]) }
    }.first
  }
}
