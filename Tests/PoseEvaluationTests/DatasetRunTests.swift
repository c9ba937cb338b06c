import Foundation
import PoseConfiguration
import PoseCore
import PoseData
import PoseEstimation
import PoseEvaluation
import PoseGraph
import TestSupport
import Testing

struct DatasetRunTests {
  private func estimator() throws -> PoseEstimator {
    let configuration = try Zoo.configuration(named: "wider_naive_litehrnet_18_person_128x96")
    var options = PoseEstimator.Options()
    options.threads = 1
    let weights = WeightRecipe.checkpoint(for: try configuration.graph())
    return try PoseEstimator(model: .model(Model(configuration, weights)), options: options)
  }

  private func dataset(_ pictures: String? = nil) throws -> Dataset {
    let drawn = try DrawnDataset.shared
    return try Dataset(.coco, annotations: drawn.annotations, pictures: pictures ?? drawn.folder)
  }

  @Test("shards together are the whole, on any number of threads", arguments: [1, 2, 3, 7])
  func shards(_ count: Int) throws {
    let (estimator, dataset) = (try estimator(), try dataset())
    let whole = try DatasetRun(estimator.pipeline, dataset, threads: count).results().cocoJSON()
    let parts = try (0..<count).flatMap {
      try DatasetRun(estimator.pipeline, dataset, shard: #require(Shard(index: $0, of: count)), threads: 1).estimates
    }
    #expect(parts.count == dataset.people.count)
    let again = try DatasetRun(estimator.pipeline, dataset, threads: 1)
    #expect(again.results().cocoJSON() == whole)
    for part in parts {
      #expect(again.estimates.contains { $0.person == part.person && $0.keypoints == part.keypoints })
    }
  }

  @Test("a picture that cannot be read is named and left out, or refused")
  func damaged() throws {
    let folder = try ScratchFolder("damaged", copying: DrawnDataset.shared.folder).url
    let picture = folder.appending(path: "000000000021.jpg")
    try FileManager.default.removeItem(at: picture)
    try Data("no picture".utf8).write(to: picture)
    let (estimator, dataset) = (try estimator(), try dataset(folder.path))
    let run = try DatasetRun(estimator.pipeline, dataset, threads: 2)
    #expect(run.problems.count == 1)
    #expect(run.problems.first.first.map { "\($0)".contains("000000000021.jpg") } ?? false)
    let lost = dataset.people.count { dataset.pictures[$0.picture].path.hasSuffix("000000000021.jpg") }
    #expect(lost > 0 && run.estimates.count == dataset.people.count - lost)
    #expect(throws: DatasetProblem.self) { try DatasetRun(estimator.pipeline, dataset, threads: 2, bad: .refuse) }
  }

  @Test(
    "every way to suppress and to score gives results of the same people or fewer",
    arguments: ResultRules.Suppression.allCases, ResultRules.ScoreMode.allCases)
  func rules(_ suppression: ResultRules.Suppression, _ score: ResultRules.ScoreMode) throws {
    let run = try DatasetRun(estimator().pipeline, dataset(), threads: 2)
    var rules = ResultRules()
    (rules.suppression, rules.score) = (suppression, score)
    let results = run.results(rules)
    #expect(Set(results.map(\.person)).count == results.count)
    if suppression == .none { #expect(results.count == run.estimates.count) }
    if score == .box { #expect(results.allSatisfy { $0.score == 1 }) }
    rules.threshold = 0
    if suppression == .oks { #expect(run.results(rules).count <= results.count) }
  }
}
