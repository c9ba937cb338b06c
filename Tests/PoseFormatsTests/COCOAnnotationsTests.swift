import Foundation
import PoseCore
import PoseFormats
import TestSupport
import Testing

@Suite struct COCOAnnotationsTests {
  private static let small = #"""
    {"info": {"note": "a \"}] b", "deep": [[{}]]}, "images": [{"id": 12345678901234, "file_name": "b/a.jpg",
    "width": 64, "height": 48, "crowdIndex": 0.25, "is_labeled": false, "extra": [1, {"x": []}]}],
    "annotations": [{"id": 7, "image_id": 12345678901234, "category_id": 3, "bbox": [1, 2.5, 3, 4e0], "area": null,
    "segmentation": {"counts": "}]\\\"", "size": [1, 2]}, "num_keypoints": 1, "iscrowd": 0, "ignore": true,
    "track_id": 5, "bbox_head": [1, 1, 2, 2], "keypoints": [1, 2, 2, 0, 0, 0]},
    {"image_id": 12345678901234.0, "id": 8, "iscrowd": 1, "keypoints": null, "bbox": []}],
    "categories": [{"id": 3, "name": "p\u00e9rson", "keypoints": ["nose", "tail"], "skeleton": [[1, 2]]}]}
    """#

  @Test("what is known is read, what is not is skipped")
  func small() throws {
    let file = try COCOAnnotations(json: Array(Self.small.utf8))
    let image = try #require(file.images.first)
    #expect(image.id == 12_345_678_901_234 && image.fileName == "b/a.jpg" && image.width == 64 && image.height == 48)
    #expect(image.crowdIndex == 0.25 && !image.isLabeled)
    #expect(file.keypoints == [1, 2, 2, 0, 0, 0])
    let first = file.annotations[0]
    #expect(first.id == 7 && first.imageID == image.id && first.categoryID == 3 && first.area == nil)
    #expect(first.boundingBox == BoundingBox(x: 1, y: 2.5, width: 3, height: 4))
    #expect(first.isIgnored && !first.isCrowd && first.keypointCount == 1 && first.trackID == 5)
    #expect(first.keypoints == 0..<6 && file.headBoxes[0] == BoundingBox(x: 1, y: 1, width: 2, height: 2))
    let second = file.annotations[1]
    #expect(second.id == 8 && second.isCrowd && second.boundingBox == nil && second.keypoints.isEmpty)
    #expect(second.categoryID == 1 && second.keypointCount == nil && second.imageID == image.id)
    #expect(file.categories == [file.categories[0]] && file.categories[0].name == "pérson")
    #expect(file.categories[0].keypointNames == ["nose", "tail"] && file.categories[0].skeleton == [.init(1, 2)])
    #expect(file.skipped == SkippedRecords())
  }

  @Test(
    "every sample dataset is read whole", .needsSharedData,
    arguments: [
      ("data/samples/coco/test_coco.json", 4, 14, 17), ("data/coco_mini/person_keypoints.json", 80, 172, 17),
      ("data/lspet/lspet_val.json", 600, 600, 14), ("data/samples/crowdpose/test_crowdpose.json", 2, 5, 14),
      ("data/samples/ochuman/test_ochuman.json", 3, 5, 17), ("data/samples/aic/test_aic.json", 3, 9, 14),
      ("data/samples/jhmdb/test_jhmdb_sub1.json", 3, 3, 15),
      ("data/samples/posetrack18/annotations/test_posetrack18_val.json", 3, 14, 17),
    ])
  func samples(path: String, images: Int, annotations: Int, joints: Int) throws {
    let url = try SharedData.url(path)
    let file = try COCOAnnotations(contentsOf: url.path)
    #expect(file.images.count == images && file.annotations.count == annotations && file.skipped.count == 0)
    #expect(file.categories.first?.keypointNames.count == joints)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let reference = try decoder.decode(Reference.self, from: Data(contentsOf: url))
    for (annotation, other) in zip(file.annotations, reference.annotations) {
      #expect(annotation.id == other.id && annotation.imageID == other.imageId && annotation.area == other.area)
      #expect(Array(file.keypoints[annotation.keypoints]) == other.keypoints ?? [])
      let box = annotation.boundingBox
      #expect([box?.x, box?.y, box?.width, box?.height].compactMap(\.self) == other.bbox ?? [])
    }
  }

  /// What Foundation reads.
  private struct Reference: Decodable {
    struct Annotation: Decodable {
      var id: Int
      var imageId: Int
      var area: Double?
      var bbox: [Double]?
      var keypoints: [Double]?
    }

    var annotations: [Annotation]
  }

  @Test("results are read, whatever the order of their fields")
  func results() throws {
    let json = #"""
      [{"image_id": 4, "category_id": 1, "keypoints": [1, 2, 0.5], "score": 0.25},
       {"score": 1, "bbox": [0, 0, 2, 2], "image_id": 5}]
      """#
    let file = try COCOResults(json: Array(json.utf8))
    #expect(file.entries.map(\.imageID) == [4, 5] && file.entries.map(\.score) == [0.25, 1])
    #expect(file.keypoints == [1, 2, 0.5] && file.entries[0].keypoints == 0..<3)
    #expect(file.entries[1].boundingBox == BoundingBox(x: 0, y: 0, width: 2, height: 2))
  }

  @Test("a detector's boxes and published poses are read")
  func sampleResults() throws {
    let boxes = try COCOResults(
      contentsOf: GoldenFile.url("data/samples/coco/test_coco_det_AP_H_56.json").path)
    #expect(boxes.entries.count == 118 && boxes.entries.allSatisfy { $0.boundingBox != nil && $0.keypoints.isEmpty })
    let poses = try COCOResults(contentsOf: GoldenFile.url("golden/eval/synth_big_dt.json").path)
    #expect(poses.entries.allSatisfy { $0.keypoints.count == 51 })
  }

  @Test(
    "an entry that cannot be used is named, and refused or skipped",
    arguments: [
      (#"{"id": "7", "image_id": 1}"#, "'id' at byte"), (#"{"id": 7}"#, "'image_id' is missing"),
      (#"{"id": 7, "image_id": 1, "bbox": [1, 2, 3]}"#, "x, y, width and height"),
      (#"{"id": 7, "image_id": 1, "bbox": [1, 2, 3, 1e300]}"#, "x, y, width and height"),
      (#"{"id": 7, "image_id": 1, "bbox": {"x": 1}}"#, "a list of numbers"),
      (#"{"id": 7, "image_id": 1, "keypoints": [1, 2]}"#, "three numbers"),
      (#"{"id": 7, "image_id": 1, "keypoints": [1, 2, NaN]}"#, "numbers"),
      (#"{"id": 7, "image_id": 1, "keypoints": [1, 2, 1e999]}"#, "numbers"),
      (#"{"id": 7, "image_id": 1, "keypoints": [1, 2, "2"]}"#, "numbers"),
      (#"{"id": 99999999999999999999, "image_id": 1}"#, "a whole number"),
      (#"{"id": 1.5, "image_id": 1}"#, "a whole number"), (#"{"id": 7, "image_id": 1, "area": "big"}"#, "a number"),
      ("[1, 2]", "an object"), ("7", "an object"), ("null", "an object"), ("\"a\"", "an object"),
      (#"{"id" 7, "image_id": 1}"#, "not JSON"), (#"{"id": 7, "image_id": 1,}"#, "not JSON"),
    ])
  func badEntries(_ entry: String, _ words: String) throws {
    let json =
      #"{"annotations": [{"id": 1, "image_id": 1, "keypoints": [1, 2, 2]}, \#(entry), {"id": 2, "image_id": 1}]}"#
    let error = #expect(throws: AnnotationError.self) { try COCOAnnotations(json: Array(json.utf8)) }
    guard case .record(let record)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(record.list == "annotations" && record.index == 1)
    #expect("\(record)".contains(words), "\(record)")
    #expect((60...100 + entry.utf8.count).contains(record.reason.offset), "\(record)")

    let file = try COCOAnnotations(json: Array(json.utf8), bad: .skip)
    #expect(file.annotations.map(\.id) == [1, 2] && file.keypoints == [1, 2, 2])
    #expect(file.skipped.count == 1 && file.skipped.first == [record])
  }

  @Test("a text that is not UTF-8 costs its entry alone")
  func badUTF8() throws {
    let json =
      Array(#"{"annotations": [], "images": [{"id": 1, "file_name": "a"#.utf8) + [0xff, 0xfe]
      + Array(#""}, {"id": 2, "file_name": "b"}]}"#.utf8)
    let file = try COCOAnnotations(json: json, bad: .skip)
    #expect(file.images.map(\.id) == [2] && file.skipped.first.map(\.reason.reason) == [.badUTF8])
  }

  @Test(
    "what is no such file is refused, whatever the policy",
    arguments: [
      "", " ", "[]", "{}", "null", "1", "\"a\"", "{", "[", "{]", "{\"annotations\"", "{\"annotations\":}",
      "{\"annotations\":[1 2]}", "{\"annotations\":{}}", "{\"annotations\":[]} x", "{\"annotations\":[]}]",
      "{\"annotations\":[,]}", "{annotations:[]}", "{\"annotations\":[{]}", "{\"annotations\":[\"a]}",
      "{\"annotations\":[],}", "{\"images\":[]}", "{\"a\":]}",
      .repeating("[", 100_000), TestText("{\"a\":" + String(repeating: "[", count: 100_000)),
      TestText("{\"annotations\":[" + String(repeating: "{\"a\":", count: 100_000)),
      TestText("{\"\(String(repeating: "a", count: 5000))\":[]}"),
    ] as [TestText])
  func malformed(_ json: TestText) {
    for policy in BadRecords.allCases {
      #expect(throws: AnnotationError.self) { try COCOAnnotations(json: Array(json.text.utf8), bad: policy) }
    }
  }

  @Test("a damaged file is never a crash, and one that is cut off never passes")
  func corruption() {
    let corruption = Corruption(original: Array(Self.small.utf8))
    for bytes in corruption.truncations {
      #expect(throws: AnnotationError.self) { try COCOAnnotations(json: bytes, bad: .skip) }
    }
    for bytes in corruption.damaged(5000) {
      _ = try? COCOAnnotations(json: bytes, bad: .skip)
      _ = try? COCOResults(json: bytes, bad: .skip)
      _ = try? COCOResults(json: bytes, bad: .skip, for: .rankedBoxes)
    }
  }

  @Test("entries and texts may lie across the pieces that a file is read in")
  func pieces() throws {
    let text = String(repeating: "a\\\"", count: 700_000)
    var json = "[{\"image_id\": 1, \"x\": \"\(text)\"}"
    for index in 0..<40_000 { json += ",{\"image_id\": \(index), \"bbox\": [0, 0, \(index), 1], \"y\": \"[{\"}" }
    let file = try COCOResults(json: Array((json + "]").utf8))
    #expect(file.entries.count == 40_001 && file.entries.dropFirst().map(\.imageID) == Array(0..<40_000))
    #expect(file.entries[40_000].boundingBox?.width == 39_999)
  }

  @Test("errors of a file name it")
  func files() throws {
    for path in ["/nowhere.json", NSTemporaryDirectory()] {
      let error = #expect(throws: FormatError.self) { try COCOAnnotations(contentsOf: path) }
      #expect(error?.reason is FileError && "\(error!)".contains(path))
    }
    let empty = ScratchFolder.file("json")
    try Data().write(to: empty)
    #expect("\(#expect(throws: FormatError.self) { try COCOResults(contentsOf: empty.path) }!)".contains("empty"))
  }
}
