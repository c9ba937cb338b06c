import Testing

@testable import PoseFormats

/// Areas of annotations as COCO's files have them.
@Suite struct SegmentationTests {
  static func annotations(_ segmentation: String, more: String = "") throws(AnnotationError) -> COCOAnnotations {
    try COCOAnnotations(
      json: Array(
        #"{"annotations": [{"segmentation": \#(segmentation), "id": 1, "image_id": 2, "iscrowd": 1\#(more)}]}"#.utf8),
      segmentations: true)
  }

  @Test("outlines and both forms of runs are read")
  func forms() throws {
    func read(_ text: String) throws -> Segmentation? { try Self.annotations(text).annotations.first?.segmentation }
    #expect(try read("[[1, 2, 3.5, 4, 5, 6], [0, 0, 1, 1]]") == .polygons([[1, 2, 3.5, 4, 5, 6]]))
    #expect(
      try read(#"{"counts": [2, 3, 1, 0], "size": [2, 3]}"#) == .runs([2, 3, 1, 0], width: 3, height: 2))
    // 5, 40, 7, and from the fourth on differences: 40 - 37, 7 + 1.
    #expect(
      try read(#"{"size": [7, 9], "counts": "5X17kN1"}"#) == .runs([5, 40, 7, 3, 8], width: 9, height: 7))
    #expect(try read("null") == nil)
    #expect(try read("[]") == nil)
  }

  @Test("people with joints do not keep their outlines, and files are read as before where none are asked for")
  func joints() throws {
    let text = #"{"annotations": [{"segmentation": "?", "id": 1, "image_id": 2, "keypoints": [1, 1, 2]}]}"#
    #expect(try COCOAnnotations(json: Array(text.utf8)).annotations.count == 1)
    let outline =
      #"{"annotations": [{"segmentation": [[0, 0, 9, 0, 9, 9]], "id": 1, "image_id": 2, "keypoints": [1, 1, 2]}]}"#
    let file = try COCOAnnotations(json: Array(outline.utf8), segmentations: true)
    #expect(file.annotations.first?.segmentation == nil)
  }

  @Test(
    "malformed areas are refused with their place",
    arguments: [
      ("[[1, 2, 3]]", "an x and a y"), (#"{"counts": [1, 2], "size": [2, 2]}"#, "as long as the picture"),
      (#"{"counts": [4], "size": [2]}"#, "a height and a width"), (#"{"counts": [4], "size": [99999, 1]}"#, "a height"),
      (#"{"counts": [-1, 5], "size": [2, 2]}"#, "a run's length"), (#"{"size": [2, 2]}"#, "as long as the picture"),
      (#"{"counts": "PPPPPPPPPPPPPPPPPP", "size": [2, 2]}"#, "as COCO writes them"),
      (#"{"counts": "P", "size": [2, 2]}"#, "as COCO writes them"),
      (#"{"counts": "é", "size": [2, 2]}"#, "as COCO writes them"),
      (#"{"counts": [9223372036854775807, 9223372036854775807], "size": [2, 2]}"#, "a run's length"),
      ("7", "an array"), (#"[["a"]]"#, "numbers"),
    ])
  func malformed(_ text: String, _ reason: String) throws {
    let error = #expect(throws: AnnotationError.self) { try Self.annotations(text) }
    #expect(error.map { "\($0)".contains(reason) } == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test("runs have a limit")
  func limit() throws {
    let counts = Array(repeating: "0", count: Segmentation.maximumCount + 1).joined(separator: ",")
    let error = #expect(throws: AnnotationError.self) {
      try Self.annotations(#"{"counts": [\#(counts)], "size": [1, 1]}"#)
    }
    #expect(error.map { "\($0)".contains("more than \(Segmentation.maximumCount)") } == true)
  }
}
