import Foundation
import PoseImage
import PoseMedia
import TestSupport
import Testing

/// Which files commands take for pictures, with the model that comes with the program.
@Suite("Picture inputs")
struct PictureInputTests {
  private let folder: URL

  init() throws { folder = try ScratchFolder("pictures").url }

  /// A path below the test's folder, whose folders are made.
  private func path(_ name: String) throws -> String {
    let url = folder.appending(path: name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    return url.path
  }

  private static func picture() throws -> PoseImage.Image {
    let pixels = (0..<60 * 80 * 3).map { UInt8(truncatingIfNeeded: $0 * 7 / 5) }
    return try PoseImage.Image(width: 60, height: 80, pixels: pixels)
  }

  private func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(filePath: path(name)))
  }

  /// The names of all files below a folder.
  private func files(_ name: String) -> [String] {
    let names = try? FileManager.default.subpathsOfDirectory(atPath: folder.appending(path: name).path)
    return (names ?? []).filter { !$0.hasSuffix("deep") && $0 != "sub" }.sorted()
  }

  private func makeFolder() throws {
    let (jpeg, png) = (try Self.picture().jpeg(), try Self.picture().png())
    try write(png, "in/a.png")
    for name in ["b.JFIF", "c", "sub/d.JPG", "sub/deep/e.jpe", ".hidden/f.jpg", ".g.jpg"] {
      try write(jpeg, "in/" + name)
    }
    try write(Array("text".utf8), "in/notes.txt")
    for name in ["x.mp4", "y.mp4"] { try write(Array("1234ftypisom".utf8), "in/" + name) }
    try #require(try mkfifo(path("in/pipe.jpg"), 0o600) == 0)
    try FileManager.default.createSymbolicLink(atPath: path("in/sub/loop"), withDestinationPath: "..")
  }

  @Test("a folder's pictures are found by their bytes; one line tells what was skipped, and a named pipe hangs nothing")
  func plain() throws {
    try makeFolder()
    let run = try Command("predict", "--detector", "whole", path("in"), "--output", path("out"))
    #expect(run.code == 0, "\(run.errors)")
    let line =
      "pose: skipped 4 files that are not pictures: 2 .mp4, 1 .txt, 1 named pipe; 1 folder (--recursive searches"
    #expect(run.errors.contains(line), "\(run.errors)")
    #expect(files("out") == ["a.png", "b.JFIF", "c.jpg"])
  }

  @Test("with --recursive, folders below are searched, but neither hidden ones nor loops of links")
  func recursive() throws {
    try makeFolder()
    let run = try Command("predict", "--detector", "whole", path("in"), "--output", path("out"), "--recursive")
    #expect(run.code == 0 && !run.errors.contains("1 folder"), "\(run.errors)")
    #expect(files("out") == ["a.png", "b.JFIF", "c.jpg", "sub/d.JPG", "sub/deep/e.jpe"])
  }

  @Test("a folder without pictures is refused with what it has instead")
  func empty() throws {
    try write(Array("text".utf8), "in/notes.txt")
    let run = try Command("predict", "--detector", "whole", path("in"))
    #expect(run.code == 65 && run.errors.contains("skipped 1 file that is not a picture: 1 .txt"), "\(run.errors)")
  }

  @Test("a named pipe is refused where it is named, and left out where annotations name it")
  func pipes() throws {
    let pipe = try path("in/pipe.jpg")
    try #require(mkfifo(pipe, 0o600) == 0)
    let predict = try Command("predict", "--detector", "whole", pipe)
    #expect(predict.code == 65 && predict.errors.contains("is a named pipe"), "\(predict.errors)")
    let keypoints = Array(repeating: "10, 10, 2", count: 17).joined(separator: ", ")
    let text = """
      {"images": [{"id": 1, "file_name": "pipe.jpg", "width": 60, "height": 80}], "categories": [],
       "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [5, 5, 40, 60], "area": 900, "iscrowd": 0,
       "num_keypoints": 17, "keypoints": [\(keypoints)]}]}
      """
    try write(Array(text.utf8), "gt.json")
    let dataset = try ["--annotations", path("gt.json"), "--images", path("in")]
    for command in [["test"] + dataset, ["label"] + dataset + ["--output", try path("labels.json")]] {
      let run = try Command(command)
      #expect(run.code == 65 && run.errors.contains("is a named pipe"), "\(command[0]): \(run.errors)")
    }
    let doctor = try Command("doctor", path("gt.json"), "--images", path("in"))
    #expect(doctor.code == 1 && doctor.output.contains("is a named pipe"), "\(doctor.errors)")
  }

  @Test("the pixel limit is an option, and the message of a picture that is refused names it")
  func limit() throws {
    try write(Self.picture().jpeg(), "a.jpg")
    let refused = try Command("predict", "--detector", "whole", path("a.jpg"), "--max-pixels", "4799")
    #expect(refused.code == 65 && refused.errors.contains("raise the limit with --max-pixels"), "\(refused.errors)")
    #expect(try Command("predict", "--detector", "whole", path("a.jpg"), "--max-pixels", "4800").code == 0)
    #expect(try Command("predict", "--detector", "whole", path("a.jpg"), "--max-pixels", "1M").code == 0)
    #expect(try Command("predict", "--detector", "whole", path("a.jpg"), "--max-pixels", "0").code == 64)
    let label = try Command("label", path("a.jpg"), "--output", path("l.json"), "--max-pixels", "4K")
    #expect(label.code == 65 && label.errors.contains("--max-pixels"), "\(label.errors)")
  }

  @Test("a drawn picture keeps its EXIF, its orientation undone, its profile and its transparency")
  func extras() throws {
    let tiff: [UInt8] =
      [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0] + [0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0] + [0, 0, 0, 0]
    let alpha = [UInt8](repeating: 100, count: 60 * 80)
    let extras = PictureExtras(alpha: alpha, exif: tiff)
    try Self.picture().write(to: path("in/a.png"), keeping: extras)
    try Self.picture().write(to: path("in/b.jpg"), keeping: extras)
    let run = try Command("predict", "--detector", "whole", path("in"), "--output", path("out"))
    #expect(run.code == 0, "\(run.errors)")
    for name in ["a.png", "b.jpg"] {
      let (image, kept) = try EncodedImage(contentsOf: path("out/" + name)).decodedWithExtras()
      #expect((image.width, image.height) == (80, 60))
      #expect(kept.exif?[18] == 1 && kept.exif?.count == tiff.count)
      #expect((kept.alpha != nil) == (name == "a.png"))
    }
  }
}
