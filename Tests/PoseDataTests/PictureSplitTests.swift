import PoseData
import PoseFormats
import TestSupport
import Testing

@Suite struct DatasetPartTests {
  @Test("parts are read as they are written", arguments: ["1/2", "5/5", "not 1/5", "1/1"])
  func text(_ text: String) throws {
    #expect(try #require(PictureSplit(text)).description == text)
  }

  @Test(
    "what names no part is refused", arguments: ["", "0/2", "3/2", "1", "1/0", "1/2/3", "not", "-1/2", "1/9999999999"])
  func refused(_ text: String) {
    #expect(PictureSplit(text) == nil)
  }

  @Test("every number belongs to one part, and to all rests but one", arguments: [-7, -1, 0, 1, 13, .min, .max])
  func numbers(_ id: Int) throws {
    let parts = try (1...3).map { try #require(PictureSplit("\($0)/3")) }
    let rests = try (1...3).map { try #require(PictureSplit("not \($0)/3")) }
    #expect(parts.count { $0.contains(picture: id) } == 1)
    #expect(rests.count { $0.contains(picture: id) } == 2)
  }

  @Test("a part and its rest are the whole, and annotations agree", .needsSharedData)
  func halves() throws {
    let path = try SharedData.url("data/coco_mini/person_keypoints.json").path
    let whole = try Dataset(.coco, annotations: path, pictures: "")
    let (part, rest) = (try #require(PictureSplit("1/2")), try #require(PictureSplit("not 1/2")))
    let (held, left) = (whole.keeping(part), whole.keeping(rest))
    #expect(held.people.count == 51 && left.people.count == 35)
    #expect(held.people.allSatisfy { part.contains(picture: held.pictures[$0.picture].id) })
    #expect(Set(held.people.map(\.annotationID)).union(left.people.map(\.annotationID)).count == whole.people.count)
    let file = try COCOAnnotations(contentsOf: path).keeping(part.contains)
    let again = try Dataset(.coco, file, pictures: "")
    #expect(again.people.map(\.annotationID) == held.people.map(\.annotationID))
  }
}
