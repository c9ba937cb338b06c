import Foundation
import PoseConfiguration
import PoseFormats
import PoseGraph
import TestSupport
import Testing

struct TestTests {
  private static let name = "litehrnet_18_person_256x192"

  private func arguments(_ more: String...) throws -> [String] {
    let dataset = try DrawnDataset.shared
    return ["test", "--annotations", dataset.annotations, "--images", dataset.folder] + Sample.model + more
  }

  @Test("the numbers come as JSON, and again from the results that shards wrote")
  func shards() throws {
    let whole = try Command(arguments("--json", "-"))
    #expect(whole.code == 0 && whole.output.split(separator: "\n").count == 1)
    let values = try whole.numbers
    #expect(
      whole.output.contains("\"configuration\": \"\(Self.name)\"") && whole.output.contains("\"flip_test\": true"))
    let folder = try ScratchFolder("shards").url
    let parts = (1...3).map { folder.appending(path: "\($0).json").path }
    for (index, part) in parts.enumerated() {
      #expect(try Command(arguments("--shard", "\(index + 1)/3", "--format-only", "--output", part)).code == 0)
    }
    let annotations = try DrawnDataset.shared.annotations
    let again = try Command(
      ["evaluate", "--annotations", annotations, "--metric", "coco", "--json", "-", "--results"] + parts)
    #expect(again.code == 0, "\(again.errors)")
    for (name, value) in try again.numbers {
      #expect(values[name] == value, "\(name)")
    }
  }

  @Test("the flip test is the configuration's, unless the command line says otherwise")
  func flips() throws {
    /// The joints of all people, and what is printed.
    func run(_ options: String...) throws -> (keypoints: [Double], output: String) {
      let results = ScratchFolder.file("json").path
      let run = try Command(arguments("--json", "-", "--output", results) + options)
      return (try COCOResults(contentsOf: results).keypoints, run.output)
    }
    let (published, flipped, single) = (try run(), try run("--flip-test"), try run("--no-flip-test"))
    #expect(published.keypoints.count == 51 * DrawnDataset.labelledPeople)
    #expect(published == flipped && published.output.contains("\"flip_test\": true"))
    #expect(published.keypoints.count == single.keypoints.count && single.output.contains("\"flip_test\": false"))
    let moved = zip(published.keypoints, single.keypoints).count { abs($0.0 - $0.1) > 1e-6 }
    #expect(moved > published.keypoints.count / 2)
    #expect(try Command(arguments("--no-flip-test")).output.contains("without the flip test"))
  }

  @Test("the scales are said, in words and in the JSON")
  func scales() throws {
    #expect(try Command(arguments("--json", "-", "--shard", "1/3")).output.contains("\"scales\": [1]"))
    let options = ["--scales", "0.5,1", "--shard", "1/3"]
    #expect(try Command(arguments() + options).output.contains("with the flip test, at scales 0.5, 1\n"))
    #expect(try Command(arguments("--json", "-") + options).output.contains("\"scales\": [0.5, 1]"))
  }

  @Test("a report is a page with pictures, a detector's boxes say where they came from")
  func report() throws {
    let folder = ScratchFolder.file("report")
    let boxes = try DrawnDataset.shared.detections
    let run = try Command(
      arguments("--report", folder.path, "--boxes", boxes, "--box-threshold", "0.3", "--box-nms", "0.7"))
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("boxes from detections.json") && run.output.contains("AP75"))
    let page = try String(contentsOf: folder.appending(path: "index.html"), encoding: .utf8)
    #expect(page.contains("<svg") && page.contains("worst-1.jpg") && page.contains("right_ankle"))
    #expect(FileManager.default.fileExists(atPath: folder.appending(path: "worst-1.jpg").path))
  }

  @Test("a detector's boxes are scored beside the poses, as evaluate scores them")
  func detector() throws {
    let configuration = try Zoo.configuration(named: "rtmdet_nano_person")
    let graph = try configuration.graph()
    var checkpoint = WeightRecipe.checkpoint(for: graph, normGain: 1.54)
    // So that every place has a box around it.
    for level in 0..<3 {
      checkpoint["bbox_head.rtm_cls.\(level).bias"] = try Tensor(shape: [1], [0])
      checkpoint["bbox_head.rtm_reg.\(level).bias"] = try Tensor(shape: [4], [3, 3, 3, 3])
    }
    checkpoint.metadata = ["config": try configuration.json()]
    let weights = ScratchFolder.file("safetensors").path
    try FileBytes.write(checkpoint.safetensors(), to: weights)
    let dataset = try DrawnDataset.shared
    let run = try Command(arguments("--detector", weights, "--json", "-", "--no-flip-test"))
    #expect(run.code == 0, "\(run.errors)")
    let numbers = try run.numbers
    #expect(numbers["AP"] != nil && numbers["box AP"] != nil)

    let boxes = ScratchFolder.file("json").path
    let detect = try Command(
      ["detect", "--detector", weights, "--box-threshold", "0", "--coco", boxes] + dataset.pictures)
    #expect(detect.code == 0, "\(detect.errors)")
    let again = try Command(
      "evaluate", "--metric", "bbox", "--annotations", dataset.annotations, "--results", boxes, "--json", "-")
    #expect(again.code == 0, "\(again.errors)")
    let names = try again.numbers
    #expect(names.count == 12)
    for (name, value) in names { #expect(numbers["box \(name)"] == value, "\(name)") }
  }

  @Test(
    "wrong options exit with 64",
    arguments: [
      ["--format-only"], ["--shard", "0/3"], ["--shard", "4/3"], ["--shard", "1"], ["--nms", "hard"],
      ["--nms-threshold", "2"], ["--box-nms", "0.5"], ["--threads", "0"], ["--score-mode", "mean"],
      ["--format-only", "--output", "/tmp/x.json", "--json", "-"],
    ])
  func usage(_ more: [String]) throws {
    let run = try Command(arguments() + more)
    #expect(run.code == 64, "\(run.output) \(run.errors)")
  }

  @Test("files that are missing, empty or something else exit with 65, and are named")
  func wrongFiles() throws {
    let empty = ScratchFolder.file("json")
    try Data().write(to: empty)
    let (model, images) = (Sample.model[1], try DrawnDataset.shared.folder)
    let start = ["test"] + Sample.model + ["--images"]
    for path in ["/nowhere.json", empty.path, model] {
      let run = try Command(start + [images, "--annotations", path])
      #expect(run.code == 65 && run.errors.contains(path), "\(path): \(run.errors)")
    }
    let annotations = try DrawnDataset.shared.annotations
    let lost = try Command(start + ["/nowhere", "--annotations", annotations])
    #expect(lost.code == 65 && lost.errors.contains("/nowhere/"))
    let full = try Command(arguments("--output", "/nowhere/results.json"))
    #expect(full.code == 74 && full.errors.contains("/nowhere/results.json"))
  }
}
