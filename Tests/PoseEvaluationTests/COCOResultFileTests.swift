import PoseCore
import PoseFormats
import PoseMetrics
import Testing

@testable import PoseEvaluation

/// The files that COCO's server takes.
@Suite struct COCOResultFileTests {
  private static let boxes = [
    BoxResult(
      Detection(BoundingBox(x: 0.1, y: -2, width: 30.25, height: 1e-7), score: 0.3), pictureID: 139, categoryID: 90),
    BoxResult(
      Detection(BoundingBox(x: 5, y: 6, width: 7, height: 8), score: 1), pictureID: 2, fileName: "a \"b\".jpg"),
  ]

  @Test("boxes are written with the members of COCO's form alone")
  func form() {
    let text = String(decoding: Self.boxes.cocoJSON(), as: UTF8.self)
    let lines = """
      [
      {"image_id":139,"category_id":90,"bbox":[0.1,-2.0,30.25,1e-07],"score":0.3},
      {"image_id":2,"file_name":"a \\"b\\".jpg","category_id":1,"bbox":[5.0,6.0,7.0,8.0],"score":1.0}
      ]

      """
    #expect(text == lines)
    #expect([BoxResult]().cocoJSON() == Array("[\n]\n".utf8))
  }

  @Test("what is written reads back as the same boxes")
  func roundTrip() throws {
    let entries = try COCOResults(json: Self.boxes.cocoJSON(), for: .rankedBoxes).entries
    #expect(entries.map(\.boundingBox) == Self.boxes.map(\.detection.boundingBox))
    #expect(entries.map(\.score) == [0.3, 1] && entries.map(\.categoryID) == [90, 1])
    #expect(entries.map(\.imageID) == [139, 2])
  }

  @Test("poses keep their members")
  func poses() {
    var result = PersonResult(person: nil, pictureID: 3, score: 0.5, keypoints: [Keypoint(x: 1, y: 2, score: 0.25)])
    #expect(
      result.cocoJSON == #"{"image_id":3,"category_id":1,"keypoints":[1.0,2.0,0.25],"score":0.5}"#)
    (result.trackID, result.annotationID) = (4, 5)
    result.boundingBox = BoundingBox(x: 1, y: 2, width: 3, height: 4)
    let whole = """
      {"image_id":3,"category_id":1,"keypoints":[1.0,2.0,0.25],"bbox":[1.0,2.0,3.0,4.0],"track_id":4,"annotation_id":5,\
      "score":0.5}
      """
    #expect(result.cocoJSON == whole)
  }

  @Test("a file of boxes is scored")
  func scored() throws {
    let annotations = """
      {"images": [{"id": 2}], "categories": [{"id": 1}],
       "annotations": [{"id": 1, "image_id": 2, "category_id": 1, "bbox": [5, 6, 7, 8], "area": 50}]}
      """
    let files = try COCOComparison(
      COCOAnnotations(json: Array(annotations.utf8)),
      COCOResults(json: Array(Self.boxes.dropFirst()).cocoJSON(), for: .rankedBoxes))
    #expect(try COCOBoxAP(files).ar1 == 1)
  }
}
