import Foundation
import PoseConfiguration
import PoseCore
import PoseFormats
import PoseGraph
import PoseImage
import PoseMedia
import TestSupport
import Testing

/// What one command writes, another reads: predictions, results, boxes and annotations of a small network of one's own.
struct EvaluationChainTests {
  private let folder: URL
  private let model: [String]
  private let boxes = [[10, 10, 60, 70], [90, 20, 50, 60], [20, 20, 80, 60]]

  init() throws {
    folder = try ScratchFolder("chain").url
    let configuration = folder.appending(path: "chain.yaml").path
    let weights = folder.appending(path: "chain.safetensors").path
    model = ["--model", weights, "--config", configuration]
    try write(
      """
      joints: [nose, right_shoulder, left_hip]
      sigmas: [0.1, 0.1, 0.1]
      """, "chain-joints.yaml")
    try write(
      """
      model:
        backbone: { name: lite_hrnet, modules: [1, 1], channels: [16, 32, 64] }
        joints: chain-joints.yaml
        input: 64x64
      """, "chain.yaml")
    for (index, name) in ["a.png", "b.png"].enumerated() {
      let pixels = (0..<160 * 100).flatMap { place in
        let (x, y) = (place % 160, place / 160)
        return [UInt8((x * 3 + index * 40) % 256), UInt8((y * 5 + x) % 256), UInt8((x * y) % 256)]
      }
      try Image(width: 160, height: 100, pixels: pixels).write(to: path(name))
    }
    try WeightRecipe.checkpoint(for: Zoo.configuration(named: configuration).graph()).write(to: weights)
  }

  private func path(_ name: String) -> String { folder.appending(path: name).path }

  @discardableResult
  private func write(_ text: String, _ name: String) throws -> String {
    try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    return path(name)
  }

  private static let images = """
    [{"id": 7, "file_name": "b.png", "width": 160, "height": 100},
     {"id": 3, "file_name": "a.png", "width": 160, "height": 100}]
    """

  /// Three people: two in a.png, one in b.png, in an order that no command keeps.
  ///
  /// - Parameters:
  ///   - keypoints: three joints of each.
  ///   - category: of people.
  private func annotations(
    _ keypoints: [[Double]]? = nil, category: Int = 1, area: String = "\"area\": AREA,", more: String = ""
  ) throws -> String {
    let people = [(21, 7, 0), (22, 3, 1), (23, 3, 2)].map { id, image, index in
      let joints = keypoints?[index] ?? [20, 20, 2, 60, 50, 2, 40, 60, 2]
      return """
        {"id": \(id), "image_id": \(image), "category_id": \(category), "iscrowd": 0, "bbox": \(boxes[index]),
         \(area.replacingOccurrences(of: "AREA", with: "\(3000 - 100 * index)"))
         "num_keypoints": 3, "keypoints": \(joints)}
        """
    }
    return try write(
      """
      {"images": \(Self.images), "annotations": [\((people + (more.isEmpty ? [] : [more])).joined(separator: ","))],
       "categories": [{"id": \(category), "name": "person", "keypoints": ["nose", "right_shoulder", "left_hip"]}]}
      """, "truth.json")
  }

  private func test(_ annotations: String, _ more: String...) throws -> Command {
    try Command(["test", "--annotations", annotations, "--images", folder.path] + model + more)
  }

  private func evaluate(_ annotations: String, _ results: String, _ more: String...) throws -> Command {
    let start = ["evaluate", "--annotations", annotations, "--results", results, "--json", "-"]
    return try Command(start + ["--sigmas", "0.1,0.1,0.1"].filter { _ in more.contains("coco") } + more)
  }

