import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseData
import PoseEstimation
import PoseGraph
import PoseTorch

/// What a network learns from: people in pictures, and how each becomes an input and its targets.
public struct TrainingData: Sendable {
  public let samples: [TrainingSample]
  public let recipe: SampleRecipe
  /// What could not be used of the datasets.
  public let problems: DatasetProblems

  /// Reads the datasets that a configuration names, or the published one in its usual place.
  ///
  /// - Throws: ``TrainingError`` where they do not go with the network, `FormatError` where they cannot be read.
  public init(_ configuration: ModelConfiguration, _ train: TrainingDescription, graph: Graph) throws {
    var descriptions = train.data.train
    if descriptions.isEmpty { descriptions = [try configuration.usualData().train] }
    guard let skeleton = Skeleton(named: configuration.model.joints) else {
      throw TrainingError.configuration(
        name: configuration.name, reason: "there are no joints called \(configuration.model.joints)")
    }
    let kinds = try descriptions.map { try $0.kind(of: configuration, mapsJoints: true) }
    recipe = try configuration.sampleRecipe(train, for: kinds[0], joints: skeleton, graph)
    let input = configuration.model.input
    var (annotated, problems): ([TrainingSample], DatasetProblems) = ([], DatasetProblems())
    for (description, kind) in zip(descriptions, kinds) {
      let dataset = try description.dataset(kind, joints: skeleton)
      problems.append(dataset.problems)
      let samples = dataset.trainingSamples(
        input: input, padding: configuration.image.padding,
        unlabelled: description.unlabelled, neighbours: recipe.inputPose != nil)
      annotated += repeatElement(samples, count: description.times).joined()
    }
    self.problems = problems
    samples = train.augmentation.upright ? annotated.map { [recipe] in $0.upright(for: recipe) } : annotated
    guard !samples.isEmpty else {
      throw TrainingError.dataset(descriptions[0].annotations, reason: "has no person with a labelled joint")
    }
  }

  /// What a network reads of the first batches.
  func inputs(
    ofBatches count: Int, _ options: SampleLoader.Options, seed: UInt64, device: Device = .cpu
  ) throws -> [TorchTensor] {
    let loader = try SampleLoader(samples, recipe: recipe, seed: seed, options: options)
    return try (0..<count).map { _ in
      try loader.withNextBatch { try TorchTensor($0.pixels, [$0.count] + recipe.inputShape, device: device) }
    }
  }
}

extension DatasetDescription {
  /// The dataset's kind, which must have the network's joints.
  ///
  /// - Parameter mapsJoints: whether it may have others, of which those of the same name are used.
  func kind(of configuration: ModelConfiguration, mapsJoints: Bool = false) throws(TrainingError) -> DatasetKind {
    let joints = configuration.model.joints
    if let name = self.kind {
      guard let kind = DatasetKind(named: name) else {
        let known = DatasetKind.all.map(\.name).joined(separator: ", ")
        throw .dataset(annotations, reason: "no dataset is called '\(name)'. There are: \(known)")
      }
      guard mapsJoints || kind.skeleton.name == joints else {
        throw .dataset(annotations, reason: "\(name) has the joints \(kind.skeleton.name), the network \(joints)")
      }
      return kind
    }
    if let kind = DatasetKind.all.first(where: { $0.skeleton.name == joints }) { return kind }
    guard let skeleton = Skeleton(named: joints) else {
      throw .dataset(annotations, reason: "there are no joints called \(joints)")
    }
    return DatasetKind(skeleton: skeleton)
  }

  /// The people of the part that is meant, with these joints.
  func dataset(_ kind: DatasetKind, joints: Skeleton) throws -> Dataset {
    let whole = try Dataset(
      kind, annotations: annotations, pictures: images, options: DatasetOptions(includesUnlabelled: unlabelled))
    let dataset = try datasetPart.map(whole.part) ?? whole
    return kind.skeleton == joints
      ? dataset : try dataset.mapped(to: joints, by: JointMapping(from: kind.skeleton, to: joints))
  }

