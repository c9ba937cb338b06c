import Foundation
import TestSupport
import Testing

/// `pose evaluate --metric bbox`.
struct EvaluateBoxTests {
  private static let annotations = """
    {"images": [{"id": 1}, {"id": 2}], "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "traffic light"}],
     "annotations": [
    {"id": 7, "image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 40], "area": 600, "keypoints": [1, 2]},
    {"id": 8, "image_id": 2, "category_id": 2, "bbox": [5, 5, 20, 40], "area": 600, "iscrowd": 0}]}
    """
  private static let person = #"{"image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 40], "score": 0.5}"#

  private static func run(
    _ results: String, _ options: [String] = [], annotations: String = annotations
  ) throws -> Command {
    try Command(
      [
        "evaluate", "--annotations", Sample.file(Data(annotations.utf8), "json"), "--results",
        Sample.file(Data(results.utf8), "json"), "--metric", "bbox", "--json", "-",
      ] + options)
  }

  private static func values(_ run: Command) throws -> [String: Double] {
    #expect(run.code == 0, "\(run.errors)")
    return try JSONDecoder().decode([String: Double].self, from: Data(run.output.utf8))
  }

  @Test("pycocotools' twelve numbers come as JSON, exact")
  func published() throws {
    let run = try Command(
      "evaluate", "--annotations", GoldenFile.url("eval/fce_keypoints_gt.json").path, "--results",
      GoldenFile.url("eval/fce_keypoints_dt.json").path, "--metric", "bbox", "--json", "-")
    #expect(
      try Self.values(run) == [
        "AP": 0.5782765648864413, "AP50": 0.9104591573708455, "AP75": 0.7104381288331262, "APs": 0.5524752475247525,
        "APm": 0.5901493006443502, "APl": 0.8252475247524752, "AR1": 0.06153846153846154, "AR10": 0.4461538461538462,
        "AR100": 0.6692307692307693, "ARs": 0.55, "ARm": 0.6555555555555556, "ARl": 0.85,
      ])
  }

  @Test("all categories are scored, or those that are chosen by name or number, without a look at keypoints")
  func categories() throws {
    let results = "[\(Self.person)]"
    #expect(try Self.values(Self.run(results))["AR100"] == 0.5)
    #expect(try Self.values(Self.run(results, ["--categories", "person"]))["AR100"] == 1)
    #expect(try Self.values(Self.run(results, ["--categories", "2"]))["AR100"] == 0)
    #expect(try Self.values(Self.run(results, ["--categories", "traffic light,1"]))["AR100"] == 0.5)
    let unknown = try Self.run(results, ["--categories", "person,dog"])
    #expect(unknown.code == 65 && unknown.errors.contains("no category 'dog': it has person (1), traffic light (2)"))
  }

  @Test(
    "files that cannot be compared exit with 65 and say what is wrong where",
    arguments: [
      (#", "score": 0.5"#, "", "entry 1: byte", "'score' is missing"),
      (#""bbox": [0, 0, 20, 40], "#, "", "entry 1: byte", "'bbox' is missing"),
      ("20", "NaN", "entry 1: 'bbox' at byte", "NaN and Infinity are not JSON numbers"),
      ("0.5", "Infinity", "entry 1: 'score' at byte", "NaN and Infinity are not JSON numbers"),
      (#""image_id": 1"#, #""image_id": 3"#, "result 1 is of image 3", "do not list"),
    ])
  func refusals(_ part: String, _ replacement: String, _ place: String, _ reason: String) throws {
    let run = try Self.run("[\(Self.person), \(Self.person.replacing(part, with: replacement))]")
    #expect(run.code == 65 && run.output.isEmpty)
    #expect(
      run.errors.hasPrefix("pose: ") && run.errors.contains(place) && run.errors.contains(reason), "\(run.errors)")
  }

  @Test("annotations are no results, and annotations need boxes and areas")
  func annotationFiles() throws {
    let same = try Self.run(Self.annotations)
    #expect(same.code == 65 && same.errors.contains("this is an annotation file"), "\(same.errors)")
    let poses = try Self.run(#"[{"image_id": 1, "keypoints": [1, 2, 1], "score": 1}]"#)
    #expect(poses.code == 65 && poses.errors.contains("'bbox' is missing"), "\(poses.errors)")
    for (part, word) in [(#", "area": 600, "iscrowd""#, "has no area"), (#""bbox": [5, 5, 20, 40], "#, "has no bbox")] {
      let annotations = Self.annotations.replacing(part, with: part.hasPrefix(",") ? #", "iscrowd""# : "")
      let run = try Self.run("[\(Self.person)]", annotations: annotations)
      #expect(run.code == 65 && run.errors.contains("annotation 8 (image 2, category 2) \(word)"), "\(run.errors)")
      #expect(!run.errors.contains("--no-use-area"))
    }
  }
}
