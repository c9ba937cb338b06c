import Foundation
import PoseConfiguration
import PoseCore
import PoseData
import PoseEstimation
import PoseEvaluation
import PoseExperiments
import PoseFormats
import PoseGraph
import PoseMetrics
import PoseTorch

/// What says how good weights are.
public protocol Validating {
  /// Numbers, the one that the best weights have most of first.
  ///
  /// - Throws: ``Divergence`` where the weights give no poses.
  func callAsFunction(_ weights: Checkpoint, of configuration: ModelConfiguration) throws -> [MetricValue]
}

/// A dataset that shows how good a network is: it goes through `pose test`'s own code.
public struct Validation: Validating {
  /// The people to estimate.
  public let dataset: Dataset
  private let truth: GroundTruth
  private let description: DatasetDescription
  private let threads: Int
  private let group: ProcessGroup
  /// Is told which pictures could not be read.
  public var warn: (String) -> Void = { _ in }

  /// Reads the dataset, and refuses what could not be scored, so that nothing is trained in vain.
  ///
  /// - Parameters:
  ///   - threads: pictures at once.
  ///   - group: the processes that share the pictures.
  /// - Throws: `TrainingDataError` where it does not go with the network or its metric, `FormatError` where it cannot be
  ///   read.
  public init(
    _ description: DatasetDescription, for configuration: ModelConfiguration, threads: Int,
    group: ProcessGroup = ProcessGroup()
  ) throws {
    (self.description, self.threads, self.group) = (description, threads, group)
    guard configuration.inputPose == nil else {
      throw TrainingDataError.configuration(
        name: configuration.name,
        reason: "refines poses, and validation has none. Leave train.data.validation out, and see pose refine")
    }
    let truth = try GroundTruth(
      description.kind(for: configuration.skeleton()), annotations: description.annotations,
      pictures: description.images, heads: description.truth, part: description.pictureSplit)
    self.truth = truth
    dataset =
      try description.detections.map { try truth.people(of: COCOResults(contentsOf: $0), source: .file($0)) }
      ?? truth.annotated
    try check()
  }

  private func check() throws(TrainingDataError) {
    func refuse(_ reason: String) -> TrainingDataError { .dataset(description.annotations, reason: reason) }
    guard !dataset.people.isEmpty else { throw refuse("has nobody to validate with: \(dataset.emptinessReason)") }
    guard truth.kind.form != .mpii || description.truth != nil else {
      throw refuse("PCKh needs MPII's ground truth too: --set train.data.validation.truth=mpii_gt_val.mat")
    }
    do {
      try truth.checkAnnotations()
    } catch {
      throw refuse(
        "cannot be scored: \(error). `pose doctor FILE` lists such entries. With --no-validate training needs no such file"
      )
    }
    let pictures = dataset.people.lazy.map { dataset.pictures[$0.picture].path }
    guard pictures.contains(where: FileManager.default.fileExists) else {
      throw refuse("none of its pictures is there: '\(pictures.first ?? "")' is not, nor are the others")
    }
  }

  /// The validation that a configuration names, or the published one; nil where there is none.
  public init?(_ configuration: ModelConfiguration, threads: Int, group: ProcessGroup = ProcessGroup()) throws {
    guard let description = try configuration.validationDataset() else { return nil }
    try self.init(description, for: configuration, threads: threads, group: group)
  }

  /// The dataset's metric, its main number first; the same on all processes.
  public func callAsFunction(_ weights: Checkpoint, of configuration: ModelConfiguration) throws -> [MetricValue] {
    var options = PoseEstimator.Options()
    (options.flipTest, options.scales) = (configuration.test.flip, configuration.test.scales)
    // Pictures run side by side.
    options.threads = 1
    let (found, divergence) = try estimates(weights, of: configuration, options)
    // All processes throw or none does.
    if try group.max(divergence == nil ? 0 : 1) > 0 {
      throw divergence ?? Divergence("the network gave no poses to another process")
    }
    guard let (ownRun, rules) = found else { return [] }
    var run = ownRun
    for problem in run.problems.first.prefix(10) { warn("left out of the validation: \(problem)") }
    if run.problems.count > 10 { warn("\(run.problems.count) pictures were left out of the validation in all") }
    var values: [MetricValue] = []
    if let all = try group.gather(run.estimates) {
      run.add(all.dropFirst().flatMap(\.self))
      values = try truth.score(run, run.results(rules))?.values ?? []
    }
    return try group.allGather(values)[0]
  }

  /// The poses of this process's share of the pictures, and how they become results; or, where there are none, what that shows of the network.
  private func estimates(
    _ weights: Checkpoint, of configuration: ModelConfiguration, _ options: PoseEstimator.Options
  ) throws -> ((DatasetRun, ResultRules)?, Divergence?) {
    do {
      // The annotations say where people are, so no detector has to be loaded.
      let estimator = try PoseEstimator(
        model: .model(Model(configuration, weights)), detector: .wholePicture, options: options)
      let run = try DatasetRun(
        estimator.pipeline, dataset, shard: Shard(index: group.rank, of: group.size) ?? .whole, threads: threads)
      return ((run, ResultRules(for: estimator.pipeline.network)), Divergence(run.estimates, of: dataset))
    } catch {
      guard let divergence = Divergence(error) else { throw error }
      return (nil, divergence)
    }
  }
}
