import Foundation
import PoseCodecs
import PoseConfiguration
import PoseData
import PoseEstimation
import PoseEvaluation
import PoseFormats
import PoseGraph
import TestSupport
import Testing

@Suite(.needsSharedData)
struct PublishedPrecisionTests {
  struct Case: CustomTestStringConvertible {
    var file: String
    var key: String
    var testDescription: String { key }
  }

  static let cases = [
    ("real_coco4", "coco4"), ("real_coco_mini_train", "coco_mini_train"),
  ].flatMap { file, prefix in
    ["256x192.udp", "128x96.udp", "256x192.udp_noflip", "256x192.standard", "256x192.dark"].map {
      Case(file: file, key: "\(prefix).\($0)")
    }
  }

  private struct Golden: Decodable {
    var metrics: [String: Double]
  }

  private static let names = [
    "AP": "AP", "AP50": "AP .5", "AP75": "AP .75", "APM": "AP (M)", "APL": "AP (L)", "AR": "AR", "AR50": "AR .5",
    "AR75": "AR .75", "ARM": "AR (M)", "ARL": "AR (L)",
  ]

  /// A joint that rounding moves may cross a threshold of similarity, which is worth a few thousandths of so few people.
  @Test("the published code's precision and recall on real pictures", arguments: cases)
  func precision(_ test: Case) throws {
    let url = try SharedData.url("golden/e2e/\(test.file).json")
    let golden = try #require(try JSONDecoder().decode([String: Golden].self, from: Data(contentsOf: url))[test.key])
    let size = test.key.contains("128x96") ? "128x96" : "256x192"
    var options = PoseEstimator.Options()
    options.threads = 1
    options.flipTest = !test.key.hasSuffix("noflip")
    if test.key.hasSuffix("standard") { options.decoder = QuarterShiftDecoder() }
    if test.key.hasSuffix("dark") { options.decoder = DARKDecoder(kernel: 11) }
    let name = "wider_naive_litehrnet_18_person_\(size)"
    let weights = try SharedData.url("weights/\(name).pth").path
    var configuration = try Zoo.configuration(named: name)
    if options.decoder != nil {
      // The published code ran these by the standard warp, which the configuration does not.
      (configuration.image.warp, configuration.test.shiftsHeatmap) = (.standard, true)
    }
    let model = try Model(configuration, Checkpoint(contentsOf: weights))
    let estimator = try PoseEstimator(model: .model(model), options: options)
    let (annotations, pictures) =
      test.file == "real_coco4"
      ? ("data/samples/coco/test_coco.json", "data/samples/coco")
      : ("data/coco_mini/person_keypoints.json", "data/coco_mini/images")
    let path = try SharedData.url(annotations).path
    let truth = try GroundTruth(.coco, annotations: path, pictures: SharedData.url(pictures).path)
    let run = try DatasetRun(estimator.pipeline, truth.annotated, threads: 2)
    #expect(run.problems.count == 0)
    let score = try #require(try truth.score(run, run.results()))
    for value in score.values {
      guard let name = Self.names[value.name] else { continue }
      #expect(abs(value.value - (golden.metrics[name] ?? -2)) < 1e-3, "\(value.name)")
    }
  }
}
