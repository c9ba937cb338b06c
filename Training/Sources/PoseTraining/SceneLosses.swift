import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseData
import PoseExperiments
import PoseGraph
import PoseTorch

/// The losses that networks learn by that look for everybody at once, chosen by their targets.
struct SceneLosses {
  private let train: TrainingDescription
  private let network: TrainableNetwork
  private let recipe: SceneRecipe
  private let group: ProcessGroup?

  /// - Parameter group: the processes over which losses of places are averaged; nil for this one alone.
  init(
    _ train: TrainingDescription, _ network: TrainableNetwork, _ recipe: SceneRecipe, group: ProcessGroup?
  ) {
    (self.train, self.network, self.recipe, self.group) = (train, network, recipe, group)
  }

  /// - Throws: `TrainingError` where there is none for the targets.
  func loss() throws -> any Loss {
    let names = Set(recipe.encoder.ports.map(\.name))
    if names.contains("tag_indices") {
      return AssociativeEmbeddingLoss(
        output: outputs.contains("heatmaps_and_tags") ? "heatmaps_and_tags" : "heatmaps",
        joints: recipe.encoder.joints, hasFineHeatmaps: names.contains("fine_heatmaps"))
    }
    // The weights of MMPose 1.x's and of the published code's configurations.
    if names.contains("displacements") { return DEKRLoss(.displacements) }
    if names.contains("offsets") { return DEKRLoss(.offsets) }
    if names.contains("poses") { return AdaptivePoseLoss(sigmas: recipe.skeleton.sigmas) }
    if names.contains("instances") { return try CIDLoss(network) }
    if names.contains(PersonRow.port) { return try lossOfPlaces() }
    throw TrainingError.configuration(
      name: names.sorted().joined(separator: ", "), reason: "there is no loss for such targets: choose another codec")
  }

  private var outputs: Set<String> { Set(network.graph.outputs.map(\.name)) }

  /// YOLO-Pose's, YOLOX-Pose's or RTMO's. Of the latter two the boxes' outputs count by themselves, too, where pictures are whole.
  private func lossOfPlaces() throws -> any Loss {
    let levels = network.graph.scoreLevels.map { (height: $0[2], width: $0[3]) }
    let (width, sigmas) = (recipe.input.width, recipe.skeleton.sigmas)
    if outputs.contains("anchor_preds.0") { return try YOLOPoseLoss(network, inputWidth: width, sigmas: sigmas) }
    guard outputs.contains("pose_feats.0"), let persons = network.parts.first else {
      var loss = YOLOXPoseLoss(levels: levels, inputWidth: width, sigmas: sigmas)
      loss.group = group
      let first = loss
      loss.usesAuxiliaryLoss = true
      return ScheduledLoss(first: first, later: [(recipe.plainEpoch, loss)])
    }
    var loss = try RTMOLoss(levels: levels, inputWidth: width, sigmas: sigmas, persons: persons)
    (loss.group, loss.likelihoodWeight) = (group, train.loss.likelihood)
    var scheduled = ScheduledLoss(first: loss)
    let changes = Set([recipe.plainEpoch] + (train.loss.classifierFrom.map { [$0] } ?? []))
    for epoch in changes.sorted() {
      if let start = train.loss.classifierFrom, start <= epoch {
        (loss.learnsFromClassifier, loss.likelihoodWeight, loss.similarityWeight) = (true, 5, 10)
        (loss.classWeight, loss.overlapsPower) = (train.loss.scoreWeight, train.loss.scorePower)
      }
      loss.usesAuxiliaryLoss = recipe.plainEpoch <= epoch
      scheduled.later.append((epoch, loss))
    }
    return scheduled
  }
}
