import PoseFormats
import PoseMetrics
import Testing

/// Which result is whose, where each person has one.
@Suite struct PersonPairingTests {
  /// Four people in two pictures, each with two joints.
  private static let annotations = """
    {"images": [{"id": 1}, {"id": 2}], "annotations": [
    {"id": 11, "image_id": 1, "bbox": [0, 0, 10, 10], "keypoints": [1,1,2, 9,9,2]},
    {"id": 12, "image_id": 1, "bbox": [50, 0, 10, 10], "keypoints": [51,1,2, 59,9,2]},
    {"id": 13, "image_id": 2, "bbox": [0, 0, 10, 10], "keypoints": [1,1,2, 9,9,2]},
    {"id": 14, "image_id": 2, "bbox": [50, 0, 10, 10], "keypoints": [51,1,2, 0,0,0]}]}
    """

  /// A result that is right for an annotation, moved by one pixel for each of them.
  private static func result(_ id: Int, named: Bool, at annotation: Int? = nil) -> String {
    let left = id % 2 == 1 ? 1 : 51
    let name = named ? ", \"annotation_id\": \(annotation ?? id)" : ""
    let moved = left + id - 11
    return """
      {"image_id": \(id < 13 ? 1 : 2), "keypoints": [\(moved), 1, 1, \(moved + 8), 9, 1], "score": 0.5\(name)}
      """
  }

  private static func error(_ results: [String]) throws -> Double {
    let people = try PairedPeople(
      COCOAnnotations(json: Array(annotations.utf8)),
      COCOResults(json: Array("[\(results.joined(separator: ","))]".utf8), for: .poses))
    return try people.keypoints.endPointError()
  }

  @Test("results that name their annotations may be in any order")
  func named() throws {
    let inOrder = try Self.error([11, 12, 13, 14].map { Self.result($0, named: false) })
    // Seven joints, off by 0, 0, 1, 1, 2, 2 and 3 pixels: one is not labeled.
    let mean = 9.0 / 7
    #expect(abs(inOrder - mean) < 1e-6)
    #expect(try Self.error([14, 12, 13, 11].map { Self.result($0, named: true) }) == inOrder)
    #expect(try Self.error([12, 11, 14, 13].map { Self.result($0, named: true) }) == inOrder)
  }

  @Test("another order without names is refused, and the message says how to write results")
  func otherOrder() throws {
    let error = #expect(throws: MetricError.otherOrder(image: 1, count: 4, of: 4)) {
      try Self.error([12, 11, 14, 13].map { Self.result($0, named: false) })
    }
    #expect(error?.description.contains("annotation_id") == true)
    // The order of the pictures does not matter.
    #expect(try Self.error([13, 14, 11, 12].map { Self.result($0, named: false) }) < 2)
  }

  @Test("everybody has one result, and every result is somebody's")
  func whole() throws {
    let all = [11, 12, 13, 14].map { Self.result($0, named: true) }
    #expect(throws: MetricError.unpairedAnnotation(id: 14, count: 0)) { try Self.error(Array(all.dropLast())) }
    #expect(throws: MetricError.unpairedAnnotation(id: 11, count: 2)) { try Self.error(all + [all[0]]) }
    #expect(throws: MetricError.noAnnotation(what: "result 4", id: 99)) {
      try Self.error(all + [Self.result(11, named: true, at: 99)])
    }
    #expect(throws: MetricError.noAnnotation(what: "result 0", id: nil)) {
      try Self.error([Self.result(11, named: false)] + all.dropFirst())
    }
  }

  @Test("somebody of whom one of two joints is not labelled has no size by their distance")
  func sizes() throws {
    let results = [11, 12, 13, 14].map { Self.result($0, named: true) }.joined(separator: ",")
    let people = try PairedPeople(
      COCOAnnotations(json: Array(Self.annotations.utf8)), COCOResults(json: Array("[\(results)]".utf8)))
    let sizes = try people.keypoints.annotatedDistances(between: 0, and: 1)
    let size = Double(128).squareRoot()
    #expect(sizes.map(\.x) == [size, size, size, 0])
    #expect(throws: MetricError.self) { try people.keypoints.annotatedDistances(between: 0, and: 2) }
  }
}
