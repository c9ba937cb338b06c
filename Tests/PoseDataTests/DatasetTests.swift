import Foundation
import PoseCore
import PoseData
import PoseFormats
import TestSupport
import Testing

@Suite struct DatasetTests {
  @Test(
    "people, boxes, joints, centres and scales equal the published code's",
    arguments: SampleDataset.all)
  func published(_ sample: SampleDataset) throws {
    let golden = try #require(try DatasetGolden.all()[sample.kind.name])
    let dataset = try sample.dataset()
    #expect(dataset.people.count == golden.instances.count && dataset.problems.count == 0)
    for (person, expected) in zip(dataset.people, golden.instances) {
      #expect(dataset.pictures[person.picture].path.hasSuffix(expected.imageFile.dropFirst("tests/data/".count)))
      #expect(person.boundingBox.map { [$0.x, $0.y, $0.width, $0.height] } == expected.bbox)
      let keypoints = dataset.keypoints(of: person)
      #expect(keypoints.map { [Float($0.position.x), Float($0.position.y), 0] } == expected.joints)
      #expect(keypoints.map { $0.isLabelled ? [1, 1, 0] : [0, 0, 0] } == expected.visible)
      let crop = dataset.crop(of: person, input: Size(height: golden.imageSize[1], width: golden.imageSize[0]))
      #expect([crop.center.x, crop.center.y] == expected.augmentations?["none.std"]?.center)
      #expect([crop.scaleX, crop.scaleY] == expected.augmentations?["none.std"]?.scale)
      #expect(person.source == .groundTruth && person.score == 1)
    }
  }

  @Test(
    "boxes by the rule of Lite-HRNet's time equal its code's",
    arguments: SampleDataset.all.filter { $0.kind.form == .coco && $0.kind != .poseTrack18 })
  func older(_ sample: SampleDataset) throws {
    let golden = try #require(try DatasetGolden.all("pipeline_v013.json")[sample.kind.name])
    let dataset = try sample.dataset(DatasetOptions(bad: .refuse, boxRule: .pixels))
    #expect(dataset.people.count == golden.instances.count)
    for (person, expected) in zip(dataset.people, golden.instances) {
      #expect(person.boundingBox.map { [$0.x, $0.y, $0.width, $0.height] } == expected.bbox)
      let crop = dataset.crop(of: person, input: Size(height: golden.imageSize[1], width: golden.imageSize[0]))
      #expect([crop.center.x, crop.center.y] == expected.center)
      #expect([crop.scaleX, crop.scaleY] == expected.scale)
    }
  }

  @Test(
    "a detector's boxes, centres and scales equal the published code's",
    arguments: SampleDataset.all.filter { $0.detections != nil })
  func detections(_ sample: SampleDataset) throws {
    let golden = try #require(try DatasetGolden.all()[sample.kind.name])
    let expected = try #require(golden.detections)
    let path = try sample.path(of: #require(sample.detections))
    let results = try COCOResults(contentsOf: path)
    let dataset = try sample.dataset().replacingPeople(withBoxes: results, source: .file(path), bad: .refuse)
    #expect(dataset.people.count == expected.count)
    for (person, expected) in zip(dataset.people, expected) {
      #expect(person.boundingBox.map { [$0.x, $0.y, $0.width, $0.height] } == expected.bbox)
      #expect(person.score == expected.score && person.source == .file(path))
      #expect(dataset.pictures[person.picture].path.hasSuffix(expected.imageFile.dropFirst("tests/data/".count)))
      let crop = dataset.crop(of: person, input: Size(height: golden.imageSize[1], width: golden.imageSize[0]))
      #expect([crop.center.x, crop.center.y] == expected.center && [crop.scaleX, crop.scaleY] == expected.scale)
      #expect(dataset.keypoints(of: person).isEmpty)
    }
  }

  @Test("LSP's extension and larger samples are read whole, outlines of crowds too", .needsSharedData)
  func larger() throws {
    try SceneSampleTests.checkPublishedMasks()
    let lsp = try Dataset(
      #require(DatasetKind(named: "lspet")), annotations: SharedData.url("data/lspet/lspet_val.json").path,
      pictures: SharedData.url("data/lspet/val").path)
    #expect(lsp.people.count == 600 && lsp.pictures.count == 600 && lsp.problems.count == 0)
    #expect(lsp.people.allSatisfy { lsp.keypoints(of: $0).count == 14 })
    let coco = try Dataset(
      .coco, annotations: SharedData.url("data/coco_mini/person_keypoints.json").path, pictures: "")
    #expect(coco.people.count + coco.excluded.crowds + coco.excluded.unlabelled + coco.problems.count == 172)
    // What every published number of the bundled models was measured on.
    #expect(coco.keeping(try #require(PictureSplit("1/2"))).people.count == 51)
  }

  @Test("people of COCO-WholeBody have the joints of all parts, and those of COCO's form alone are refused")
  func wholeBodies() throws {
    func zeros(_ count: Int, first: String) -> String { "[\(first)\(String(repeating: ",0,0,0", count: count - 1))]" }
    let body = #""id": 7, "image_id": 1, "category_id": 1, "bbox": [1, 1, 30, 30], "area": 500, "num_keypoints": 1"#
    let parts =
      #""foot_kpts": \#(zeros(6, first: "2,2,2")), "face_kpts": \#(zeros(68, first: "3,3,2"))"#
      + #", "lefthand_kpts": \#(zeros(21, first: "4,4,2")), "righthand_kpts": \#(zeros(21, first: "5,5,2"))"#
    func file(_ extra: String) throws -> String {
      let path = try ScratchFolder("wholebody").url.appending(path: "people.json").path
      let json =
        #"{"images": [{"id": 1, "file_name": "1.png", "width": 40, "height": 40}], "annotations": [{\#(body), "#
        + #""keypoints": \#(zeros(17, first: "1,1,2"))\#(extra)}]}"#
      try Data(json.utf8).write(to: URL(filePath: path))
      return path
    }
    let dataset = try Dataset(.wholeBody, annotations: file(", " + parts), pictures: "")
    let joints = dataset.keypoints(of: try #require(dataset.people.first))
    #expect(joints.count == 133)
    #expect(joints.indices.filter { joints[$0].isLabelled } == [0, 17, 23, 91, 112])
    #expect(throws: FormatError.self) {
      try Dataset(.wholeBody, annotations: file(""), pictures: "", options: DatasetOptions(bad: .refuse))
    }
    #expect(try DatasetKind(named: nil, for: #require(Skeleton(named: "wholebody133"))) == .wholeBody)
  }

  @Test("a skeleton's name is that of files in COCO's form with its joints", arguments: Skeleton.all.map(\.name))
  func skeletonNames(_ name: String) throws {
    let skeleton = try #require(Skeleton(named: name))
    let kind = try #require(DatasetKind(named: skeleton.name))
    #expect(kind.form == .coco && kind.skeleton == skeleton && kind.firstPixel == 0)
    #expect(DatasetKind(named: skeleton.name + "x") == nil)
  }
}
