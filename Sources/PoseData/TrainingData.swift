import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseGraph

/// What a network learns from: people in pictures, and the recipe by which each becomes an input and its target.
///
/// Training, `pose browse` and the benchmarks make their samples here, so that all of them see the same.
public struct TrainingData: Sendable {
  public let samples: [TrainingSample]
  public var recipe: SampleRecipe
  /// The entries of the datasets that could not be used.
  public let problems: DatasetProblems

  /// Reads the datasets that a configuration names, or those of the published experiment in their usual place.
  ///
  /// - Parameters:
  ///   - configuration: if it has no section `train`, its defaults are taken.
  ///   - graph: the configuration's network.
  /// - Throws: ``TrainingDataError`` where they do not go with the network, `FormatError` where they cannot be read.
  public init(_ configuration: ModelConfiguration, graph: Graph) throws {
    let train = configuration.train ?? TrainingDescription()
    let descriptions = try configuration.trainingDatasets()
    let skeleton = try configuration.skeleton()
    let kinds = try descriptions.map { try $0.kind(for: skeleton, mapsJoints: true) }
    let recipe = try SampleRecipe(configuration, for: kinds[0], graph: graph)
    self.recipe = recipe
    var (annotated, problems): ([TrainingSample], DatasetProblems) = ([], DatasetProblems())
    var reason: String?
    for (description, kind) in zip(descriptions, kinds) {
      let dataset = try description.dataset(kind, joints: skeleton)
      problems.append(dataset.problems)
      let samples = dataset.trainingSamples(
        input: configuration.model.input, padding: configuration.image.padding, unlabelled: description.unlabelled,
        neighbours: recipe.neighbourOverlap)
      annotated += repeatElement(samples, count: description.repeats).joined()
      if samples.isEmpty { reason = reason ?? dataset.reasonForNoSample }
    }
    self.problems = problems
    samples = train.augmentation.upright ? annotated.map { $0.upright(for: recipe) } : annotated
    guard !samples.isEmpty else {
      throw TrainingDataError.dataset(
        descriptions[0].annotations, reason: "has nobody to learn from: \(reason ?? "it is repeated 0 times")")
    }
  }
}

extension Dataset {
  /// Why there is nobody to learn from.
  fileprivate var reasonForNoSample: String {
    people.isEmpty
      ? emptinessReason + (excluded.unlabelled > 0 ? ". Boxes alone are for a detector: train rtmdet_nano_person" : "")
      : "none of its people (\(people.count)) has a labelled joint that \(skeleton.name) has"
  }
}

/// Why there is nothing to learn from.
public enum TrainingDataError: UserError {
  /// The configuration does not say how to train, or its parts contradict each other.
  case configuration(name: String, reason: String)
  /// A dataset does not go with the network.
  case dataset(String, reason: String)

  public var description: String {
    switch self {
    case .configuration(let name, let reason): "\(name): \(reason)"
    case .dataset(let path, let reason): "'\(path)': \(reason)"
    }
  }
}
