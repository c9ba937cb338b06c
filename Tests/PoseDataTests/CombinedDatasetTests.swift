import PoseCore
import PoseData
import PoseFormats
import Testing

@Suite struct CombinedDatasetTests {
  /// One picture with one person whose joint i is at (i, 2i), visible.
  private func dataset(_ kind: DatasetKind, joints: Int? = nil) throws -> Dataset {
    let count = joints ?? kind.skeleton.joints.count
    let numbers = (0..<count).flatMap { ["\($0)", "\(2 * $0)", "2"] }.joined(separator: ",")
    let json = """
      {"images": [{"id": 1, "file_name": "a.jpg", "width": 100, "height": 100}],
       "annotations": [{"id": 1, "image_id": 1, "bbox": [0, 0, 50, 50], "keypoints": [\(numbers)]}]}
      """
    return try Dataset(
      kind, COCOAnnotations(json: Array(json.utf8)), pictures: kind.name, options: DatasetOptions(bad: .refuse))
  }

  @Test("joints of the same name map, others are unlabelled")
  func names() throws {
    let mapping = try JointMapping(from: .crowdPose14, to: .coco17)
    let person = try dataset(.crowdPose).mapped(to: .coco17, by: mapping)
    let keypoints = Array(person.keypoints(of: person.people[0]))
    #expect(keypoints.count == 17 && person.skeleton == .coco17)
    #expect(keypoints[5] == LabelledKeypoint(x: 0, y: 0, visibility: .visible))
    #expect(keypoints[16] == LabelledKeypoint(x: 11, y: 22, visibility: .visible))
    #expect(!keypoints[0].isLabelled)
    // AI Challenger calls the top of the head otherwise than CrowdPose.
    #expect(try JointMapping(from: .aic14, to: .crowdPose14).sources[12] == [12])
  }

  @Test("a joint may lie in the middle of others, or be left out")
  func middle() throws {
    let mapping = try JointMapping(
      from: .coco17, to: .mpii16, ["pelvis": ["left_hip", "right_hip"], "left_wrist": []])
    let mapped = try dataset(.coco).mapped(to: .mpii16, by: mapping)
    let keypoints = Array(mapped.keypoints(of: mapped.people[0]))
    #expect(keypoints[6] == LabelledKeypoint(x: 11.5, y: 23, visibility: .visible))
    #expect(!keypoints[15].isLabelled && keypoints[10].isLabelled)
  }

  @Test("combined datasets keep every person's picture and joints")
  func combined() throws {
    let aic = try dataset(.aic).mapped(to: .coco17, by: JointMapping(from: .aic14, to: .coco17))
    let whole = try Dataset(combining: [dataset(.coco), aic, dataset(.ochuman)])
    #expect(
      whole.name == "coco+aic+ochuman" && whole.pictures.map(\.path) == ["coco/a.jpg", "aic/a.jpg", "ochuman/a.jpg"])
    #expect(whole.people.map(\.picture) == [0, 1, 2])
    #expect(whole.people.map { whole.keypoints(of: $0).count } == [17, 17, 17])
    #expect(whole.keypoints(of: whole.people[1]).map(\.isLabelled) == aic.keypoints.map(\.isLabelled))
    #expect(whole.keypoints(of: whole.people[2]).last?.position.x == 16)
  }

  @Test("what does not fit together is refused by name")
  func errors() throws {
    #expect(throws: CombinationError.nothing) { try Dataset(combining: []) }
    #expect(throws: CombinationError.differentSkeletons("coco", "aic")) {
      try Dataset(combining: [dataset(.coco), dataset(.aic)])
    }
    #expect(throws: CombinationError.unknownJoint("tail", skeleton: "coco17")) {
      try JointMapping(from: .aic14, to: .coco17, ["tail": []])
    }
    #expect(throws: CombinationError.unknownJoint("tail", skeleton: "aic14")) {
      try JointMapping(from: .aic14, to: .coco17, ["nose": ["tail"]])
    }
    let mapping = try JointMapping(from: .aic14, to: .coco17)
    #expect(throws: CombinationError.wrongMapping("aic", joints: 17, skeleton: "mpii16")) {
      try dataset(.aic).mapped(to: .mpii16, by: mapping)
    }
  }
}
