import PoseCore
import TestSupport
import Testing

@Suite struct SkeletonTests {
  @Test(
    "pairs, limbs, sigmas, halves and weights equal the published ones",
    arguments: zip(
      PipelineGolden.names,
      [Skeleton.coco17, .mpii16, .crowdPose14, .coco17, .aic14, .jhmdb15, .poseTrack18]))
  func published(_ name: String, _ skeleton: Skeleton) throws {
    let dataset = try #require(try PipelineGolden.datasets()[name])
    #expect(skeleton.flipPairs.map { [$0.first, $0.second] } == dataset.flipPairs)
    #expect(skeleton.limbs.map { [$0.first, $0.second] } == dataset.skeleton)
    #expect(skeleton.sigmas == dataset.sigmas)
    #expect(skeleton.upperBody == dataset.upperBody && skeleton.lowerBody == dataset.lowerBody)
    #expect(skeleton.jointWeights.map { [Float($0)] } == dataset.jointWeights)
  }

  @Test("every skeleton is whole", arguments: Skeleton.all)
  func whole(_ skeleton: Skeleton) {
    let count = skeleton.joints.count
    #expect(skeleton.sigmas.count == count && skeleton.jointWeights.count == count)
    #expect((skeleton.upperBody + skeleton.lowerBody).sorted() == Array(0..<count))
    #expect(Set(skeleton.joints).count == count)
    #expect((skeleton.flipPairs + skeleton.limbs).allSatisfy { $0.first < count && $0.second < count })
    // A pair exchanges the same joint of two sides.
    for pair in skeleton.flipPairs {
      let names = [pair.first, pair.second].map { skeleton.joints[$0].rawValue.split(separator: "_").dropFirst() }
      #expect(names[0] == names[1])
    }
    #expect(Skeleton(named: skeleton.name) == skeleton)
  }

  @Test("joints and limbs have their side's colour; limbs across the body have neither's")
  func colours() throws {
    let skeleton = Skeleton.coco17
    #expect(skeleton.jointColors.count == 17 && skeleton.limbColors.count == skeleton.limbs.count)
    #expect(skeleton.jointColors[9] == Joint.Side.left.color && skeleton.jointColors[0] == Joint.Side.middle.color)
    let hips = try #require(skeleton.limbs.firstIndex(of: .init(11, 12)))
    let arm = try #require(skeleton.limbs.firstIndex(of: .init(6, 8)))
    #expect(skeleton.limbColors[hips] == Joint.Side.middle.color && skeleton.limbColors[arm] == Joint.Side.right.color)
    #expect(skeleton.side(of: .init(99, -1)) == .middle)
  }

  @Test("a joint's keypoint is found by its name")
  func byName() {
    let keypoints = (0..<17).map { Keypoint(x: Double($0), y: 0, score: 1) }
    let box = BoundingBox(x: 0, y: 0, width: 1, height: 1)
    let pose = Pose(boundingBox: box, score: 1, keypoints: keypoints, skeleton: .coco17)
    #expect(pose[.leftWrist]?.position.x == 9)
    #expect(pose["tail"] == nil)
    #expect(Joint.leftWrist.side == .left && Joint.nose.side == .middle)
  }
}
