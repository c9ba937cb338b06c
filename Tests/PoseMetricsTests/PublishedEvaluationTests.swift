import Foundation
import PoseCore
import PoseMetrics
import TestSupport
import Testing

/// Whole evaluations: a network's outputs scored, suppressed and measured.
@Suite struct PublishedEvaluationTests {
  static let cases = ["coco", "crowdpose", "ochuman", "aic"].flatMap { name in (0..<8).map { (name, $0) } }

  @Test("outputs become the published results and numbers", arguments: cases)
  func evaluation(_ name: String, _ index: Int) throws {
    let data = try GoldenFile.data("golden/eval/eval.json")
    let golden = try #require(try JSONDecoder().decode(Golden.self, from: data)[name])
    let example = golden.cases[index]
    // The goldens give the outputs once for hard and soft suppression.
    let outputs = try #require(example.outputs.batches ?? golden.cases[index - 1].outputs.batches)
    let found = PublishedOutputs(batches: outputs).results(sigmas: golden.sigmas, softly: example.isSoft)
    var images = try PublishedDataset.images(name)
    for (file, results) in found { images[file]?.results = results }

    let results = found.flatMap { file, results in results.map { (images[file]?.id ?? 0, $0) } }
    #expect(results.count == example.results.count)
    for (result, expected) in zip(results, example.results) {
      #expect(result.0 == expected.imageID)
      #expect(abs(result.1.score - expected.score) < 1e-7)
      #expect(abs(result.1.keypoints.reduce(0, +) - expected.sum) < 1e-3)
    }
    var values: [MetricValue]
    let rules: [String: KeypointRules] = ["coco": .coco, "ochuman": .ocHuman, "aic": .aic]
    if let rules = rules[name] {
      values = try COCOKeypointAP(Array(images.values), rules: rules).values
    } else {
      values = try CrowdPoseAP(Array(images.values)).values
      for index in values.indices where ["APE", "APM", "APH"].contains(values[index].name) {
        values[index].value = (values[index].value * 1e4).rounded() / 1e4
      }
    }
    let expected = Dictionary(
      uniqueKeysWithValues: example.info.map {
        ($0.filter { !" .()".contains($0) }.replacing("AP5", with: "AP50").replacing("AR5", with: "AR50"), $1)
      })
    #expect(Dictionary(uniqueKeysWithValues: values.map { ($0.name, $0.value) }) == expected)
  }

  private typealias Golden = [String: Dataset]

  private struct Dataset: Decodable {
    var sigmas: [Double] = []
    var cases: [Case] = []

    enum CodingKeys: CodingKey { case sigmas, cases }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: CodingKeys.self)
      guard container.contains(.cases) else { return }
      sigmas = try container.decode([Double].self, forKey: .sigmas)
      cases = try container.decode([Case].self, forKey: .cases)
    }
  }

  private struct Case: Decodable {
    var isSoft: Bool
    var outputs: Outputs
    var info: [String: Double]
    var results: [Result]

    enum CodingKeys: String, CodingKey {
      case isSoft = "soft_nms"
      case results = "final_results"
      case outputs, info
    }
  }

  private struct Result: Decodable {
    var imageID: Int
    var score: Double
    var sum: Double

    enum CodingKeys: String, CodingKey {
      case imageID = "image_id"
      case sum = "kp_sum"
      case score
    }
  }

  /// A list, or words that say that it is the one before.
  private struct Outputs: Decodable {
    var batches: [PublishedOutputs.Batch]?

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      batches = try? container.decode([PublishedOutputs.Batch].self)
    }
  }
}
