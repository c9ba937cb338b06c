import Foundation
import PoseCodecs
import PoseConfiguration
import PoseExperiments
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

extension OptimizerDescription {
  func optimizer(of parameters: [TrainableNetwork.NamedParameter]) throws -> Optimizer {
    try Optimizer(rule, groups: ParameterGroup.groups(parameters, rules: rules), decay: weightDecay)
  }
}

extension TrainingDescription {
  var stepOptions: TrainingStep.Options {
    var options = TrainingStep.Options()
    options.precision = precision.mixed
    options.checkpointingSegments = checkpointingSegments
    options.accumulation = accumulation
    options.clipping = clipNorm.map { .norm($0) }
    options.microbatches = microbatches
    options.leavesOutNonFinite = true
    return options
  }

  /// - Parameter processes: how many train together, where the learning rate is scaled by the batch; nil where it is not.
  func schedule(batchesPerEpoch: Int, processes: Int?) -> Schedule {
    let base = processes.map {
      Schedule.scaled(optimizer.rate, batch: batch * accumulation * $0, baseBatchSize: baseBatchSize)
    }
    return schedule.schedule(base: base ?? optimizer.rate, epochs: epochs, batchesPerEpoch: batchesPerEpoch)
  }
}

extension ModelConfiguration {
  /// The section `train`, of which no parts contradict each other.
  var checkedTraining: TrainingDescription {
    get throws(TrainingError) {
      guard let train else {
        throw .configuration(
          name: name,
          reason: "has no section 'train'. Add one, or say what differs from Lite-HRNet's: --set train.epochs=210")
      }
      guard train.microbatches == 1 || !train.syncNorms else {
        throw .configuration(
          name: name,
          reason: "norms cannot be shared by processes and computed by microbatches: --set train.microbatches=1")
      }
      guard !train.normEval || (!train.syncNorms && train.average?.normBatches ?? 0 == 0) else {
        throw .configuration(
          name: name,
          reason: "norms that keep their statistics (norm_eval) take none from batches: leave train.sync_norms and "
            + "train.ema.norm_batches out")
      }
      return train
    }
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

extension LossDescription {
  /// The loss that a network with these targets learns by.
  ///
  /// - Parameter weights: the network's, among which a flow's may be.
  func loss(
    for ports: [TargetPort], joints: Int, _ graph: Graph, _ weights: Checkpoint, _ device: Device
  ) throws -> any Loss {
    switch name {
    case .codecs:
      switch Set(ports.map(\.name)) {
      case ["x", "y"]: return simCCLoss
      case ["coordinates", "logits"]: return PoseFixLoss()
      case ["heatmaps", "centers", "regs", "offsets"]: return MoveNetLoss()
      case ["coordinates", "heatmaps"]: return IntegralLoss(.meanSquare)
      case ["coordinates"]:
        return graph.flowPrefix == nil ? CoordinateLoss(.smoothL1()) : try flow(graph, weights, device)
      default: return ports[0].shape[0] == 3 * joints ? CombinedTargetMSE() : JointsMSE()
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
    return SimCCLoss(beta: beta, usesTargetSoftmax: usesTargetSoftmax, average: average)
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
