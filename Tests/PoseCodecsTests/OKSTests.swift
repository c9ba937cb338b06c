import Foundation
import PoseCodecs
import PoseCore
import TestSupport
import Testing

/// `e` to a power, for tests that make Gaussians.
func exponential(_ power: Double) -> Double { exp(power) }

@Suite struct OKSTests {
  @Test("similarities and suppressions equal the published code's", arguments: 0..<12)
  func published(_ index: Int) throws {
    let golden = try JSONDecoder().decode([Golden].self, from: GoldenFile.data("golden/eval/oks_nms.json"))[index]
    let sigmas = Skeleton.coco17.sigmas
    let candidates = golden.candidates
    for (other, expected) in golden.similarities.enumerated() {
      let similarity = objectKeypointSimilarity(
        candidates[0].keypoints, candidates[other].keypoints, areas: (candidates[0].area, candidates[other].area),
        sigmas: sigmas)
      #expect(abs(similarity - expected) < 1e-9)
    }
    for (other, expected) in golden.visibleSimilarities.enumerated() {
      let similarity = objectKeypointSimilarity(
        candidates[0].keypoints, candidates[other].keypoints, areas: (candidates[0].area, candidates[other].area),
        sigmas: sigmas, threshold: 0.2)
      #expect(abs(similarity - expected) < 1e-9)
    }
    for (threshold, expected) in [(0.3, golden.hard3), (0.65, golden.hard65), (0.9, golden.hard9)] {
      let kept = oksNMS(candidates, threshold: threshold, sigmas: sigmas)
      // The goldens' sort leaves equal scores in no order that means anything.
      #expect(kept.map { candidates[$0].score } == expected.map { candidates[$0].score })
      #expect(Set(kept) == Set(expected))
    }
    #expect(softOKSNMS(candidates, threshold: 0.3, sigmas: sigmas) == golden.soft3)
    #expect(softOKSNMS(candidates, threshold: 0.65, sigmas: sigmas) == golden.soft65)
    #expect(softOKSNMS(candidates, threshold: 0.9, sigmas: sigmas) == golden.soft9)
  }

  @Test("nothing competes with nothing, and a pose is like itself")
  func trivial() {
    #expect(oksNMS([], threshold: 0.9, sigmas: []) == [])
    #expect(softOKSNMS([], threshold: 0.9, sigmas: []) == [])
    let keypoints = [Keypoint(x: 1, y: 2, score: 1)]
    #expect(objectKeypointSimilarity(keypoints, keypoints, areas: (1, 1), sigmas: [0.1]) == 1)
  }

  @Test("the best candidate is always kept, and order follows scores")
  func best() {
    let candidates = [0.2, 0.9, 0.5].enumerated().map { index, score in
      NMSCandidate(keypoints: [Keypoint(x: Double(index) * 100, y: 0, score: 1)], score: score, area: 10)
    }
    #expect(oksNMS(candidates, threshold: 0.5, sigmas: [0.1]) == [1, 2, 0])
    #expect(softOKSNMS(candidates, threshold: 0.5, sigmas: [0.1], limit: 2) == [1, 2])
  }

  private struct Golden: Decodable {
    var kpts: [[[Double]]]
    var scores: [Double]
    var areas: [Double]
    var similarities: [Double]
    var visibleSimilarities: [Double]
    var hard3: [Int]
    var hard65: [Int]
    var hard9: [Int]
    var soft3: [Int]
    var soft65: [Int]
    var soft9: [Int]

    enum CodingKeys: String, CodingKey {
      case kpts, scores, areas
      case similarities = "oks_iou_0"
      case visibleSimilarities = "oks_iou_0_vis.2"
      case hard3 = "oks_nms0.3"
      case hard65 = "oks_nms0.65"
      case hard9 = "oks_nms0.9"
      case soft3 = "soft0.3"
      case soft65 = "soft0.65"
      case soft9 = "soft0.9"
    }

    var candidates: [NMSCandidate] {
      zip(kpts, zip(scores, areas)).map { keypoints, rest in
        NMSCandidate(
          keypoints: keypoints.map { Keypoint(x: $0[0], y: $0[1], score: $0[2]) }, score: rest.0, area: rest.1)
      }
    }
  }
}
