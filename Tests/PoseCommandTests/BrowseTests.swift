import Foundation
import PoseCore
import PoseImage
import PoseMedia
import TestSupport
import Testing

@Suite
struct BrowseTests {
  private static func arguments(_ more: String...) throws -> [String] {
    let dataset = try DrawnDataset.shared
    return ["browse", dataset.annotations, "--images", dataset.folder] + more
  }

  @Test(
    "a sheet shows every sample twice as large as the network sees it",
    arguments: ["default", "dark", "udp", "udp_combined", "megvii", "simcc", "regression", "integral_regression"])
  func sheet(_ targets: String) throws {
    let path = ScratchFolder.file("png").path
    let run = try Command(
      Self.arguments("--output", path, "--count", "3", "--columns", "2", "--targets", targets, "--colors", "--erase"))
    #expect(run.code == 0 && run.errors == "" && run.output == path + "\n")
    let image = try Image(contentsOf: path)
    #expect(image.width == 2 * (2 * 384 + 12) + 12 && image.height == 2 * (512 + 24 + 12) + 12)
  }

  @Test("a page holds its pictures and says how they were varied, the same for the same seed")
  func page() throws {
    let paths = (0..<3).map { _ in ScratchFolder.file("html").path }
    for (path, seed) in zip(paths, ["1", "1", "2"]) {
      let run = try Command(Self.arguments("--output", path, "--count", "2", "--seed", seed))
      #expect(run.code == 0)
    }
    let pages = try paths.map { try String(contentsOfFile: $0, encoding: .utf8) }
    #expect(pages[0].components(separatedBy: "<figure>").count == 3 && pages[0].contains("data:image/jpeg;base64,"))
    #expect(pages[0] == pages[1] && pages[0] != pages[2])
  }

  @Test("a detector's sheet shows each picture once with its boxes, and its time can be measured")
  func pictures() throws {
    let pictures = try RectanglePictures(count: 3)
    let path = ScratchFolder.file("png").path
    let arguments = [
      "browse", pictures.annotations, "--images", pictures.folder.path, "--config", "rtmdet_nano_person", "--set",
      "model.classes=[red, green, blue]", "--set", "train.data.train.0.empty=true",
    ]
    let run = try Command(arguments.dropLast(2) + ["--output", path, "--columns", "2"])
    #expect(run.code == 0 && run.errors == "", "\(run.errors)")
    let image = try Image(contentsOf: path)
    #expect(image.width == 2 * (640 + 12) + 12)
    let time = try Command(arguments.dropLast(2) + ["--time", "--seconds", "0.1", "--json", "-"])
    #expect(time.code == 0 && time.output.contains("samples_per_second"))
  }

  @Test("the pipeline's time is one line of JSON")
  func time() throws {
    let run = try Command(Self.arguments("--time", "--threads", "2", "--seconds", "0.1", "--json", "-"))
    let object = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
    let keys = try #require(object).keys
    #expect(run.code == 0 && Set(keys) == ["samples_per_second", "samples", "seconds", "threads"])
  }

  @Test("what cannot be drawn is said, with the code of whose fault it is")
  func wrongInput() throws {
    let path = ScratchFolder.file("png").path
    #expect(try Command(Self.arguments()).code == 64)
    #expect(try Command(Self.arguments("--output", "sheet.gif")).code == 64)
    #expect(try Command(Self.arguments("--output", path, "--count", "0")).code == 64)
    let unknown = try Command(Self.arguments("--output", path, "--dataset", "imagenet"))
    #expect(unknown.code == 64 && unknown.errors.contains("imagenet") && unknown.errors.contains("crowdpose"))
    #expect(try Command(Self.arguments("--output", path, "--first", "100000")).code == 65)
    let elsewhere = try Command([
      "browse", DrawnDataset.shared.annotations, "--images", "/nowhere", "--output", path,
      "--count", "2",
    ])
    #expect(elsewhere.code == 65 && elsewhere.errors.contains("/nowhere"))
    let timed = try Command([
      "browse", DrawnDataset.shared.annotations, "--images", "/nowhere", "--time",
      "--seconds", "0.1",
    ])
    #expect(timed.code == 65 && timed.errors.contains("/nowhere"))
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
