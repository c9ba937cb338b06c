import Foundation
import PoseFormats
import TestSupport
import Testing

struct LabelTests {
  private let output = ScratchFolder.file("json").path

  private func label(_ arguments: [String]) throws -> Command {
    try Command(["label", "--output", output] + Sample.model + arguments)
  }

  private func sample(_ name: String = "") throws -> String {
    try DrawnDataset.shared.folder + (name.isEmpty ? "" : "/" + name)
  }

  @Test("pictures of a folder become annotations, one person each")
  func folder() throws {
    let folder = try sample()
    let run = try label([folder, "--detector", "whole"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.hasPrefix("4 people, ") && run.output.contains("below '\(folder)'"))
    let file = try COCOAnnotations(contentsOf: output)
    #expect(file.images.count == 4 && file.annotations.map(\.id) == [1, 2, 3, 4])
  }

  @Test("a detector's boxes are people; file names are below the folder that is named")
  func boxes() throws {
    let boxes = try sample("detections.json")
    let above = try URL(filePath: sample()).deletingLastPathComponent()
    let run = try label([
      sample(), "--boxes", boxes, "--box-threshold", "0.5", "--box-nms", "0.7", "--images", above.path,
    ])
    #expect(run.code == 0, "\(run.errors)")
    let file = try COCOAnnotations(contentsOf: output)
    #expect(try file.images.first?.fileName == URL(filePath: sample()).lastPathComponent + "/000000000021.jpg")
    #expect(file.annotations.count == DrawnDataset.labelledPeople)
  }

  @Test("annotated people keep their numbers, and the labels serve as annotations of a test")
  func annotated() throws {
    let run = try label(["--annotations", sample("annotations.json"), "--images", sample(), "--minimum-score", "0.1"])
    #expect(run.code == 0, "\(run.errors)")
    let given = try COCOAnnotations(contentsOf: sample("annotations.json"))
    let ids = Set(given.annotations.filter { !$0.isCrowd }.map(\.id))
    let labels = try COCOAnnotations(contentsOf: output)
    #expect(!labels.annotations.isEmpty && labels.annotations.allSatisfy { ids.contains($0.id) })
    let test = try Command(
      ["test", "--annotations", output, "--images", sample(), "--json", "-", "--no-flip-test"] + Sample.model)
    #expect(try test.numbers["AP"] ?? 0 > 0.9)
  }

  @Test("a damaged picture is named and left out, or refused")
  func damaged() throws {
    let damaged = try Sample.truncated(Sample.picture, to: 3000)
    let run = try label([Sample.picture, damaged, "/nowhere.jpg"])
    #expect(run.code == 0 && run.errors.contains(damaged) && run.errors.contains("/nowhere.jpg"))
    #expect(try COCOAnnotations(contentsOf: output).images.count == 1)
    #expect(try label([Sample.picture, damaged, "--strict"]).code == 65)
    let none = try label([damaged])
    #expect(none.code == 65 && none.errors.contains(damaged))
  }

  @Test(
    "wrong options exit with 64",
    arguments: [
      [], ["a.jpg", "--annotations", "a.json"], ["--annotations", "a.json"], ["a.jpg", "--threads", "0"],
      ["a.jpg", "--detector", "whole", "--box-nms", "0.5"], ["a.jpg", "--dataset", "coco"],
      ["a.jpg", "--minimum-score", "nan"],
      ["--annotations", "a.json", "--images", "b", "--boxes", "c.json"],
    ])
  func usage(_ arguments: [String]) throws {
    let run = try label(arguments)
    #expect(run.code == 64, "\(run.output) \(run.errors)")
  }

  @Test("what cannot be used exits with 65 and is named, what cannot be written with 74")
  func wrongFiles() throws {
    let (picture, images) = (try Sample.picture, try sample())
    let cases = [
      (["/nowhere/*.jpg"], "/nowhere"), ([picture, "--boxes", "/nowhere.json"], "/nowhere.json"),
      ([picture, "--boxes", picture], picture), ([picture, "--images", "/elsewhere"], "/elsewhere"),
      (["--annotations", picture, "--images", images], picture),
      (["--annotations", try sample("annotations.json"), "--images", images, "--dataset", "mpii"], "mpii"),
      (["--annotations", try sample("annotations.json"), "--images", "/nowhere"], "/nowhere/"),
      ([picture, "--boxes", try Sample.file(Data("[]".utf8), "json")], "nobody"),
    ]
    for (arguments, word) in cases {
      let run = try label(arguments)
      #expect(run.code == 65 && run.errors.contains(word), "\(arguments): \(run.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: output))
    let full = try Command(["label", picture, "--output", "/nowhere/labels.json"] + Sample.model)
    #expect(full.code == 74 && full.errors.contains("/nowhere/labels.json"))
  }
}
