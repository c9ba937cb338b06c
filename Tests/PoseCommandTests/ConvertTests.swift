import Foundation
import PoseFormats
import PoseGraph
import TestSupport
import Testing

struct ConvertTests {
  private static let network = ["--config", "litehrnet_18_coco_256x192"]

  @Test("weights come back from every format", arguments: CheckpointFormats.extensions)
  func roundTrip(_ ending: String) throws {
    let (file, back, expected) = (
      ScratchFolder.file(ending).path, ScratchFolder.file("npz").path, ScratchFolder.file("npz").path
    )
    #expect(try Command(["convert", "--weights", "recipe", file] + Self.network).code == 0)
    #expect(try Command(["convert", "--weights", "recipe", expected] + Self.network).code == 0)
    let run = try Command(["convert", file, back] + Self.network)
    #expect(run.code == 0, "\(run.errors)")
    let archives = try [back, expected].map { try NumpyArchive(contentsOf: $0) }
    // Not every format has counters of batches.
    let names = archives[1].names.filter { !$0.hasSuffix("num_batches_tracked") }
    #expect(archives[0].names.filter { !$0.hasSuffix("num_batches_tracked") } == names)
    for name in names { #expect(try archives[0].tensor(name) == archives[1].tensor(name), "\(name)") }
  }

  @Test("a file named as PaddleDetection names it needs no --config")
  func fileName() throws {
    let folder = ScratchFolder.file("folder")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(path: "lite_hrnet_18_256x192_coco.pdparams").path
    #expect(try Command(["convert", "--weights", "recipe", file] + Self.network).code == 0)
    let run = try Command("convert", file, ScratchFolder.file("pth").path)
    #expect(run.code == 0 && run.output.contains("lite_hrnet_18_256x192_coco"), "\(run.errors)")
  }

  @Test("what cannot be converted says so")
  func wrong() throws {
    let file = ScratchFolder.file("ckpt").path
    for arguments in [
      ["--weights", "recipe", file], ["--weights", "recipe"] + Self.network, [try Sample.weights, "x.h5"],
      [try Sample.weights], [try Sample.weights, file, "--norm-gain", "2"],
    ] {
      #expect(try Command(["convert"] + arguments).code == 64, "\(arguments)")
    }
    #expect(try Command("convert", Sample.weights, "/nowhere/x.ckpt").code == 74)
    #expect(try Command(["convert", "--weights", "recipe", file] + Self.network).code == 0)
    // Cut in the middle of a tensor.
    let cut = try Sample.truncated(file, to: 100_000)
    let run = try Command(["convert", cut, ScratchFolder.file("pth").path] + Self.network)
    #expect(run.code == 65 && run.errors.contains("MindSpore"), "\(run.errors)")
    #expect(try Command("convert", file, file).code == 64)
  }

  @Test("numbers that float16 cannot hold, and variances below zero, are refused by name")
  func values() throws {
    let file = ScratchFolder.file("npz").path
    #expect(try Command(["convert", "--weights", "recipe", file] + Self.network).code == 0)
    func change(_ name: String, _ value: Float) throws -> String {
      var archive = try NumpyArchive(contentsOf: file)
      let shape = try archive.tensor(name).shape
      archive[name] = try Tensor(shape: shape, [Float](repeating: value, count: shape.reduce(1, *)))
      let changed = ScratchFolder.file("npz").path
      try FileBytes.write(archive.bytes(), to: changed)
      return changed
    }
    let output = ScratchFolder.file("pth").path
    let large = try change("keypoint_head.final_layer.bias", 1e5)
    #expect(try Command(["convert", large, output] + Self.network).code == 0)
    let half = try Command(["convert", large, output, "--precision", "float16"] + Self.network)
    #expect(half.code == 65 && half.errors.contains("'keypoint_head.final_layer.bias'"), "\(half.errors)")
    let negative = try change("backbone.stem.conv1.bn.running_var", -1)
    let run = try Command(["convert", negative, output] + Self.network)
    #expect(run.code == 65 && run.errors.contains("variances below zero"), "\(run.errors)")
  }
}
