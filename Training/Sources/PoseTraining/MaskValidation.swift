import Foundation
import PoseConfiguration
import PoseCore
import PoseData
import PoseEstimation
import PoseEvaluation
import PoseExperiments
import PoseGraph
import PoseMetrics
import PoseTorch

/// A dataset of masks that shows how good a network is at segmenting pictures, by the way that `pose segment` and
/// `pose evaluate --metric miou` take.
public struct MaskValidation: Validating {
  private let pictures: [MaskedPicture]
  private let threads: Int
  private let group: ProcessGroup
  /// Is told which pictures could not be read.
  public var warn: (String) -> Void = { _ in }

  /// The number of pictures to look at.
  public var pictureCount: Int { pictures.count }

  /// The validation that a configuration names, or the published one; nil where there is none.
  ///
  /// - Parameters:
  ///   - threads: pictures at once.
  ///   - group: the processes that share the pictures.
  /// - Throws: `TrainingDataError`, `MaskError`, `FormatError` where the dataset cannot be used.
  public init?(_ configuration: ModelConfiguration, threads: Int, group: ProcessGroup = ProcessGroup()) throws {
    guard let description = try configuration.validationDataset() else { return nil }
    (self.threads, self.group) = (threads, group)
    pictures = try description.maskedPictures(classes: configuration.model.classes).pictures
    guard pictures.contains(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
      throw TrainingDataError.dataset(
        description.annotations,
        reason: "none of its pictures is there: '\(pictures.first?.path ?? "")' is not, nor are the others")
    }
  }

  /// MMSegmentation's numbers, mIoU first; the same on all processes.
  public func callAsFunction(_ weights: Checkpoint, of configuration: ModelConfiguration) throws -> [MetricValue] {
    let (counts, divergence) = try counts(weights, of: configuration)
    // All processes throw or none does.
    if try group.max(divergence == nil ? 0 : 1) > 0 {
      throw divergence ?? Divergence("the weights of another process are of no more use")
    }
    var scores = SegmentationScores(classes: configuration.model.classes)
    for counts in try group.allGather(counts) { scores.add(counts) }
    let values = scores.values
    return values.filter { $0.name == "mIoU" } + values.filter { $0.name != "mIoU" }
  }

  /// What this process's share of the pictures shows.
  private func counts(
    _ weights: Checkpoint, of configuration: ModelConfiguration
  ) throws -> (SegmentationScores.Counts, Divergence?) {
    var run = MaskRun(classes: configuration.model.classes)
    var options = SegmentationNetwork.Options()
    options.threads = 1
    do {
      try run.add(
        pictures, by: SegmentationNetwork(Model(configuration, weights), options: options),
        shard: Shard(index: group.rank, of: group.size) ?? .whole, threads: threads)
    } catch {
      guard let divergence = Divergence(error) else { throw error }
      return (run.scores.counts, divergence)
    }
    for problem in run.problems.first.prefix(10) { warn("left out of the validation: \(problem)") }
    return (run.scores.counts, nil)
  }
}
