import Foundation
import PoseConfiguration
import PoseFormats
import PoseGraph
import TestSupport
import Testing

@Suite(.serialized) struct RefineTests {
  private static let name = "posefix_res50_coco_256x192"

  /// Options that name a PoseFix network with weights by the recipe.
  private static var model: [String] { get throws { try made.get() } }

  private static let made = Result {
    let weights = ScratchFolder.file("safetensors").path
    try WeightRecipe.checkpoint(for: Zoo.configuration(named: name).graph()).write(to: weights)
    return ["--model", weights, "--config", name]
  }

  /// Runs the command on the sample's people, each pose a line from one corner of the box to the other.
  private func refine(
    _ more: [String] = [], images: String? = nil, entries: ([String]) -> [String] = { $0 }
  ) throws -> (run: Command, refined: COCOResults?, output: String) {
    let folder = try ScratchFolder("refine").url
    let annotations = try DrawnDataset.shared.annotations
    let people = try COCOAnnotations(contentsOf: annotations).annotations.filter { !$0.isCrowd }
    let lines = people.enumerated().compactMap { index, person -> String? in
      guard let box = person.boundingBox else { return nil }
      let joints = (0..<17).map {
        let step = Double($0) / 16
        return "\(box.x + step * box.width),\(box.y + step * box.height),\(0.1 + 0.05 * Double($0))"
      }
      return """
        {"image_id":\(person.imageID),"category_id":1,"keypoints":[\(joints.joined(separator: ","))],\
        "score":\(0.9 - 0.01 * Double(index)),"bbox":[1,2,3,\(index + 1)],"track_id":\(index)}
        """
    }
    let (results, output) = (folder.appending(path: "results.json").path, folder.appending(path: "refined.json").path)
    try Data("[\(entries(lines).joined(separator: ","))]".utf8).write(to: URL(filePath: results))
    let run = try Command(
      [
        "refine", "--results", results, "--annotations", annotations, "--images",
        images ?? DrawnDataset.shared.folder, "--output", output,
      ] + Self.model + more)
    let refined = FileManager.default.fileExists(atPath: output) ? try COCOResults(contentsOf: output) : nil
    guard refined != nil, run.code == 0 else { return (run, refined, "") }
    let scored = try Command(
      "evaluate", "--annotations", annotations, "--results", output, "--metric", "coco", "--json", "-")
    return (run, refined, scored.code == 0 ? scored.output : scored.errors)
  }

  @Test("people keep images, boxes, tracks and scores, their joints move, and `pose evaluate` scores them")
  func refines() throws {
    let (run, refined, scored) = try refine(["--flip-test", "--nms", "none"])
    #expect(run.code == 0 && run.errors == "pose: using \(Self.name) (as asked for)\n", "\(run.errors)")
    let results = try #require(refined)
    #expect(results.entries.count > 3 && run.output.hasPrefix("\(results.entries.count) people refined"))
    #expect(scored.contains("\"AP\""))
    for entry in results.entries {
      let index = try #require(entry.trackID)
      #expect(entry.score == 0.9 - 0.01 * Double(index) && entry.boundingBox?.height == Double(index + 1))
      let joints = results.keypoints[entry.keypoints]
      #expect(joints.count == 51 && joints.allSatisfy(\.isFinite))
      #expect(joints[joints.startIndex + 2] == 0.1 && joints[joints.startIndex + 50] == 0.9)
    }
    // Suppression leaves the better ones.
    let suppressed = try refine(["--nms-threshold", "0"]).refined
    let fewer = try #require(suppressed)
    #expect(fewer.entries.count == Set(results.entries.map(\.imageID)).count)
  }

  @Test("entries that cannot be used are named and left out, or refused")
  func damagedEntries() throws {
    let broken = [
      "{\"image_id\":21,\"score\":1,\"keypoints\":[1,2,3]}", "{\"image_id\":1,\"score\":1,\"keypoints\":[]}",
    ]
    let (run, refined, _) = try refine { broken + $0.prefix(1) }
    #expect(run.code == 0 && refined?.entries.count == 1)
    #expect(run.errors.contains("left out: ") && run.errors.contains("1 keypoints"), "\(run.errors)")
    let strict = try refine(["--strict"]) { broken + $0.prefix(1) }
    #expect(strict.run.code == 65)
    let none = try refine { _ in broken }
    #expect(none.run.code == 65 && none.refined == nil && none.run.errors.contains("no pose of coco to refine"))
  }

  @Test("poses of `pose predict --json` are refined, their pictures found by file name")
  func predictions() throws {
    let dataset = try DrawnDataset.shared
    let (poses, output) = (ScratchFolder.file("json").path, ScratchFolder.file("json").path)
    let predicted = try Command(["predict", "--detector", "whole", "--json", poses] + dataset.pictures)
    #expect(predicted.code == 0, "\(predicted.errors)")
    let run = try Command(
      [
        "refine", "--results", poses, "--annotations", dataset.annotations, "--images", dataset.folder, "--output",
        output,
      ] + Self.model)
    let (found, refined) = (try COCOResults(contentsOf: poses), try COCOResults(contentsOf: output))
    // Who scores nothing is left out.
    let people = zip(DrawnDataset.ids, found.entries).filter { $0.1.score > 0 }
    #expect(run.code == 0 && run.output.hasPrefix("\(people.count) people refined"), "\(run.errors)")
    #expect(people.count > 2 && refined.entries.map(\.imageID) == people.map(\.0))
    #expect(refined.entries.map(\.score) == people.map(\.1.score))
    let joints = people.flatMap { found.keypoints[$0.1.keypoints] }
    #expect(refined.keypoints.count == joints.count && refined.keypoints != joints)
  }

  @Test("pictures that cannot be read are named, and without any there is no file")
  func damagedPictures() throws {
    let (run, refined, _) = try refine(images: "/nowhere") { Array($0.prefix(2)) }
    #expect(run.code == 65 && refined == nil && run.errors.contains("/nowhere/"))
  }

  @Test("wrong options exit with 64", arguments: [["--threads", "0"], ["--nms-threshold", "-1"], ["--nms", "hard"]])
  func usage(_ more: [String]) throws {
    let run = try Command(
      ["refine", "--results", "r", "--annotations", "a", "--images", "i", "--model", "m", "--output", "o"] + more)
    #expect(run.code == 64, "\(run.output) \(run.errors)")
  }

  @Test("networks that find poses do not refine, and the other way round")
  func wrongNetworks() throws {
    let annotations = try DrawnDataset.shared.annotations
    let run = try Command(
      "refine", "--results", annotations, "--annotations", annotations, "--images", "i", "--model", Sample.weights,
      "--output", "o")
    #expect(run.code == 65 && run.errors.contains("refines none"), "\(run.errors)")
  }
}
