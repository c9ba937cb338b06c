import PoseFormats
import PoseMetrics
import Testing

/// Metrics of COCO's files that leave something out or do not belong together.
@Suite struct FileComparisonTests {
  static let annotations = """
    {"images": [{"id": 1, "width": 100, "height": 100}, {"id": 2, "width": 100, "height": 100}], "annotations": [
    {"id": 7, "image_id": 1, "category_id": 1, "keypoints": [1,2,2, 11,2,1, 0,0,0], "num_keypoints": 2, "iscrowd": 0, \
    "bbox": [0, 0, 20, 40], "area": 1500, "bbox_head": [0, 0, 3, 4]}], "categories": [{"id": 1}, {"id": 2}]}
    """

  @Test(
    "results that do not belong to the annotations are refused by name",
    arguments: [
      (#"[{"image_id": 3, "keypoints": [1,2,1, 11,2,1, 0,0,0]}]"#, MetricError.unknownImage(id: 3, what: "result 0")),
      (
        #"[{"image_id": 2, "keypoints": [1,2,1]}]"#,
        MetricError.wrongKeypointCount(what: "result 0 of image 2", found: 1, expected: 3)
      ),
      (
        #"[{"image_id": 2, "bbox": [1, 2, 3, 4]}]"#,
        MetricError.wrongKeypointCount(what: "result 0 of image 2", found: 0, expected: 3)
      ),
    ])
  func strangers(_ results: String, _ error: MetricError) throws {
    #expect(throws: error) { try Self.precision(results) }
  }

  @Test("results of a category that nobody has change nothing")
  func otherCategory() throws {
    let right = #"{"image_id": 1, "keypoints": [1,2,1, 11,2,1, 0,0,0], "score": 0.5}"#
    let other = #"{"image_id": 1, "category_id": 2, "keypoints": [1,2,1, 11,2,1, 0,0,0], "score": 0.9}"#
    let alone = try Self.precision("[\(right)]")
    #expect(alone.ar == 1)
    #expect(try Self.precision("[\(right), \(other)]") == alone)
    #expect(try Self.precision("[]").ar == 0)
  }

  @Test("the first result says whether areas are those of boxes or of keypoints")
  func areas() throws {
    // Of no person; large by its box, small by its keypoints.
    let result = #"{"image_id": 2, "keypoints": [1,2,1, 11,2,1, 0,0,0], "score": 0.9"#
    let right = #"{"image_id": 1, "keypoints": [1,2,1, 11,2,1, 0,0,0], "score": 0.5, "bbox": [0, 0, 20, 40]}"#
    #expect(try Self.precision("[\(result)}, \(right)]").apMedium > 0.99)
    #expect(try Self.precision("[\(result), \"bbox\": [0, 0, 40, 40]}, \(right)]").apMedium < 0.51)
  }

  @Test("without areas the box stands in, without a box nothing does")
  func missing() throws {
    let results = #"[{"image_id": 1, "keypoints": [1,2,1, 11,2,1, 0,0,0]}]"#
    let without = Self.annotations.replacing(#", "area": 1500"#, with: "")
    #expect(throws: MetricError.noArea(what: "annotation 7 (image 1)")) {
      try Self.precision(results, annotations: without)
    }
    let rules = KeypointRules(sigmas: [0.1, 0.1, 0.1], usesArea: false)
    #expect(try Self.precision(results, annotations: without, rules: rules).ar == 1)
    #expect(throws: MetricError.noBox(what: "annotation 7")) {
      try Self.precision(results, annotations: Self.annotations.replacing(#""bbox": [0, 0, 20, 40], "#, with: ""))
    }
    let twice = Self.annotations.replacing(#""id": 2, "width""#, with: #""id": 1, "width""#)
    #expect(try Self.precision(results, annotations: twice).ar == 1)
    let stranger = Self.annotations.replacing(#""image_id": 1"#, with: #""image_id": 5"#)
    #expect(try Self.precision(results, annotations: stranger).ar == -1)
  }

  @Test("distances need a result for each person")
  func pairs() throws {
    let annotations = try COCOAnnotations(json: Array(Self.annotations.utf8))
    let one = #"{"image_id": 1, "keypoints": [1,6,1, 11,5,1, 9,9,9]}"#
    let people = try PairedPeople(annotations, COCOResults(json: Array("[\(one)]".utf8)))
    #expect(try people.keypoints.endPointError() == 3.5)
    #expect(people.boxSizes == [[40, 40]])
    #expect(try people.keypoints.distances(between: 0, and: 1) == [[10, 10]])
    for results in ["[]", "[\(one), \(one)]"] {
      #expect(throws: MetricError.unpaired(image: 1)) {
        try PairedPeople(annotations, COCOResults(json: Array(results.utf8)))
      }
    }
    let shifted = try PairedPeople(annotations, COCOResults(json: Array("[\(one)]".utf8)), countsFromOne: true)
    #expect(try shifted.keypoints.distances(between: 0, and: 1) == [[10, 10]])
    #expect(try shifted.keypoints.endPointError() > 3.5)
  }

  @Test("PoseTrack needs the boxes of heads")
  func heads() throws {
    let results = try COCOResults(json: Array(#"[{"image_id": 1, "keypoints": [1,6,1, 11,5,1, 9,9,9]}]"#.utf8))
    let annotations = try COCOAnnotations(json: Array(Self.annotations.utf8))
    #expect(try PoseTrackFrame.frames(annotations, results)[0].people[0].headBox.height == 4)
    let without = Self.annotations.replacing(#", "bbox_head": [0, 0, 3, 4]"#, with: "")
    #expect(throws: MetricError.noHeadBox(what: "annotation 7")) {
      try PoseTrackFrame.frames(COCOAnnotations(json: Array(without.utf8)), results)
    }
  }

  private static func precision(
    _ results: String, annotations: String = annotations, rules: KeypointRules = KeypointRules(sigmas: [0.1, 0.1, 0.1])
  ) throws -> COCOKeypointAP {
    try COCOKeypointAP(
      COCOComparison(COCOAnnotations(json: Array(annotations.utf8)), COCOResults(json: Array(results.utf8))),
      rules: rules)
  }
}
