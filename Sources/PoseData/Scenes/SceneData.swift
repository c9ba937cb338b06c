import PoseConfiguration
import PoseCore
import PoseGraph

/// What a network learns from that looks for everybody at once: pictures with people, and the recipe by which each becomes an
/// input and its targets.
public struct SceneData: Sendable {
  public let samples: [PeoplePicture]
  public var recipe: SceneRecipe
  /// The entries of the datasets that could not be used.
  public let problems: DatasetProblems

  /// Reads the datasets that a configuration names, or those of the published experiment in their usual place.
  ///
  /// - Parameters:
  ///   - configuration: if it has no section `train`, its defaults are taken.
  ///   - graph: the configuration's network.
  /// - Throws: ``TrainingDataError`` where they do not go with the network, `FormatError` where they cannot be read.
  public init(_ configuration: ModelConfiguration, graph: Graph) throws {
    let descriptions = try configuration.trainingDatasets()
    let skeleton = try configuration.skeleton()
    recipe = try SceneRecipe(configuration, graph: graph)
    var (pictures, problems): ([PeoplePicture], DatasetProblems) = ([], DatasetProblems())
    var reason: String?
    for description in descriptions {
      let kind = try description.kind(for: skeleton, mapsJoints: true)
      guard kind.form == .coco else {
        throw TrainingDataError.dataset(
          description.annotations,
          reason:
            "says of each person alone where joints are, and the network looks for everybody in a picture: it needs "
            + "annotations in COCO's form")
      }
      let dataset = try description.dataset(kind, joints: skeleton, everybody: true)
      problems.append(dataset.problems)
      let own = dataset.peoplePictures(empty: description.empty)
      pictures += repeatElement(own, count: description.repeats).joined()
      if !own.contains(where: \.hasPeople) { reason = reason ?? dataset.emptinessReason }
    }
    (samples, self.problems) = (pictures, problems)
    guard samples.contains(where: \.hasPeople) else {
      throw TrainingDataError.dataset(
        descriptions[0].annotations,
        reason: "has nobody to learn from: \(reason ?? "none of its people has a labelled joint")")
    }
  }
}

extension PeoplePicture {
  fileprivate var hasPeople: Bool { !people.isEmpty }
}
