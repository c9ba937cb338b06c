import Foundation
import PoseConfiguration
import PoseData
import PoseEstimation
import PoseEvaluation
import PoseExperiments
import PoseGraph
import PoseMetrics
import PoseTorch

/// A dataset of boxes that shows how good a detector is, by the way that `pose detect` and `pose evaluate --metric bbox` take.
public struct BoxValidation: Validating {
  private let truth: ObjectGroundTruth
  private let threads: Int
  private let group: ProcessGroup
  /// Is told which pictures could not be read.
  public var warn: (String) -> Void = { _ in }

  /// The number of pictures to look at.
  public var pictureCount: Int { truth.pictures.count }

  /// Reads the dataset, and refuses what could not be scored, so that nothing is trained in vain.
  ///
  /// - Parameters:
  ///   - threads: pictures at once.
  ///   - group: the processes that share the pictures.
  /// - Throws: `TrainingDataError` where it does not go with the detector, `FormatError` where it cannot be read.
  public init(
    _ description: DatasetDescription, for configuration: ModelConfiguration, threads: Int,
    group: ProcessGroup = ProcessGroup()
  ) throws {
    (self.threads, self.group) = (threads, group)
    truth = try ObjectGroundTruth(description, classes: configuration.model.classes)
    let paths = truth.pictures.lazy.map(\.path)
    guard paths.contains(where: FileManager.default.fileExists) else {
      throw TrainingDataError.dataset(
        description.annotations,
        reason: "none of its pictures is there: '\(paths.first ?? "")' is not, nor are the others")
    }
  }

  /// The validation that a configuration names, or the published one; nil where there is none.
  public init?(_ configuration: ModelConfiguration, threads: Int, group: ProcessGroup = ProcessGroup()) throws {
    guard let description = try configuration.validationDataset() else { return nil }
    try self.init(description, for: configuration, threads: threads, group: group)
  }

  /// COCO's numbers for boxes, average precision first; the same on all processes.
  public func callAsFunction(_ weights: Checkpoint, of configuration: ModelConfiguration) throws -> [MetricValue] {
    let (found, divergence) = try objects(weights, of: configuration)
    // All processes throw or none does.
    if try group.max(divergence == nil ? 0 : 1) > 0 {
      throw divergence ?? Divergence("the weights of another process are of no more use")
    }
    var values: [MetricValue] = []
    if let all = try group.gather(found) { values = try truth.score(all.flatMap(\.self)) }
    return try group.allGather(values)[0]
  }

  /// What this process's share of the pictures shows.
  private func objects(
    _ weights: Checkpoint, of configuration: ModelConfiguration
  ) throws -> ([ObjectGroundTruth.Found], Divergence?) {
    do {
      let run = try truth.objects(
        by: Model(configuration, weights), shard: Shard(index: group.rank, of: group.size) ?? .whole, threads: threads)
      for problem in run.problems.first.prefix(10) { warn("left out of the validation: \(problem)") }
      if run.problems.count > 10 { warn("\(run.problems.count) pictures were left out of the validation in all") }
      return (run.found, nil)
    } catch {
      guard let divergence = Divergence(error) else { throw error }
      return ([], divergence)
    }
  }
}
