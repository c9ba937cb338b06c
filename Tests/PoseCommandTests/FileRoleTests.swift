import Foundation
import TestSupport
import Testing

@Suite("Outputs never replace inputs")
struct FileRoleTests {
  @Test("a folder's pictures are not replaced by drawn ones, by whatever path", arguments: [".", "link", "../NAME"])
  func folder(_ output: String) throws {
    let folder = try CommandLineTests.folder(of: "a.png")
    let link = folder.appending(path: "link").path
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path)
    let before = try Data(contentsOf: folder.appending(path: "a.png"))
    let target = output == "../NAME" ? "../" + folder.lastPathComponent : output
    let run = try Command(at: folder, "predict", "--detector", "whole", "a.png", "--output", target)
    #expect(run.code == 64 && run.errors.contains("a.png"), "\(run.errors)")
    #expect(try Data(contentsOf: folder.appending(path: "a.png")) == before)
  }

  @Test(
    "each command refuses an output that is its input",
    arguments: [
      ["predict", "--detector", "whole", "a.png", "--json", "a.png"],
      ["predict", "--detector", "whole", "a.png", "--coco", "a.png"],
      ["predict", "a.png", "--boxes", "b.json", "--json", "b.json"], ["label", "a.png", "--output", "a.png"],
      ["predict", "--detector", "whole", "a.png", "--json", "hard.png"], ["convert", "w.pth", "w.pth"],
      ["label", "--annotations", "b.json", "--images", ".", "--output", "./b.json"],
      ["test", "--annotations", "b.json", "--images", ".", "--output", "b.json"],
      ["test", "--annotations", "b.json", "--images", ".", "--json", "b.json"],
      ["refine", "--results", "r.json", "--annotations", "b.json", "--images", ".", "--output", "r.json"],
      ["evaluate", "--annotations", "b.json", "--results", "r.json", "--metric", "coco", "--json", "r.json"],
      ["forward", "--model", "w.onnx", "--input", "x.npy", "--output", "x.npy"],
      ["forward", "--model", "w.onnx", "--input", "x.npz:key", "--output", "x.npz"],
      ["export", "w.onnx", "--output", "w.onnx"], ["doctor", "b.json", "--json", "b.json"],
      ["predict", "--detector", "whole", "a.png", "--json", "o.json", "--coco", "./o.json"],
      ["summary", "w.csv", "--output", "w.csv"],
    ])
  func commands(_ arguments: [String]) throws {
    let folder = try CommandLineTests.folder(of: "a.png")
    let names = ["b.json", "r.json", "w.pth", "w.onnx", "w.csv", "x.npy", "x.npz"]
    for name in names { try Data("keep".utf8).write(to: folder.appending(path: name)) }
    let hard = folder.appending(path: "hard.png").path
    try FileManager.default.linkItem(atPath: folder.appending(path: "a.png").path, toPath: hard)
    let run = try Command(at: folder, arguments)
    #expect(run.code == 64, "\(run.errors)")
    for name in names {
      #expect(try Data(contentsOf: folder.appending(path: name)) == Data("keep".utf8), "\(name)")
    }
  }

  @Test("pictures of two folders are kept apart by the folders' names, and equal names given singly are refused")
  func equalNames() throws {
    let folder = ScratchFolder.file("folder")
    for name in ["A", "B"] {
      try FileManager.default.createDirectory(at: folder.appending(path: name), withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: CommandLineTests.picture, toPath: folder.path + "/\(name)/1.png")
    }
    let singly = try Command(at: folder, "predict", "--detector", "whole", "A/1.png", "B/1.png", "--output", "out")
    #expect(singly.code == 64 && !FileManager.default.fileExists(atPath: folder.path + "/out"))
    let folders = try Command(at: folder, "predict", "--detector", "whole", "A", "B/", "--output", "out")
    #expect(folders.output == "out/A/1.png\nout/B/1.png\n", "\(folders.errors)")
  }

  @Test("a report does not replace a page that no report wrote")
  func report() throws {
    let folder = try CommandLineTests.folder(of: "a.png")
    try Data("<h1>mine</h1>".utf8).write(to: folder.appending(path: "index.html"))
    let run = try Command(
      at: folder, "test", "--annotations", "b.json", "--images", ".", "--report", ".")
    #expect(run.code == 64 && run.errors.contains("index.html"))
  }
}
