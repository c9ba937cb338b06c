import Foundation
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

  @Test(
    "names, pairs, limbs, sigmas, halves and weights of hands, faces, whole bodies and animals equal MMPose's",
    arguments: [
      ("coco_wholebody", Skeleton.wholeBody133), ("halpe26", .halpe26), ("coco_wholebody_hand", .hand21),
      ("onehand10k", .hand21), ("freihand2d", .hand21), ("coco_wholebody_face", .face68), ("300w", .face68),
      ("wflw", .wflw98), ("lapa", .lapa106), ("ap10k", .ap10k17),
    ])
  func publishedParts(_ name: String, _ skeleton: Skeleton) throws {
    let published = try #require(try Published.datasets[name])
    let names = published.joints.map { name in
      // Landmarks have numbers alone, and AP-10K has other names.
      if name.hasPrefix("kpt-") { return "\(skeleton.joints[0].rawValue.prefix { $0 != "-" })-\(name.dropFirst(4))" }
      return Published.animalNames[name] ?? name
    }
    #expect(skeleton.joints.map(\.rawValue) == names)
    #expect(skeleton.flipPairs.map { [$0.first, $0.second] } == published.flipPairs)
    #expect(skeleton.limbs.map { [$0.first, $0.second] } == published.limbs)
    // Not all datasets have them.
    #expect(published.sigmas.isEmpty || skeleton.sigmas == published.sigmas)
    #expect(skeleton.upperBody == published.upperBody && skeleton.lowerBody == published.lowerBody)
    #expect(skeleton.jointWeights == published.jointWeights)
  }

  /// The joints of MMPose's datasets, which `Scripts/make-skeleton-goldens` wrote.
  private struct Published: Decodable {
    var joints: [String]
    var flipPairs: [[Int]]
    var limbs: [[Int]]
    var sigmas: [Double]
    var upperBody: [Int]
    var lowerBody: [Int]
    var jointWeights: [Double]

    static var datasets: [String: Published] {
      get throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let file = SharedData.checkout.appending(path: "Tests/Goldens/skeletons.json")
        return try decoder.decode([String: Published].self, from: Data(contentsOf: file))
      }
    }

    static let animalNames = [
      "L_Eye": "left_eye", "R_Eye": "right_eye", "Nose": "nose", "Neck": "neck", "Root of tail": "root_of_tail",
      "L_Shoulder": "left_shoulder", "L_Elbow": "left_elbow", "L_F_Paw": "left_front_paw",
      "R_Shoulder": "right_shoulder", "R_Elbow": "right_elbow", "R_F_Paw": "right_front_paw", "L_Hip": "left_hip",
      "L_Knee": "left_knee", "L_B_Paw": "left_back_paw", "R_Hip": "right_hip", "R_Knee": "right_knee",
      "R_B_Paw": "right_back_paw",
    ]
  }

  @Test("every skeleton is whole", arguments: Skeleton.all.map(\.name))
  func whole(_ name: String) throws {
    let skeleton = try #require(Skeleton(named: name))
    let count = skeleton.joints.count
    #expect(skeleton.sigmas.count == count && skeleton.jointWeights.count == count)
    // Faces and hands are of neither half.
    let halves = skeleton.upperBody + skeleton.lowerBody
    #expect(Set(halves).count == halves.count && halves.allSatisfy { $0 < count })
    #expect([0, 23, count].contains(halves.count))
    #expect(Set(skeleton.joints).count == count)
    #expect((skeleton.flipPairs + skeleton.limbs).allSatisfy { $0.first < count && $0.second < count })
    // A pair exchanges the same joint of two sides.
    for pair in skeleton.flipPairs {
      let names = [pair.first, pair.second].map { skeleton.joints[$0].rawValue.split(separator: "_").dropFirst() }
      #expect(names[0] == names[1])
    }
    #expect(Skeleton.all.filter { $0.name == name } == [skeleton])
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
