import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseData
import PoseExperiments
import PoseGraph
import PoseTorch

/// What a network learns: people's joints, each person by itself or everybody in a picture at once, or the objects or the
/// pixels of whole pictures.
public enum TrainingTask: Sendable {
  case joints(TrainingData)
  case scenes(SceneData)
  case objects(PictureData)
  case masks(MaskData)

  /// - Throws: `TrainingDataError` where the data do not go with the network, `TrainingError` where the section `train` asks
  ///   for what the network cannot learn by, `FormatError` where a dataset cannot be read.
  init(_ configuration: ModelConfiguration, graph: Graph) throws {
    if configuration.segmentsPictures {
      try configuration.checkLearnsMasks()
      self = .masks(try MaskData(configuration))
    } else if !configuration.model.classes.isEmpty {
      try configuration.checkLearnsObjects()
      self = .objects(try PictureData(configuration))
    } else if configuration.findsEverybody {
      try configuration.checkLearnsScenes()
      self = .scenes(try SceneData(configuration, graph: graph))
    } else {
      try configuration.checkLearnsJoints()
      self = .joints(try TrainingData(configuration, graph: graph))
    }
  }

  /// What batches are made of.
  public var samples: SampleSource {
    switch self {
    case .joints(let data): SampleSource(data.samples, recipe: data.recipe)
    case .scenes(let data): SampleSource(data.samples, recipe: data.recipe)
    case .objects(let data): SampleSource(data.samples, recipe: data.recipe)
    case .masks(let data): SampleSource(data.samples, recipe: data.recipe)
    }
  }

  /// The entries of the datasets that could not be used.
  public var problems: DatasetProblems {
    switch self {
    case .joints(let data): data.problems
    case .scenes(let data): data.problems
    case .objects(let data): data.problems
    case .masks(let data): data.problems
    }
  }

  /// What batches have targets for.
  var ports: [TargetPort] {
    switch self {
    case .joints(let data): data.recipe.encoder.ports
    case .scenes(let data): data.recipe.encoder.ports
    case .objects(let data): [data.recipe.port]
    case .masks(let data): [data.recipe.port]
    }
  }

  /// The parts of the network that the loss runs: RTMO's and CID's, which find the joints of one person.
  func parts(of configuration: ModelConfiguration, _ graph: Graph) throws -> [Graph] {
    guard case .scenes = self, ports.contains(where: { [PersonRow.port, "instances"].contains($0.name) }) else {
      return []
    }
    return try configuration.personGraph(of: graph).map { [$0] } ?? []
  }

  /// The loss that the network learns by.
  ///
  /// - Parameters:
  ///   - weights: the network's, among which a flow's may be.
  ///   - group: the processes that train together.
  func loss(
    _ train: TrainingDescription, _ network: TrainableNetwork, _ weights: Checkpoint, group: ProcessGroup
  ) throws -> any Loss {
    let graph = network.graph
    // Parts of a batch that run side by side cannot wait for other processes.
    let group = group.size > 1 && train.microbatches == 1 ? group : nil
    switch self {
    case .joints(let data):
      return try train.loss.loss(for: ports, joints: data.recipe.encoder.joints, graph, weights, network.device)
    case .scenes(let data): return try SceneLosses(train, network, data.recipe, group: group).loss()
    case .objects(let data):
      let levels = graph.scoreLevels
      var loss = RTMDetLoss(
        levels: levels.map { (height: $0[2], width: $0[3]) }, inputWidth: data.recipe.input.width,
        classes: levels.first.map { $0[1] } ?? 0)
      loss.group = group
      return loss
    case .masks(let data):
      let masks = train.masks ?? MaskDescription()
      return SegmentationLoss(
        classes: data.recipe.classes.count,
        hardPixels: masks.hardPixels.map { .init(threshold: $0.threshold, least: $0.least) },
        auxiliary: graph.outputs.contains { $0.name == "auxiliary_logits" } ? masks.auxiliary : nil,
        alignCorners: data.alignsCorners)
    }
  }

  /// The share of joints that are found while training; nil for what has none.
  func accuracy(of graph: Graph) -> TrainingAccuracy? {
    guard case .joints(let data) = self else { return nil }
    return TrainingAccuracy(ports, joints: data.recipe.encoder.joints, outputs: graph.outputs.map(\.name))
  }
}

extension Graph {
  /// The shapes of a detector's scores, the finest first.
  var scoreLevels: [[Int]] {
    outputs.filter { $0.name.hasPrefix("cls_scores.") }.map { shape(of: $0.value) }.filter { $0.count == 4 }
  }
}

extension ModelConfiguration {
  private func check(_ holds: Bool, _ reason: @autoclosure () -> String) throws(TrainingError) {
    if !holds { throw .configuration(name: name, reason: reason()) }
  }

  fileprivate func checkLearnsScenes() throws(TrainingError) {
    guard let train else { return }
    try check(
      train.teacher == nil, "a teacher is for networks that see one person at a time: leave train.teacher out")
    let looksForPlaces = codec.target is PeopleTarget
    var loss = train.loss
    if looksForPlaces {
      let own = LossDescription()
      (loss.likelihood, loss.classifierFrom) = (own.likelihood, own.classifierFrom)
      (loss.scoreWeight, loss.scorePower) = (own.scoreWeight, own.scorePower)
    }
    try check(
      loss == LossDescription(),
      "its loss goes with its codec"
        + (looksForPlaces ? ", and has likelihood, classifier_from, score_weight and score_power alone" : "")
        + ": leave the rest of train.loss out")
    try check(
      !train.cudaGraph || !looksForPlaces && !(codec.target is CIDTarget),
      "its loss chooses places on the CPU in each step: --set train.cuda_graph=false")
    try check(
      train.microbatches == 1 || !looksForPlaces,
      "its loss has norms of its own, which parts of a batch cannot share: --set train.microbatches=1")
  }

  fileprivate func checkLearnsJoints() throws(TrainingError) {
    try check(
      train?.pictures == nil,
      "train.pictures is for networks that look at whole pictures, and this one sees one person: set train.augmentation"
    )
  }

  fileprivate func checkLearnsMasks() throws(TrainingError) {
    guard let train else { return }
    try check(train.teacher == nil, "a teacher is for networks that find joints: leave train.teacher out")
    try check(
      train.loss == LossDescription(),
      "a network that segments pictures learns by cross entropy: leave train.loss out, and see train.masks")
    try check(
      !train.cudaGraph || train.masks?.hardPixels == nil,
      "hard pixels are counted on the CPU in each step: --set train.cuda_graph=false")
  }

  fileprivate func checkLearnsObjects() throws(TrainingError) {
    guard let train else { return }
    try check(train.teacher == nil, "a teacher is for networks that find joints: leave train.teacher out")
    try check(
      train.loss == LossDescription(), "a detector learns by RTMDet's loss, which has no settings: leave train.loss out"
    )
    try check(
      !train.cudaGraph, "a detector's loss chooses places on the CPU in each step: --set train.cuda_graph=false")
  }
}
