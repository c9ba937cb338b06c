import Foundation
import TestSupport
import Testing

struct WrongInputTests {
  @Test(
    "wrong usage exits with 64",
    arguments: [
      ["predict"], ["predict", "a.jpg", "--config", "x"], ["predict", "a.jpg", "--model", "m.pth", "--bogus"],
      ["predict", "--detector", "whole", "a.jpg", "--model", "m.pth", "--threads", "0"],
      ["predict", "--detector", "whole", "a.jpg", "--model", "m.pth", "--codec", "x"],
      ["summary", "x", "y"], ["summary", "x", "--shape", "12"], ["summary", "x", "--output", "t.txt"],
      ["forward", "--input", "x.npy", "--output", "y.npy"],
      ["forward", "--weights", "recipe", "--input", "x", "--output", "y.npy"],
      ["convert", "a.pth"], ["convert", "a.pth", "b.bin"],
      ["convert", "a.onnx", "b.pth", "--config", "x", "--add", "c.pth"],
    ])
  func usage(_ arguments: [String]) throws {
    let run = try Command(arguments)
    #expect(run.code == 64)
    #expect(run.errors.contains("Usage") || run.errors.contains("See 'pose"))
  }

  @Test("models that cannot be used exit with 65 and a sentence")
  func models() throws {
    let cases = [
      ("/nowhere.pth", "does not exist"), (NSTemporaryDirectory(), "folder"),
      (try Sample.file(Data(), "pth"), "empty"), (try Sample.file(Data("hello".utf8), "pth"), "text"),
      (try Sample.truncated(Sample.weights, to: 100_000), "whole"), (try Sample.picture, "picture"),
    ]
    for (path, word) in cases {
      let run = try Command("predict", "--detector", "whole", Sample.picture, "--model", path)
      #expect(run.code == 65, "\(path)")
      #expect(run.errors.hasPrefix("pose: ") && run.errors.contains(word), "\(run.errors)")
    }
  }

  @Test("a wrong configuration names the right one")
  func configurations() throws {
    let unknown = try Command(
      "predict", "--detector", "whole", Sample.picture, "--model", Sample.weights, "--config",
      "litehrnet_18_coco_256x19")
    #expect(unknown.code == 64 && unknown.errors.contains("'litehrnet_18_coco_256x192'"))
    let other = try Command(
      "predict", "--detector", "whole", Sample.picture, "--model", Sample.weights, "--config",
      "litehrnet_30_coco_256x192")
    #expect(other.code == 65 && other.errors.contains("looks like tinypose_128x96"))
  }

  @Test("outputs that cannot be written exit with 74")
  func outputs() throws {
    let below = try Sample.picture + "/folder"
    #expect(
      try Command("predict", "--detector", "whole", Sample.picture, "--model", Sample.weights, "--output", below).code
        == 74)
    #expect(
      try Command("predict", "--detector", "whole", Sample.picture, "--model", Sample.weights, "--json", below).code
        == 74)
    #expect(try Command("convert", Sample.weights, below + ".pth").code == 74)
    #if os(Linux)
      #expect(
        try Command("predict", "--detector", "whole", Sample.picture, "--model", Sample.weights, "--json", "/dev/full")
          .code == 74)
    #endif
  }

  @Test("tensors of other shapes and broken arrays exit with 65")
  func tensors() throws {
    let golden = try GoldenFile.url("golden/litehrnet/litehrnet_18_coco_256x192.npz").path
    for input in [golden, golden + ":nothing", "/nowhere.npy", try Sample.file(Data("x".utf8), "npy")] {
      let run = try Command(
        "forward", "--config", "litehrnet_18_coco_256x192", "--weights", "recipe", "--input", input, "--output",
        ScratchFolder.file("npy").path)
      #expect(run.code == 65, "\(input): \(run.errors)")
    }
  }
}
