import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseGraph
import PoseImage

extension SampleRecipe {
  /// The recipe by which training makes the samples of a configuration.
  ///
  /// - Parameters:
  ///   - configuration: if it has no section `train`, its defaults are taken.
  ///   - kind: the first dataset's, which decides about the published augmentation.
  ///   - graph: the configuration's network, whose outputs learn the targets.
  /// - Throws: ``TrainingDataError`` where an output that a target is for is missing or has another shape, `TargetError`
  ///   where a setting is out of range.
  public init(_ configuration: ModelConfiguration, for kind: DatasetKind, graph: Graph) throws {
    let train = configuration.train ?? TrainingDescription()
    let (input, skeleton) = (configuration.model.input, try configuration.skeleton())
    let maps = graph.outputs.map { graph.shape(of: $0.value) }.first { $0.count == 4 }
    let grid = TargetGrid(
      joints: skeleton.joints.count, input: input,
      maps: Size(height: maps?[2] ?? input.height / 4, width: maps?[3] ?? input.width / 4))
    guard let target = configuration.codec.target(for: train.loss), !target.takesEverybody else {
      throw TrainingDataError.configuration(
        name: configuration.name, reason: "its codec \(configuration.codec.name) has no target to train with")
    }
    let encoder = try TargetEncoder(target, for: grid)
    try encoder.check(graph, of: configuration)
    self.init(
      skeleton: skeleton, encoder: encoder, augmentation: train.augmentation.augmentation(for: kind),
      warp: configuration.image.warp)
    encoding = configuration.image.encoding
    inputPose = configuration.inputPose.map { InputPose(sigma: $0.sigma) }
    if let teacher = train.teacher {
      teacherInput = try teacher.input(beside: configuration) ?? (augmentation.hidesChangesFromTeacher ? input : nil)
    }
  }
}

extension TargetEncoder {
  /// Checks that the network has an output for each of the target's ports.
  fileprivate func check(_ graph: Graph, of configuration: ModelConfiguration) throws(TrainingDataError) {
    let outputs = graph.outputs.map { (name: $0.name, shape: Array(graph.shape(of: $0.value).dropFirst())) }
    func list(_ ports: [(name: String, shape: [Int])]) -> String {
      ports.map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
    }
    let isComplete = ports.allSatisfy { port in
      outputs.contains { $0.name == port.name && port.accepts($0.shape) }
    }
    guard isComplete else {
      throw .configuration(
        name: configuration.name,
        reason: "its outputs (\(list(outputs))) cannot be trained with targets for "
          + "\(list(ports.map { ($0.name, $0.shape) })). Choose the codec that goes with the head")
    }
  }
}

extension TeacherDescription {
  /// The size of the teacher's crops where it is not the network's.
  fileprivate func input(beside configuration: ModelConfiguration) throws(TrainingDataError) -> Size? {
    let own = configuration.model.input
    guard let input, input != own else { return nil }
    func check(_ holds: Bool, _ reason: String) throws(TrainingDataError) {
      if !holds { throw .configuration(name: configuration.name, reason: reason) }
    }
    try check(
      input.height % own.height == 0 && input.height / own.height * own.width == input.width,
      "the teacher's input \(input) is not a multiple of the network's \(own)")
    try check(configuration.image.warp == .standard, "a teacher with a larger input needs image.warp: standard")
    try check(configuration.inputPose == nil, "a network that refines poses needs a teacher with the same input")
    return input
  }
}

extension CodecDescription {
  /// The target that a loss asks for; nil where the codec has none. SimCC's Gaussians have a peak of 1 where the loss makes
  /// distributions of them.
  public func target(for loss: LossDescription) -> (any Target)? {
    guard var target = target as? SimCCTarget else { return target }
    if let smoothing = loss.smoothing {
      target.labels = .oneHot(smoothing: smoothing)
    } else if let scale = loss.laplace {
      target.labels = .laplace(scale: scale)
    } else if loss.usesTargetSoftmax {
      target.labels = .gaussian(isNormalized: false)
    }
    return target
  }
}

extension AugmentationDescription {
  /// The preset's augmentation for a dataset, with the section's own values.
  func augmentation(for kind: DatasetKind) -> Augmentation {
    var augmentation =
      switch preset {
      case .liteHRNet: kind == .mpii ? Augmentation.mpii : .coco
      case .mmpose: Augmentation.mmpose
      case .none: Augmentation()
      }
    augmentation.flipProbability = flip ?? augmentation.flipProbability
    augmentation.halfBodyProbability = halfBody ?? augmentation.halfBodyProbability
    augmentation.scaleFactor = scale ?? augmentation.scaleFactor
    augmentation.rotationFactor = rotation ?? augmentation.rotationFactor
    augmentation.rotationProbability = rotationProbability ?? augmentation.rotationProbability
    augmentation.shiftProbability = shift ?? augmentation.shiftProbability
    augmentation.shiftFactor = shiftFactor ?? augmentation.shiftFactor
    if colors == true { augmentation.photometric = PhotometricDistortion() }
    augmentation.blurProbability = blur ?? augmentation.blurProbability
    augmentation.erasingProbability = erasing ?? augmentation.erasingProbability
    augmentation.degradation = degrade?.random
    augmentation.studentOnly = studentOnly
    return augmentation
  }
}

extension DegradeDescription {
  fileprivate var random: RandomDegradation {
    RandomDegradation(
      probability: probability,
      kinds: kinds.map { RandomDegradation.Choice(kind: $0, strength: strength(of: $0)) }, mostAtOnce: mostAtOnce)
  }
}