  /// Annotations of where the network finds people.
  ///
  /// - Parameter isMoved: whether two joints of each of them are moved away.
  private func truthByNetwork(isMoved: Bool = true) throws -> String {
    let results = path("first.json")
    let run = try test(annotations(), "--nms", "none", "--output", results, "--format-only")
    #expect(run.code == 0, "\(run.errors)")
    let file = try COCOResults(contentsOf: results, for: .rankedPoses)
    var keypoints: [[Double]] = [[], [], []]
    for entry in file.entries {
      let id = try #require(entry.annotationID)
      var joints = file.keypoints[entry.keypoints].map(\.self)
      for index in [2, 5, 8] { joints[index] = 2 }
      if isMoved {
        // Far from each other, so that a torso has a length.
        joints[3] += 100
        joints[6] = joints[3] - 40
      }
      keypoints[id - 21] = joints
    }
    return try annotations(keypoints)
  }

  @Test("evaluate gives the numbers that test prints, whatever the order of the people")
  func sameNumbers() throws {
    let truth = try truthByNetwork()
    let results = path("results.json")
    let run = try test(truth, "--nms", "none", "--output", results, "--json", "-")
    #expect(run.code == 0, "\(run.errors)")
    let numbers = try run.numbers
    let pck = try evaluate(truth, results, "--metric", "pck", "--size", "1,2")
    let value = try #require(try pck.numbers["PCK"], "\(pck.errors)")
    #expect(value > 0.3 && value < 0.9 && value == numbers["PCK@0.2"])
    let coco = try evaluate(truth, results, "--metric", "coco").numbers
    #expect(coco.count == 10 && coco.allSatisfy { numbers[$0.key] == $0.value })
    for metric in ["auc", "epe", "nme"] {
      let run = try evaluate(truth, results, "--metric", metric)
      #expect(run.code == 0, "\(run.errors)")
    }
  }

