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

  @Test("a part and its rest are the whole, and annotations agree")
  func halves() throws {
    let file = try COCOAnnotations(json: Array(Self.people.utf8))
    let whole = try Dataset(.coco, file, pictures: "")
    let (part, rest) = (try #require(PictureSplit("1/2")), try #require(PictureSplit("not 1/2")))
    let (held, left) = (whole.keeping(part), whole.keeping(rest))
    #expect(whole.people.count == 120 && held.people.count == 40 && left.people.count == 80)
    #expect(held.people.allSatisfy { part.contains(picture: held.pictures[$0.picture].id) })
    #expect(Set(held.people.map(\.annotationID)).union(left.people.map(\.annotationID)).count == whole.people.count)
    let again = try Dataset(.coco, file.keeping(part.contains), pictures: "")
    #expect(again.people.map(\.annotationID) == held.people.map(\.annotationID))
  }

  /// 80 pictures, every second with two people and the others with one, whose numbers are far apart.
  private static let people: String = {
    let numbers = (0..<80).map { 1000 + $0 * $0 * 7919 % 600_000 }
    let images = numbers.map { #"{"id": \#($0), "file_name": "\#($0).jpg", "width": 99, "height": 99}"# }
    let keypoints = (0..<17).map { "\($0),\($0),2" }.joined(separator: ",")
    let owners = numbers.enumerated().flatMap { Array(repeating: $0.element, count: 1 + $0.offset % 2) }
    let annotations = owners.enumerated().map {
      """
      {"id": \($0.offset), "image_id": \($0.element), "category_id": 1, "iscrowd": 0, "area": 100, \
      "bbox": [1, 2, 30, 40], "num_keypoints": 17, "keypoints": [\(keypoints)]}
      """
    }
    return """
      {"images": [\(images.joined(separator: ","))], "annotations": [\(annotations.joined(separator: ","))], \
      "categories": [{"id": 1, "name": "person", "keypoints": []}]}
      """
  }()
}
