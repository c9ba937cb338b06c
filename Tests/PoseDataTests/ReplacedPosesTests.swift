import PoseCore
import PoseData
import PoseFormats
import Testing

struct FoundPeopleTests {
  private static func dataset() throws -> Dataset {
    let annotations = """
      {"images": [{"id": 7, "file_name": "7.jpg", "width": 100, "height": 80}], "annotations": [], "categories": []}
      """
    return try Dataset(.coco, COCOAnnotations(json: Array(annotations.utf8)), pictures: "p")
  }

  private static func results(_ entries: String) throws -> COCOResults {
    try COCOResults(json: Array("[\(entries)]".utf8), bad: .skip)
  }

  /// Joints on a line from (10, 20) to (26, 52), all of one score.
  private static func entry(_ more: String, score: String = "0.5", count: Int = 17) -> String {
    let joints = (0..<count).map { "\(10 + $0),\(20 + 2 * $0),\(score)" }.joined(separator: ",")
    return "{\"keypoints\":[\(joints)],\(more)}"
  }

  @Test("people of results have their poses, scores and tracks, and boxes a fifth larger than the poses")
  func people() throws {
    let results = try Self.results(
      Self.entry("\"image_id\":7,\"score\":0.8,\"track_id\":3") + ","
        + Self.entry("\"image_id\":7,\"score\":0.2,\"bbox\":[1,2,3,4]", score: "0"))
    let (found, entries) = try Self.dataset().replacingPeople(withPoses: results, source: .file("r.json"), bad: .refuse)
    #expect(entries == [0, 1] && found.people.map(\.score) == [0.8, 0.2] && found.people.map(\.trackID) == [3, nil])
    for person in found.people {
      let box = try #require(person.boundingBox)
      #expect(abs(box.x - 8.4) < 1e-9 && abs(box.width - 19.2) < 1e-9 && abs(box.height - 38.4) < 1e-9)
      // Where no joint scores, all count.
      #expect(found.keypoints(of: person).allSatisfy { $0.isLabelled })
      #expect(found.keypoints(of: person).first.map { [$0.position.x, $0.position.y] } == [10, 20])
    }
  }

  @Test("people who score nothing and other things are left out silently")
  func excluded() throws {
    let results = try Self.results(
      [
        Self.entry("\"image_id\":7,\"score\":0"), Self.entry("\"image_id\":7,\"score\":-1"),
        Self.entry("\"image_id\":7,\"score\":1,\"category_id\":18"), Self.entry("\"image_id\":7,\"score\":1"),
      ].joined(separator: ","))
    let (found, entries) = try Self.dataset().replacingPeople(withPoses: results, source: .groundTruth, bad: .refuse)
    #expect(entries == [3] && found.problems.count == 0 && found.excluded.otherCategories == 1)
  }

  @Test(
    "what cannot be used is named and left out, or refused",
    arguments: [
      (entry("\"image_id\":8,\"score\":1"), "image 8"),
      (entry("\"image_id\":7,\"score\":1", count: 16), "16 keypoints"),
      ("{\"image_id\":7,\"score\":1,\"bbox\":[1,2,3,4]}", "0 keypoints"),
      (
        "{\"image_id\":7,\"score\":1,\"keypoints\":[\(Array(repeating: "5e6,0,1", count: 17).joined(separator: ","))]}",
        "no joint"
      ),
    ])
  func problems(_ entry: String, _ reason: String) throws {
    let results = try Self.results(entry + "," + Self.entry("\"image_id\":7,\"score\":1"))
    let (found, entries) = try Self.dataset().replacingPeople(withPoses: results, source: .groundTruth)
    #expect(entries == [1] && found.problems.count == 1)
    #expect(found.problems.first.first.map { "\($0)".contains(reason) } == true, "\(found.problems.first)")
    #expect(throws: DatasetProblem.self) {
      try Self.dataset().replacingPeople(withPoses: results, source: .groundTruth, bad: .refuse)
    }
  }
}