  @Test("poses of predict are results and boxes; their pictures are found by file name")
  func predictions() throws {
    let truth = try truthByNetwork()
    let people = zip(["b.png", "a.png", "a.png"], boxes).map { #"{"file_name": "\#($0)", "bbox": \#($1)}"# }
    let boxFile = try write("[\(people.joined(separator: ","))]", "boxes.json")
    let predictions = path("predictions.json")
    let predicted = try Command(
      ["predict", path("a.png"), path("b.png"), "--boxes", boxFile, "--json", predictions] + model)
    #expect(predicted.code == 0, "\(predicted.errors)")
    let direct = try test(truth, "--nms", "none", "--no-flip-test", "--json", "-").numbers
    let scored = try evaluate(truth, predictions, "--metric", "coco")
    #expect(try scored.numbers["AP"] == direct["AP"], "\(scored.errors)")
    // The predicted people serve as boxes again.
    let again = path("again.json")
    let second = try Command(
      ["predict", path("a.png"), path("b.png"), "--boxes", predictions, "--json", again] + model)
    #expect(second.code == 0, "\(second.errors)")
    let (first, next) = (try COCOResults(contentsOf: predictions), try COCOResults(contentsOf: again))
    #expect(first.entries.count == 3 && first.keypoints == next.keypoints)
    let tested = try test(truth, "--boxes", predictions, "--json", "-")
    #expect(try tested.numbers["AP"] != nil, "\(tested.errors)")
    // A name that no image of the annotations has.
    let other = try write(#"{"images": [{"file": "c.png", "poses": [{"score": 1, "keypoints": []}]}]}"#, "c.json")
    let refused = try evaluate(truth, other, "--metric", "coco")
    #expect(refused.code == 65 && refused.errors.contains("no image 'c.png'"), "\(refused.errors)")
  }

  @Test("annotations are refused as results, and results without scores")
  func otherFiles() throws {
    let truth = try annotations()
    let refused = try evaluate(truth, truth, "--metric", "coco")
    #expect(refused.code == 65 && refused.errors.contains("this is an annotation file"), "\(refused.errors)")
    let pose = #"[{"image_id": 3, "category_id": 1, "keypoints": [1, 2, 1, 3, 4, 1, 5, 6, 1]}]"#
    let unscored = try evaluate(truth, write(pose, "unscored.json"), "--metric", "coco")
    #expect(unscored.code == 65 && unscored.errors.contains("'score' is missing"), "\(unscored.errors)")
    let list = try write(#"{"images": \#(Self.images), "categories": []}"#, "list.json")
    let unannotated = try evaluate(list, path("unscored.json"), "--metric", "coco")
    #expect(unannotated.code == 65 && unannotated.errors.contains("images without annotations"))
  }

  @Test("what cannot be scored is refused before the network runs")
  func early() throws {
    let joints = [[1.0, 2, 2], [1, 2, 2, 3, 4, 2, 5, 6, 2], [1, 2, 2, 3, 4, 2, 5, 6, 2]]
    let cases: [(String, String)] = [
      (try annotations(area: ""), "annotation 21 (image 7) has no area"),
      (try annotations(joints), "annotation 21 (image 7) has 1 keypoints"),
    ]
    for (truth, words) in cases {
      _ = try words.contains("area") ? annotations(area: "") : annotations(joints)
      let results = path("never.json")
      let run = try test(truth, "--output", results, "--json", "-")
      #expect(run.code == 65 && run.errors.contains(words) && run.errors.contains("truth.json"), "\(run.errors)")
      #expect(!FileManager.default.fileExists(atPath: results) && run.output.isEmpty)
    }
  }

  @Test("people of another category are scored as such, and boxes of other categories are counted")
  func categories() throws {
    let truth = try annotations(category: 2)
    let results = path("dogs.json")
    let run = try test(truth, "--output", results, "--json", "-")
    #expect(run.code == 0, "\(run.errors)")
    #expect(try COCOResults(contentsOf: results).entries.allSatisfy { $0.categoryID == 2 })
    let detections = try write(#"[{"image_id": 3, "category_id": 1, "bbox": [1, 2, 50, 60], "score": 1}]"#, "one.json")
    let refused = try test(truth, "--boxes", detections)
    #expect(
      refused.code == 65 && refused.errors.contains("category 1, where people are category 2"), "\(refused.errors)")
  }

  @Test("whoever is left out is named and counted")
  func leftOut() throws {
    let empty = """
      {"id": 30, "image_id": 3, "category_id": 1, "iscrowd": 0, "bbox": [5, 5, 0, 0], "area": 10, "num_keypoints": 3,
       "keypoints": [1, 2, 2, 3, 4, 2, 5, 6, 2]}, {"id": 31, "image_id": 3, "category_id": 1, "bbox": [1, 2, NaN, 4]},
      {"id": 32, "image_id": 3, "category_id": 1, "iscrowd": 1, "bbox": [5, 5, 9, 9], "area": 10, "num_keypoints": 0,
       "keypoints": [0, 0, 0, 0, 0, 0, 0, 0, 0]}
      """
    let run = try test(annotations(more: empty), "--json", "-")
    #expect(run.code == 0, "\(run.errors)")
    for words in [
      "left out: annotation 30: nothing of its box", "left out: annotations 4: 'bbox'", "crowds (1)",
      "left out in all: boxes outside their picture (1), entries that cannot be read (1)",
    ] {
      #expect(run.errors.contains(words), "\(run.errors)")
    }
    #expect(try test(annotations(more: empty), "--strict").code == 65)
  }

  @Test("boxes may name pictures' files instead of images' numbers; what belongs to nobody is said")
  func boxNames() throws {
    let truth = try annotations()
    let named = try write(#"[{"file_name": "a.png", "bbox": [10, 10, 60, 70], "score": 0.9}]"#, "named.json")
    let run = try test(truth, "--boxes", named, "--json", "-")
    #expect(run.code == 0 && run.errors.hasSuffix("chain (as asked for)\n"), "\(run.errors)")
    let other = try write(#"[{"file_name": "x/c.png", "bbox": [10, 10, 60, 70], "score": 0.9}]"#, "other.json")
    let refused = try test(truth, "--boxes", other)
    #expect(refused.code == 65 && refused.errors.contains("no picture is called 'x/c.png'"), "\(refused.errors)")
    let outside = try write(#"[{"file_name": "a.png", "bbox": [900, 10, 60, 70]}]"#, "outside.json")
    let predicted = try Command(["predict", path("a.png"), "--boxes", outside] + model)
    #expect(predicted.code == 0 && predicted.output.hasPrefix("\(path("a.png")): 0 poses"))
    #expect(predicted.errors.contains("nothing of the box [900.0"), "\(predicted.errors)")
  }

  @Test("boxes of other pictures are refused, and a file without boxes finds nobody")
  func boxesOfOthers() throws {
    let other = try write(#"[{"file_name": "x/c.png", "bbox": [10, 10, 60, 70], "score": 0.9}]"#, "other.json")
    let json = path("none.json")
    let refused = try Command(["predict", path("a.png"), "--boxes", other, "--json", json] + model)
    #expect(refused.code == 65 && refused.errors.contains("1 box, none for these pictures"), "\(refused.errors)")
    #expect(!FileManager.default.fileExists(atPath: json))
    let timed = try Command(["bench", "--picture", path("a.png"), "--boxes", other, "--rounds", "1"] + model)
    #expect(timed.code == 65 && timed.errors.contains("1 box, none for these pictures"), "\(timed.errors)")
    let nobody = try Command(["predict", path("a.png"), "--boxes", try write("[]", "nobody.json")] + model)
    #expect(nobody.code == 0 && nobody.errors.contains("the file has no boxes"), "\(nobody.errors)")
  }

  @Test("a detector's box outside its picture counts as a person who is not there")
  func outsideBoxes() throws {
    let truth = try truthByNetwork(isMoved: false)
    let inside = zip([7, 3, 3], boxes).map { #"{"image_id": \#($0), "bbox": \#($1), "score": 0.5}"# }
    let outside = #"{"image_id": 3, "bbox": [900, 10, 60, 70], "score": 0.9}"#
    let results = path("outside-results.json")
    func run(_ boxes: [String]) throws -> (numbers: [String: Double], count: Int) {
      let file = try write("[\(boxes.joined(separator: ","))]", "detected.json")
      let run = try test(
        truth, "--boxes", file, "--nms", "none", "--score-mode", "box", "--output", results, "--json", "-")
      #expect(run.code == 0 && !run.errors.contains("left out"), "\(run.errors)")
      return (try run.numbers, try COCOResults(contentsOf: results).entries.count)
    }
    let (right, wrong) = (try run(inside), try run(inside + [outside]))
    #expect(right.count == 3 && wrong.count == 4)
    let (before, after) = (try #require(right.numbers["AP"]), try #require(wrong.numbers["AP"]))
    #expect(after < before)
  }

  @Test("results of a test set are written for images without annotations")
  func testSet() throws {
    let list = try write(#"{"images": \#(Self.images), "categories": [{"id": 1, "name": "person"}]}"#, "list.json")
    let boxes = try write(#"[{"image_id": 3, "category_id": 1, "bbox": [10, 10, 60, 70], "score": 0.9}]"#, "boxes.json")
    let results = path("testdev.json")
    let run = try test(list, "--boxes", boxes, "--format-only", "--output", results)
    #expect(run.code == 0, "\(run.errors)")
    #expect(try COCOResults(contentsOf: results).entries.map(\.imageID) == [3])
    let scored = try test(list, "--boxes", boxes)
    #expect(scored.code == 65 && scored.errors.contains("--format-only"), "\(scored.errors)")
  }

  @Test("a skeleton file is a dataset's joints for every command")
  func skeletonFile() throws {
    let truth = try annotations()
    let skeleton = path("chain-joints.yaml")
    let results = path("results.json")
    #expect(try test(truth, "--output", results, "--json", "-").code == 0)
    let scored = try Command(
      "evaluate", "--annotations", truth, "--results", results, "--metric", "coco", "--sigmas", skeleton)
    #expect(scored.code == 0, "\(scored.errors)")
    let sheet = path("sheet.png")
    let browsed = try Command("browse", truth, "--images", folder.path, "--dataset", skeleton, "--output", sheet)
    #expect(browsed.code == 0, "\(browsed.errors)")
    #expect(try Command("doctor", truth, "--skeleton", skeleton).code == 0)
  }
}