  var datasetPart: DatasetPart? {
    get throws(TrainingError) {
      guard let part else { return nil }
      guard let parsed = DatasetPart(part) else {
        throw .dataset(annotations, reason: "there is no part '\(part)' of it: write 2/5, or not 2/5 for the others")
      }
      return parsed
    }
  }
}

extension ModelConfiguration {
  /// Where the published code looks for the datasets of its experiments.
  func usualData() throws(TrainingError) -> (train: DatasetDescription, validation: DatasetDescription) {
    func coco(_ part: String) -> DatasetDescription {
      DatasetDescription(
        kind: "coco", annotations: "data/coco/annotations/person_keypoints_\(part)2017.json",
        images: "data/coco/\(part)2017")
    }
    func mpii(_ part: String) -> DatasetDescription {
      DatasetDescription(
        kind: "mpii", annotations: "data/mpii/annotations/mpii_\(part).json", images: "data/mpii/images")
    }
    switch model.joints {
    case "coco17": return (coco("train"), coco("val"))
    case "mpii16":
      var validation = mpii("val")
      validation.truth = "data/mpii/annotations/mpii_gt_val.mat"
      return (mpii("train"), validation)
    default:
      throw .configuration(
        name: name,
        reason: "no dataset is named. Add --set train.data.train.0.annotations=FILE "
          + "--set train.data.train.0.images=FOLDER")
    }
  }

  func sampleRecipe(
    _ train: TrainingDescription, for kind: DatasetKind, joints skeleton: Skeleton, _ graph: Graph
  ) throws -> SampleRecipe {
    let input = model.input
    let maps = graph.outputs.map { graph.shape(of: $0.value) }.first { $0.count == 4 }
    let encoder = try TargetEncoder(
      codec.target(for: train.loss), joints: skeleton.joints.count, input: input,
      heatmap: Size(height: maps?[2] ?? input.height / 4, width: maps?[3] ?? input.width / 4))
    let outputs = graph.outputs.map { Array(graph.shape(of: $0.value).dropFirst()) }
    let isSpread = outputs.first?.last == 4 && codec.name == .regression
    guard outputs == encoder.shapes || isSpread else {
      throw TrainingError.configuration(
        name: name, reason: "its outputs \(outputs) cannot be trained with targets \(encoder.shapes)")
    }
    var recipe = SampleRecipe(
      skeleton: skeleton, encoder: encoder, augmentation: train.augmentation.published(for: kind),
      warp: image.warp)
    recipe.encoding = PixelEncoding(mean: SIMD3(image.mean), deviation: SIMD3(image.std))
    recipe.inputPose = inputPose.map { InputPose(sigma: $0.sigma) }
    return recipe
  }
}

extension CodecDescription {
  /// What a network learns by a loss; SimCC's Gaussians have a peak of 1 where the loss makes distributions of them.
  func target(for loss: LossDescription) -> TargetKind {
    guard case .simCC(var labels) = target else { return target }
    if let smoothing = loss.smoothing {
      labels.shape = .standard(smoothing: smoothing)
    } else if let scale = loss.laplace {
      labels.shape = .laplace(scale: scale)
    } else if loss.softensTargets, case .gaussian(let x, let y, _) = labels.shape {
      labels.shape = .gaussian(sigmaX: x, sigmaY: y, isNormalized: false)
    }
    return .simCC(labels)
  }
}

extension AugmentationDescription {
  /// The published variation of a dataset's pictures with what differs here.
  func published(for kind: DatasetKind) -> Augmentation {
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
    return augmentation
  }
}

extension SIMD3<Float> {
  /// Three channels, as configurations have them.
  fileprivate init(_ channels: [Double]) {
    self.init(repeating: 1)
    for (index, value) in channels.prefix(3).enumerated() { self[index] = Float(value) }
  }
}
