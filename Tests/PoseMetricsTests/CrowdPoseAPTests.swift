import PoseCore
import PoseMetrics
import TestSupport
import Testing

@Suite struct CrowdPoseAPTests {
  @Test("the numbers are xtcocotools', which rounds the last three")
  func synthetic() throws {
    let images = try AnnotationSample.images("golden/eval/synth_crowd_gt.json", "golden/eval/synth_crowd_dt.json")
    let expected = try EvaluationGolden.synthetic("crowd")
    let found = try CrowdPoseAP(images)
    #expect([found.ap, found.ap50, found.ap75, found.ar, found.ar50, found.ar75] == Array(expected.prefix(6)))
    #expect(
      [found.apEasy, found.apMedium, found.apHard].map { ($0 * 1e4).rounded() / 1e4 } == Array(expected.suffix(3)))
  }

  @Test("without areas COCO's ten numbers are xtcocotools'")
  func sizes() throws {
    let images = try AnnotationSample.images("golden/eval/synth_crowd_gt.json", "golden/eval/synth_crowd_dt.json")
    let rules = KeypointRules(sigmas: Skeleton.crowdPose14.sigmas, usesArea: false, tool: .xtcocotools)
    #expect(
      try COCOKeypointAP(images, rules: rules).values.map(\.value)
        == EvaluationGolden.synthetic("crowd_use_area_false_plain"))
  }

  @Test("the published example gives the published number")
  func example() throws {
    let images = try AnnotationSample.images(
      "eval/xt_example_crowdpose_val.json", "eval/xt_example_crowdpose_preds.json")
    #expect(try CrowdPoseAP(images).ap == 0.7877215935879303)
  }
}
