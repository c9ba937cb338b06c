import Foundation
import PoseCore
import PoseMetrics
import TestSupport
import Testing

/// The published tools' numbers.
struct EvaluationGolden: Decodable {
  struct Synthetic: Decodable {
    struct Statistics: Decodable { var xtcocotools: [Double] }
    var stats: Statistics
  }

  var synthetic: [String: Synthetic]

  static func synthetic(_ name: String) throws -> [Double] {
    let data = try GoldenFile.data("golden/eval/eval.json")
    let golden = try JSONDecoder().decode(Self.self, from: data)
    return try #require(golden.synthetic[name]).stats.xtcocotools
  }
}

@Suite struct COCOKeypointAPTests {
  @Test("the ten numbers are pycocotools' to the last bit", arguments: ["small", "mid", "big"])
  func synthetic(_ name: String) throws {
    let images = try AnnotationSample.images("golden/eval/synth_\(name)_gt.json", "golden/eval/synth_\(name)_dt.json")
    let expected = try EvaluationGolden.synthetic(name)
    #expect(try COCOKeypointAP(images).values.map(\.value) == expected)
    var rules = KeypointRules.coco
    rules.tool = .xtcocotools
    #expect(try COCOKeypointAP(images, rules: rules).values.map(\.value) == expected)
  }

  @Test("other sigmas give other numbers, equal to the published code's")
  func sigmas() throws {
    let images = try AnnotationSample.images("golden/eval/synth_small_gt.json", "golden/eval/synth_small_dt.json")
    let rules = KeypointRules(sigmas: Skeleton.coco17.sigmas.map { $0 * 2 })
    #expect(
      try COCOKeypointAP(images, rules: rules).values.map(\.value) == EvaluationGolden.synthetic("small_scaled_sigmas"))
  }

  @Test(
    "published examples give the published numbers",
    arguments: [
      (
        "fce_keypoints_gt", "fce_keypoints_dt",
        [
          0.5048844884488449, 0.7227722772277227, 0.6336633663366337, 0.46633663366336636, 0.7504950495049505,
          0.5181818181818182, 0.7272727272727273, 0.6363636363636364, 0.4666666666666666, 0.75,
        ]
      ),
      (
        "xt_example_coco_val", "xt_example_coco_preds",
        [
          0.8608896054440609, 0.993145468392993, 0.9108910891089109, 0.7755775577557756, 0.9372524752475248, 0.875, 1,
          0.9166666666666666, 0.78, 0.9428571428571428,
        ]
      ),
    ])
  func examples(_ annotations: String, _ results: String, _ expected: [Double]) throws {
    let images = try AnnotationSample.images("eval/\(annotations).json", "eval/\(results).json")
    #expect(try COCOKeypointAP(images).values.map(\.value) == expected)
  }
}
