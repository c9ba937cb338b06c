import Foundation
import PoseFormats
import TestSupport
import Testing

@testable import PoseMetrics

/// Random files of all that pycocotools takes, with its numbers. `Scripts/make-evaluation-goldens` writes them.
struct PycocotoolsCase: Sendable, CustomTestStringConvertible {
  var number: Int
  var annotations: [UInt8]
  var results: [UInt8]
  var stats: [Double]

  var testDescription: String { "case \(number)" }

  /// The cases of a file of `Tests/Goldens`.
  static func all(of name: String) -> [PycocotoolsCase] {
    let path = SharedData.checkout.appending(path: "Tests/Goldens/\(name)").path
    let lines = (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n") ?? []
    return stride(from: 0, to: lines.count - 2, by: 3).map { index in
      PycocotoolsCase(
        number: index / 3, annotations: Array(lines[index].utf8), results: Array(lines[index + 1].utf8),
        stats: (try? JSONDecoder().decode([Double].self, from: Data(lines[index + 2].utf8))) ?? [])
    }
  }
}

@Suite struct PycocotoolsTests {
  static let cases = PycocotoolsCase.all(of: "pycocotools.txt")
  static let boxCases = PycocotoolsCase.all(of: "pycocotools_boxes.txt")

  @Test("the ten numbers equal pycocotools', to the last bit", arguments: cases)
  func numbers(_ files: PycocotoolsCase) throws {
    let comparison = try COCOComparison(
      COCOAnnotations(json: files.annotations), COCOResults(json: files.results, for: .rankedPoses))
    let values = try COCOKeypointAP(comparison, rules: KeypointRules(sigmas: [0.1, 0.1, 0.1])).values.map(\.value)
    #expect(values == files.stats)
  }

  @Test("the twelve numbers for boxes equal pycocotools', to the last bit", arguments: boxCases)
  func boxes(_ files: PycocotoolsCase) throws {
    let comparison = try COCOComparison(
      COCOAnnotations(json: files.annotations, joints: .none),
      COCOResults(json: files.results, for: .rankedBoxes))
    #expect(try COCOBoxAP(comparison).values.map(\.value) == files.stats)
  }

  @Test("the files of cases are there")
  func count() { #expect(Self.cases.count > 40 && Self.boxCases.count > 40) }

  /// Two people far apart and a result for each, exact.
  private static func comparison(ids: (Int, Int) = (1, 2), more: String = "") throws -> COCOComparison {
    let annotations = """
      {"images": [{"id": 1}], "categories": [{"id": 1}], "annotations": [
      {"id": \(ids.0), "image_id": 1, "category_id": 1, "bbox": [0, 0, 9, 9], "area": 50, "num_keypoints": 1, \
      "keypoints": [5, 5, 2]},
      {"id": \(ids.1), "image_id": 1, "category_id": 1, "bbox": [90, 0, 9, 9], "area": 50, "num_keypoints": 1, \
      "keypoints": [95, 5, 2]}\(more)]}
      """
    let results = """
      [{"image_id": 1, "category_id": 1, "keypoints": [5, 5, 1], "score": 1},
       {"image_id": 1, "category_id": 1, "keypoints": [95, 5, 1], "score": 0.5},
       {"image_id": 1, "category_id": 4, "keypoints": [95, 5, 1], "score": 0.5}]
      """
    return try COCOComparison(
      COCOAnnotations(json: Array(annotations.utf8)), COCOResults(json: Array(results.utf8), for: .rankedPoses))
  }

  private static func recall(_ files: COCOComparison) throws -> Double {
    try COCOKeypointAP(files, rules: KeypointRules(sigmas: [0.1])).ar
  }

  @Test("the annotation 0 counts as missed, with a note")
  func zero() throws {
    let files = try Self.comparison(ids: (0, 2))
    #expect(try Self.recall(files) == 0.5)
    #expect(files.notes.contains { $0.hasPrefix("annotation 0 counts as missed") })
    #expect(try Self.recall(Self.comparison()) == 1)
  }

  @Test("of repeated annotations the last stands for all, with a note")
  func repeated() throws {
    let files = try Self.comparison(ids: (3, 3))
    #expect(try Self.recall(files) == 0.5)
    #expect(files.notes.contains { $0.contains("1 annotation id used more than once (the first is 3)") })
  }

  @Test("what takes no part is counted by reason")
  func notes() throws {
    let strangers = """
      , {"id": 8, "image_id": 7, "category_id": 1}, {"id": 9, "image_id": 1, "category_id": 5}
      """
    let files = try Self.comparison(more: strangers)
    #expect(try Self.recall(files) == 1)
    let words = ["1 annotation of images", "1 annotation of category 5", "1 result of category 4"]
    for word in words { #expect(files.notes.contains { $0.contains(word) }, "\(files.notes)") }
  }

  @Test("joints of another number are refused where something was found, and the annotation is named")
  func otherJoints() throws {
    let other =
      #", {"id": 8, "image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "area": 1, "keypoints": [1,1,2,1,1,2]}"#
    let name = "annotation 8 (image 1)"
    #expect(throws: MetricError.wrongKeypointCount(what: name, found: 2, expected: 1)) {
      try Self.recall(Self.comparison(more: other))
    }
    let elsewhere = other.replacingOccurrences(of: "\"category_id\": 1", with: "\"category_id\": 5")
    #expect(try Self.recall(Self.comparison(more: elsewhere)) == 1)
    #expect(throws: MetricError.self) {
      try Self.comparison(more: other).checkAnnotations(rules: KeypointRules(sigmas: [0.1]), categories: [1])
    }
    try Self.comparison(more: elsewhere).checkAnnotations(rules: KeypointRules(sigmas: [0.1]), categories: [1])
  }
}
