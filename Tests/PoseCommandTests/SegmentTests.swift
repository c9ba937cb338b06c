import Foundation
import PoseConfiguration
import PoseCore
import PoseFormats
import PoseGraph
import PoseMedia
import TestSupport
import Testing

/// `pose segment` with a network of two classes, whose weights are the recipe's.
@Suite("Commands that segment pictures")
struct SegmentTests {
  private let folder: URL
  private let model = ["--model", "w.safetensors"]

  init() throws {
    folder = try CommandLineTests.folder(of: "7.png")
    var configuration = try Zoo.configuration(
      named: "litehrnet_18_cityscapes_512x1024", settings: ["model.classes=person2", "model.input=64x96"])
    configuration.name = "people"
    var weights = WeightRecipe.checkpoint(for: try configuration.graph())
    weights.metadata["config"] = try configuration.json()
    try FileBytes.write(weights.safetensors(), to: folder.appending(path: "w.safetensors").path)
  }

  func run(_ arguments: [String]) throws -> Command { try Command(at: folder, ["segment"] + arguments + model) }

  private func mask(_ path: String) throws -> SegmentationMask {
    try SegmentationMask(contentsOf: folder.appending(path: path).path)
  }

  @Test("masks have the pictures' size, drawings are pictures, and shares add up to one")
  func outputs() throws {
    let run = try run(["7.png", "--masks", "masks", "--output", "out", "--json", "shares.json", "--scores"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("out/7.png") && run.output.contains("masks/7.png"))
    let picture = try EncodedImage(contentsOf: folder.appending(path: "7.png").path)
    let mask = try mask("masks/7.png")
    #expect(mask.size == Size(height: picture.height, width: picture.width))
    #expect(try EncodedImage(contentsOf: folder.appending(path: "out/7.png").path).width == picture.width)
    let text = try Data(contentsOf: folder.appending(path: "shares.json"))
    let json = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    #expect(json["network"] as? String == "people")
    let image = try #require((json["images"] as? [[String: Any]])?.first)
    #expect(image["mask"] as? String == "masks/7.png" && image["width"] as? Int == picture.width)
    let classes = try #require(image["classes"] as? [[String: Any]])
    #expect(abs(classes.compactMap { $0["share"] as? Double }.reduce(0, +) - 1) < 1e-9)
    for share in classes {
      let label = try #require(share["label"] as? Int)
      #expect(share["class"] as? String == ["background", "person"][label])
      #expect(share["pixels"] as? Int == mask.counts[label])
      #expect((0.5...1).contains(try #require(share["score"] as? Double)))
    }
  }

  @Test("without an output the shares are printed, and JSON on standard output stands alone")
  func printed() throws {
    let table = try run(["7.png"])
    #expect(table.code == 0 && table.output.contains("percent") && !table.output.contains("score"))
    let json = try run(["7.png", "--json", "-", "--masks", "masks"])
    #expect(json.code == 0, "\(json.errors)")
    #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(json.output.utf8)) }
  }

  @Test("a mask never replaces a picture, and two pictures never have one mask")
  func roles() throws {
    let own = try run(["7.png", "--masks", "."])
    #expect(own.code == 64 && own.errors.contains("--masks would replace the input '7.png'"), "\(own.errors)")
    try FileManager.default.copyItem(at: folder.appending(path: "7.png"), to: folder.appending(path: "7.jpg"))
    let twice = try run(["7.png", "7.jpg", "--masks", "masks"])
    #expect(twice.code == 64 && twice.errors.contains("twice"), "\(twice.errors)")
    let file = try run(["7.png", "--masks", "w.safetensors"])
    #expect(file.code == 74 && file.errors.contains("is no folder"), "\(file.errors)")
    #expect(try run(["7.png", "--masks", "masks", "--scores"]).code == 64)
    let both = try run(["7.png", "--masks", "out", "--output", "out"])
    #expect(both.code == 64 && both.errors.contains("--masks"), "\(both.errors)")
  }

  @Test("a broken picture does not stop the others, and the exit code tells")
  func broken() throws {
    try Data("no picture".utf8).write(to: folder.appending(path: "8.png"))
    let run = try run(["7.png", "8.png", "--masks", "masks"])
    #expect(run.code == 65 && run.errors.contains("8.png"))
    #expect(try mask("masks/7.png").counts[255] == 0)
  }

  @Test("networks of other uses are refused with what to give")
  func otherNetworks() throws {
    let poses = try Command(
      at: folder, "segment", "7.png", "--model",
      SharedData.checkout.appending(path: "Models/rtmdet_nano_person.safetensors").path)
    #expect(poses.code == 65 && poses.errors.contains("segmentation network"), "\(poses.errors)")
    let detector = try Command(at: folder, ["detect", "7.png", "--detector", "w.safetensors"])
    #expect(detector.code == 65 && detector.errors.contains("finds no people"), "\(detector.errors)")
    let estimator = try Command(at: folder, ["predict", "7.png", "--detector", "whole"] + model)
    #expect(estimator.code == 65 && estimator.errors.contains("not joints"), "\(estimator.errors)")
  }

  @Test("masks are scored against true ones of the same names")
  func evaluation() throws {
    #expect(try run(["7.png", "--masks", "found"]).code == 0)
    func evaluate(_ arguments: String...) throws -> Command {
      try Command(
        at: folder,
        ["evaluate", "--metric", "miou", "--annotations", "true", "--results", "found"] + arguments)
    }
    try FileManager.default.copyItem(at: folder.appending(path: "found"), to: folder.appending(path: "true"))
    let same = try evaluate("--classes", "background,person", "--json", "-")
    #expect(same.code == 0 && same.output.contains("\"mIoU\": 1.0"), "\(same)")
    let few = try evaluate("--classes", "a,b,c")
    #expect(few.code == 0 && !few.output.contains("IoU c"), "\(few.output)")
    #expect(try evaluate().code == 64)
    for output in ["true/7.png", "found/7.png"] {
      let replacing = try evaluate("--classes", "person2", "--json", output)
      #expect(replacing.code == 64 && replacing.errors.contains("would replace the input"), "\(replacing.errors)")
    }
    let found = try mask("found/7.png")
    let wrong = SegmentationMask(size: found.size, labels: found.labels.map { _ in 9 })
    try wrong.write(to: folder.appending(path: "found/7.png").path)
    let unknown = try evaluate("--classes", "person2")
    #expect(unknown.code == 65 && unknown.errors.contains("label 9"), "\(unknown.errors)")
    let other = SegmentationMask(size: 1, labels: [0])
    try other.write(to: folder.appending(path: "found/7.png").path)
    let size = try evaluate("--classes", "person2")
    #expect(size.code == 65 && size.errors.contains("1x1"), "\(size.errors)")
    try FileManager.default.removeItem(at: folder.appending(path: "found/7.png"))
    #expect(try evaluate("--classes", "person2").code == 65)
  }

  /// A folder of pictures, and one of masks that differ from what the network finds in each third pixel.
  private func dataset() throws {
    let files = FileManager.default
    try files.createDirectory(at: folder.appending(path: "photos"), withIntermediateDirectories: true)
    try files.copyItem(at: folder.appending(path: "7.png"), to: folder.appending(path: "photos/7.png"))
    #expect(try run(["photos", "--masks", "found"]).code == 0)
    let found = try mask("found/7.png")
    let labels = found.labels.enumerated().map { $0 % 3 == 0 ? 1 - $1 : $1 }
    try files.createDirectory(at: folder.appending(path: "true"), withIntermediateDirectories: true)
    try SegmentationMask(size: found.size, labels: labels).write(to: folder.appending(path: "true/7.png").path)
  }

  @Test("a test of a dataset gives the scores of its masks")
  func testOfDataset() throws {
    try dataset()
    func test(_ arguments: String...) throws -> Command {
      try Command(at: folder, ["test", "--annotations", "true", "--images", "photos"] + model + arguments)
    }
    let table = try test()
    #expect(table.code == 0 && table.output.contains("people on true: 1 picture\n"), "\(table)")
    let own = try test("--json", "-")
    let evaluated = try Command(
      at: folder, "evaluate", "--metric", "miou", "--annotations", "true", "--results", "found", "--classes", "person2",
      "--json", "-")
    let numbers = evaluated.output.dropFirst().trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(numbers.contains("\"aAcc\": 0.66"), "\(evaluated)")
    #expect(own.output == "{\"configuration\": \"people\", \"pictures\": 1, \(numbers)\n", "\(own)")
    for file in ["true/7.png", "photos/7.png"] {
      let replacing = try test("--json", file)
      #expect(replacing.code == 64 && replacing.errors.contains("would replace"), "\(replacing.errors)")
    }
    let pose = try test("--flip-test")
    #expect(pose.code == 64 && pose.errors.contains("--flip-test is for poses"), "\(pose.errors)")
    let part = try test("--part", "1/2")
    #expect(part.code == 65 && part.errors.contains("no parts"), "\(part.errors)")
    let elsewhere = try Command(at: folder, ["test", "--annotations", "photos", "--images", "true"] + model)
    #expect(elsewhere.code == 65, "\(elsewhere)")
    try Data("no picture".utf8).write(to: folder.appending(path: "photos/7.png"))
    let broken = try test()
    #expect(broken.code == 65 && broken.errors.contains("no picture could be used"), "\(broken.errors)")
  }

  @Test("the samples that training sees are shown under their classes")
  func samples() throws {
    try dataset()
    func browse(_ arguments: String...) throws -> Command {
      try Command(
        at: folder,
        [
          "browse", "true", "--images", "photos", "--config", "litehrnet_18_cityscapes_512x1024", "--set",
          "model.classes=person2", "--set", "model.input=64x96",
        ] + arguments)
    }
    let plain = try browse("--augment", "none", "--output", "sheet.png")
    #expect(plain.code == 0 && plain.output == "sheet.png\n", "\(plain)")
    // The picture and the picture under its classes, both six times as large.
    let sheet = try EncodedImage(contentsOf: folder.appending(path: "sheet.png").path)
    #expect(sheet.width >= 2 * 6 * 96 && sheet.height >= 6 * 64)
    let page = try browse("--output", "sheet.html")
    let html = try String(decoding: Data(contentsOf: folder.appending(path: "sheet.html")), as: UTF8.self)
    #expect(page.code == 0 && html.contains("colors") && html.contains("background"), "\(page.errors)")
    #expect(try browse("--time", "--seconds", "0.1").code == 0)
    let crops = try browse("--targets", "udp", "--output", "other.png")
    #expect(crops.code == 64 && crops.errors.contains("--set train.masks"), "\(crops.errors)")
  }
}
