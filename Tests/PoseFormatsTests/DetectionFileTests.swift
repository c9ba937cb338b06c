import PoseCore
import TestSupport
import Testing

@testable import PoseFormats

@Suite("Files of boxes")
struct DetectionFileTests {
  private func read(_ json: String) throws -> [DetectionFile.Record] {
    try DetectionFile(json: Array(json.utf8)).records
  }

  @Test("a detector's results are read in order, and a score that is not given is 1")
  func results() throws {
    let detections = try read(
      #"[{"image_id":7,"category_id":1,"bbox":[1,2.5,3,4],"score":0.5},{"file_name":"a.jpg","bbox":[0,0,1,1]},"#
        + #"{"image_id":7,"category_id":3,"bbox":[0,0,1,1],"score":1}]"#)
    #expect(
      detections == [
        DetectionFile.Record(imageID: 7, Detection(BoundingBox(x: 1, y: 2.5, width: 3, height: 4), score: 0.5)),
        DetectionFile.Record(fileName: "a.jpg", Detection(BoundingBox(x: 0, y: 0, width: 1, height: 1))),
      ])
  }

  @Test("annotations get the file names of their images, crowds are left out")
  func annotations() throws {
    let detections = try read(
      #"{"images":[{"id":7,"file_name":"a.jpg","width":1}],"annotations":["#
        + #"{"image_id":7,"bbox":[1,2,3,4],"iscrowd":0},{"image_id":7,"bbox":[1,2,3,4],"iscrowd":1}]}"#)
    #expect(
      detections == [
        DetectionFile.Record(imageID: 7, fileName: "a.jpg", Detection(BoundingBox(x: 1, y: 2, width: 3, height: 4)))
      ])
  }

  @Test("a box that is none is refused, and the message gives its place")
  func wrongBoxes() {
    for box in ["[1,2,-3,4]", "[1,2,3,-4]", "[1,2,3]", "[1,2,3,4,5]", "[1e300,0,1,1]"] {
      let error = #expect(throws: DetectionError.self, "\(box)") {
        try read(#"[{"image_id":1,"bbox":[0,0,1,1]},{"image_id":1,"bbox":\#(box)}]"#)
      }
      #expect(error?.description.contains("box 1 ") == true)
    }
    #expect(throws: DetectionError.noImage(index: 0)) { try read(#"[{"bbox":[0,0,1,1]}]"#) }
  }

  @Test(
    "what is no such file is refused",
    arguments: [
      "", "{}", "[", "null", "1", "[1]", #"[{"image_id":1}]"#, #"[{"image_id":1,"bbox":[0,0,NaN,1]}]"#,
      #"[{"image_id":1,"bbox":[0,0,1e999,1]}]"#, .repeating("[", 100_000),
      #"{"images":[{"id":7}],"annotations":[]}"#,
    ] as [TestText])
  func malformed(json: TestText) {
    #expect(throws: DetectionError.self) { try read(json.text) }
  }

  @Test("a damaged file is never a crash")
  func corruption() {
    let json = #"{"images":[{"id":7,"file_name":"a.jpg"}],"annotations":[{"image_id":7,"bbox":[1,2,3,4],"iscrowd":0}]}"#
    let corruption = Corruption(original: Array(json.utf8))
    for bytes in corruption.truncations {
      #expect(throws: DetectionError.self) { try DetectionFile(json: bytes) }
    }
    for bytes in corruption.damaged(3000) { _ = try? DetectionFile(json: bytes) }
  }
}
