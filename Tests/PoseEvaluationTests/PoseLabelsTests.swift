import Foundation
import PoseConfiguration
import PoseCore
import PoseData
import PoseEstimation
import PoseEvaluation
import PoseFormats
import PoseGraph
import TestSupport
import Testing

struct PoseLabelsTests {
  private static func run(_ dataset: Dataset) throws -> DatasetRun {
    let configuration = try Zoo.configuration(named: "wider_naive_litehrnet_18_person_128x96")
    var options = PoseEstimator.Options()
    options.threads = 1
    let weights = WeightRecipe.checkpoint(for: try configuration.graph())
    let estimator = try PoseEstimator(model: .model(Model(configuration, weights)), options: options)
    return try DatasetRun(estimator.pipeline, dataset, threads: 2)
  }

  private static func samples() throws -> (dataset: Dataset, folder: String) {
    let drawn = try DrawnDataset.shared
    let options = DatasetOptions(includesUnlabelled: true)
    let dataset = try Dataset(.coco, annotations: drawn.annotations, pictures: drawn.folder, options: options)
    return (dataset, drawn.folder)
  }

  private func labels(
    _ run: DatasetRun, _ kind: DatasetKind = .coco, minimumScore: Double, folder: String
  ) throws -> PoseLabels {
    var rules = ResultRules()
    rules.suppression = .none
    return PoseLabels(
      run.results(rules), of: run, kind, minimumScore: minimumScore, folder: folder, info: ["model": "a \"b\""])
  }

  @Test("labels are read again: the same people in the same pictures, joints to a hundredth of a pixel")
  func roundTrip() throws {
    let (dataset, folder) = try Self.samples()
    let run = try Self.run(dataset)
    let labels = try labels(run, minimumScore: -1, folder: folder)
    let again = try Dataset(
      .coco, COCOAnnotations(json: labels.json), pictures: folder, options: DatasetOptions(includesUnlabelled: true))
    #expect(again.problems.count == 0 && again.pictures == dataset.pictures)
    #expect(again.people.map(\.annotationID) == dataset.people.map(\.annotationID))
    #expect(labels.people == dataset.people.count)
    #expect(labels.labelled + labels.unlabelled == 17 * labels.people)
    #expect(again.keypoints.count { $0.isLabelled } == labels.labelled)
    for (person, estimate) in zip(again.people, run.estimates) {
      for (label, found) in zip(again.keypoints(of: person), estimate.keypoints) where label.isLabelled {
        #expect(abs(label.position.x - found.position.x) < 0.006 && abs(label.position.y - found.position.y) < 0.006)
      }
    }
  }

  @Test("joints that score too little are not labelled, but people stay")
  func minimumScore() throws {
    let (dataset, folder) = try Self.samples()
    let run = try Self.run(dataset)
    let scores = run.estimates.flatMap { $0.keypoints.map(\.score) }.sorted()
    let middle = scores[scores.count / 2]
    let some = try labels(run, minimumScore: middle, folder: folder)
    #expect(some.labelled > 0 && some.labelled <= scores.count { $0 >= middle })
    let none = try labels(run, minimumScore: .infinity, folder: folder)
    #expect(none.labelled == 0 && none.people == dataset.people.count)
    let file = try COCOAnnotations(json: none.json)
    #expect(file.annotations.allSatisfy { $0.keypointCount == 0 } && file.keypoints.allSatisfy { $0 == 0 })
  }

  @Test("a file says what wrote it, and each person's and joint's score")
  func details() throws {
    let (dataset, folder) = try Self.samples()
    let labels = try labels(Self.run(dataset), minimumScore: 0.3, folder: folder + "/")
    let file = try #require(try JSONSerialization.jsonObject(with: Data(labels.json)) as? [String: Any])
    #expect((file["info"] as? [String: String]) == ["model": "a \"b\""])
    let annotations = try #require(file["annotations"] as? [[String: Any]])
    #expect(annotations.allSatisfy { ($0["keypoint_scores"] as? [Double])?.count == 17 && $0["score"] is Double })
    let images = try #require(file["images"] as? [[String: Any]])
    #expect(images.allSatisfy { ($0["file_name"] as? String)?.contains("/") == false })
    let category = try #require((file["categories"] as? [[String: Any]])?.first)
    #expect((category["keypoints"] as? [String]) == Skeleton.coco17.joints.map(\.rawValue))
  }

  @Test("people without annotations are numbered from 1, those of a lost picture left out with it")
  func pictures() throws {
    let folder = try ScratchFolder("labels", copying: DrawnDataset.shared.folder).path
    let names = Array(DrawnDataset.names.prefix(3))
    let dataset = try Dataset(.coco17, pictures: names.map { folder + "/" + $0 })
    // The header stays, the pixels go.
    let damaged = folder + "/" + names[1]
    let bytes = try Data(contentsOf: URL(filePath: damaged))
    try FileManager.default.removeItem(atPath: damaged)
    try bytes.prefix(2000).write(to: URL(filePath: damaged))
    let run = try Self.run(dataset)
    #expect(run.problems.count == 1)
    let file = try COCOAnnotations(json: labels(run, minimumScore: 0, folder: folder).json)
    #expect(file.images.map(\.fileName) == [names[0], names[2]])
    #expect(file.annotations.map(\.id) == [1, 2] && file.annotations.map(\.imageID) == [21, 23])
  }

  @Test("where a dataset's pixels count from 1, its labels do, too")
  func firstPixel() throws {
    let (dataset, folder) = try Self.samples()
    let run = try Self.run(dataset)
    var kind = DatasetKind.coco
    let zero = try COCOAnnotations(json: labels(run, kind, minimumScore: -1, folder: folder).json)
    kind.firstPixel = 1
    let one = try COCOAnnotations(json: labels(run, kind, minimumScore: -1, folder: folder).json)
    let visibility = try #require(zero.keypoints.indices.first { $0 % 3 == 2 && zero.keypoints[$0] > 0 })
    #expect(abs(one.keypoints[visibility - 2] - zero.keypoints[visibility - 2] - 1) < 1e-9)
    #expect(abs((one.annotations[0].boundingBox?.x ?? 0) - (zero.annotations[0].boundingBox?.x ?? 0) - 1) < 1e-9)
  }
}
