import Testing

@testable import PoseFormats

/// The forms that files of results come in, and those that are taken for them.
@Suite struct ResultFormTests {
  private static func read(_ json: String, for use: COCOResults.Use = .rankedPoses) throws -> COCOResults {
    try COCOResults(json: Array(json.utf8), for: use)
  }

  private static let annotations = """
    {"images": [{"id": 1, "file_name": "a.jpg"}], "categories": [],
     "annotations": [{"id": 1, "image_id": 1, "bbox": [0, 0, 5, 5], "keypoints": [1, 2, 2]}]}
    """

  @Test("annotations are no results, but boxes")
  func annotationFile() throws {
    for use in [COCOResults.Use.poses, .rankedPoses, .rankedBoxes] {
      let error = #expect(throws: AnnotationError.annotationsAsResults) { try Self.read(Self.annotations, for: use) }
      #expect(error?.description.contains("an annotation file") == true)
    }
    #expect(try Self.read(Self.annotations, for: .boxes).entries.count == 1)
  }

  @Test("a list of images holds neither")
  func imageList() throws {
    let list = #"{"images": [{"id": 1, "file_name": "a.jpg"}]}"#
    for use in [COCOResults.Use.boxes, .poses] {
      #expect(throws: AnnotationError.picturesAlone) { try Self.read(list, for: use) }
    }
    #expect(throws: AnnotationError.imagesAlone) { try COCOAnnotations(json: Array(list.utf8)) }
  }

  @Test("poses that are ranked need scores")
  func scores() throws {
    let pose = #"[{"image_id": 1, "keypoints": [1, 2, 1]}]"#
    let error = #expect(throws: AnnotationError.self) { try Self.read(pose) }
    #expect(error?.description.contains("'score' is missing") == true)
    #expect(try Self.read(pose, for: .poses).entries[0].score == 1)
  }

  @Test("boxes that are ranked need scores and boxes, and their joints are passed over")
  func rankedBoxes() throws {
    let whole = #"{"image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4], "score": 0.5, "keypoints": [1, 2]}"#
    let results = try Self.read("[\(whole)]", for: .rankedBoxes)
    #expect(results.entries.map(\.categoryID) == [3] && results.entries[0].boundingBox?.height == 4)
    #expect(results.keypoints.isEmpty)
    let edits = [
      (#", "score": 0.5"#, "", "'score' is missing"), (#""bbox": [1, 2, 3, 4], "#, "", "'bbox' is missing"),
      ("[1, 2, 3, 4]", "null", "'bbox' is missing"), ("[1, 2, 3, 4]", "[]", "'bbox' is missing"),
      (" 4]", " 1e10]", "x, y, width and height"), ("0.5", #""high""#, "a number"),
    ]
    for (part, replacement, word) in edits {
      let bad = whole.replacing(part, with: replacement)
      let error = #expect(throws: AnnotationError.self) { try Self.read("[\(whole), \(bad)]", for: .rankedBoxes) }
      let text = error?.description ?? ""
      #expect(text.contains("entry 1: ") && text.contains(word), "\(bad): \(text)")
    }
  }

  @Test("what pose predict writes counts as boxes, too")
  func predictedBoxes() throws {
    func file(_ pose: String) -> String { #"{"images": [{"file": "a.jpg", "poses": [\#(pose)]}]}"# }
    let pose = #"{"bbox": [1, 2, 3, 4], "score": 0.5, "keypoints": "none"}"#
    let numbered = try Self.read(file(pose), for: .rankedBoxes).numbered(by: [(id: 9, path: "a.jpg")])
    #expect(numbered.entries.map(\.imageID) == [9] && numbered.entries[0].score == 0.5)
    for (part, word) in [(#", "score": 0.5"#, "'score'"), (#""bbox": [1, 2, 3, 4], "#, "'bbox'")] {
      let bad = file(pose.replacing(part, with: ""))
      let error = #expect(throws: AnnotationError.self) { try Self.read(bad, for: .rankedBoxes) }
      #expect(error?.description.contains("\(word) is missing") == true)
    }
  }

  @Test("what pose predict writes has its pictures' file names")
  func predictions() throws {
    let json = """
      {"format": 1, "images": [{"file": "p/a.jpg", "width": 9, "height": 9, "poses": [
      {"bbox": [1, 2, 3, 4], "score": 0.5, "keypoints": [{"name": "nose", "x": 1, "y": 2, "score": 0.25},
      {"name": "left_eye", "x": 3, "y": 4, "score": 1}]}]}, {"file": "p/b.jpg", "poses": []},
      {"file": "p/c.jpg", "poses": [{"bbox": [1, 2, 3, 4], "score": 0.75, "keypoints": []}]}]}
      """
    let results = try Self.read(json)
    #expect(results.entries.map(\.score) == [0.5, 0.75] && results.keypoints == [1, 2, 0.25, 3, 4, 1])
    #expect(results.entries[0].boundingBox?.width == 3 && results.entries[0].keypoints == 0..<6)
    let numbered = try results.numbered(by: [(id: 9, path: "c.jpg"), (id: 8, path: "a.jpg")], person: 4)
    #expect(numbered.entries.map(\.imageID) == [8, 9] && numbered.entries.map(\.categoryID) == [4, 4])
    let other = try results.numbered(by: [(id: 9, path: "c.jpg")])
    #expect(other.fileNames == [0: "p/a.jpg"])
    #expect(throws: DetectionError.self) {
      try results.numbered(by: [(id: 1, path: "x/p/c.jpg"), (id: 2, path: "y/p/c.jpg")])
    }
  }

  @Test("NaN and other encodings are named")
  func encodings() throws {
    let nan = #"[{"image_id": 1, "keypoints": [1, NaN, 1], "score": 1}]"#
    let named = #expect(throws: AnnotationError.self) { try Self.read(nan) }
    #expect(named?.description.contains("entry 0: 'keypoints' at byte") == true)
    for bad in [nan, #"[{"image_id": 1, "keypoints": [1, 2, 1], "score": -Infinity}]"#] {
      let error = #expect(throws: AnnotationError.self) { try Self.read(bad) }
      #expect(error?.description.contains("NaN and Infinity are not JSON numbers") == true)
    }
    let word = #expect(throws: AnnotationError.self) { try Self.read(#"[{"image_id": 1, "score": "NaN"}]"#) }
    #expect(word?.description.contains("a number") == true)
    for mark in [[0xff, 0xfe], []] as [[UInt8]] {
      let bytes = mark + "[ ]".utf8.flatMap { [$0, 0] }
      let error = #expect(throws: AnnotationError.self) { try COCOResults(json: bytes) }
      #expect(error?.description == "the file is UTF-16: save it as UTF-8")
    }
    #expect(try COCOResults(json: [0xef, 0xbb, 0xbf] + Array("[]".utf8)).entries.isEmpty)
  }
}
