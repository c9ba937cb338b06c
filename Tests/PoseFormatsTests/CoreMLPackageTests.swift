import Foundation
import PoseCore
import PoseImage
import TestSupport
import Testing

@testable import PoseFormats
@testable import PoseGraph

struct CoreMLPackageTests {
  /// A network whose batch norm goes into the convolution before it.
  private static func network(_ input: [Int] = [3, 8, 6]) throws -> (graph: Graph, checkpoint: Checkpoint) {
    let graph = try Graph("net", input: input) { x, s in
      ["maps.0": (s / "bn").batchNorm((s / "layers" / 0).conv(x, to: 4, kernel: 3)).relu()]
    }
    return (graph, WeightRecipe.checkpoint(for: graph))
  }

  @Test("a package holds the model, its weights and what it says of itself")
  func written() throws {
    var (graph, checkpoint) = try Self.network()
    checkpoint.metadata = ["config": "{}", "joints": "nose"]
    let options = CoreMLOptions(
      precision: .float32, input: .tensor(largestBatch: 5), summary: "a net", license: "MIT", ports: ["maps.0": "heat"])
    let folder = ScratchFolder.file("mlpackage").path
    try graph.coreML(checkpoint, options).write(to: folder)

    let manifest = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: folder + "/Manifest.json")))
    let entries = try #require(manifest as? [String: Any])
    let items = try #require(entries["itemInfoEntries"] as? [String: [String: String]])
    let root = try #require(entries["rootModelIdentifier"] as? String)
    let data = folder + "/Data/"
    #expect(entries["fileFormatVersion"] as? String == "1.0.0" && items.count == 2)
    let model = try FileBytes.read(data + #require(items[root]?["path"]))
    let weights = try #require(items.first { $0.key != root }?.value["path"])
    let program = try CoreMLProgramReader(
      CoreMLPackage(model: model, weights: FileBytes.read(data + weights + "/weight.bin")))

    let description = program.model.description_p
    #expect(description.metadata.author == "swift-pose" && description.metadata.license == "MIT")
    #expect(description.metadata.shortDescription == "a net")
    #expect(
      description.metadata.userDefined == ["config": "{}", "joints": "nose", "ports": "maps_0=maps.0"])
    let (input, output) = (description.input[0], description.output[0])
    #expect(input.type.multiArrayType.shape == [1, 3, 8, 6] && input.type.multiArrayType.dataType == .float32)
    #expect(input.type.multiArrayType.shapeRange.sizeRanges.map(\.lowerBound) == [1, 3, 8, 6])
    #expect(input.type.multiArrayType.shapeRange.sizeRanges.map(\.upperBound) == [5, 3, 8, 6])
    #expect(output.name == "maps_0" && output.shortDescription == "heat" && output.type.multiArrayType.shape.isEmpty)

    // The weights are the convolution's, with the norm folded into them.
    let folded = try #require(FoldedConvolutions(graph, checkpoint).weights(of: 1))
    #expect(try program.numbers(of: "layers_0_weight") == folded.weight)
    #expect(try program.numbers(of: "layers_0_bias") == folded.bias)
    #expect(try program.blobCount == 1)
  }

  @Test("the bytes are the same each time")
  func reproducible() throws {
    let (graph, checkpoint) = try Self.network()
    let packages = try (0..<3).map { _ in try graph.coreML(checkpoint) }
    #expect(packages.allSatisfy { $0.model == packages[0].model && $0.weights == packages[0].weights })
  }

  @Test("float16 weights are rounded to the nearest")
  func halves() throws {
    let (graph, checkpoint) = try Self.network()
    let program = try CoreMLProgramReader(graph.coreML(checkpoint))
    let folded = try #require(FoldedConvolutions(graph, checkpoint).weights(of: 1))
    #expect(try program.numbers(of: "layers_0_weight") == folded.weight.map { Float(Float16($0)) })
    let types = program.operations.filter { $0.type == "cast" }.flatMap(\.outputs).map(\.type.tensorType.dataType)
    #expect(types == [.float16, .float32])
  }

  @Test(
    "a program of pictures divides and subtracts in the order of the channels",
    arguments: PixelEncoding.ChannelOrder.allCases)
  func picture(_ order: PixelEncoding.ChannelOrder) throws {
    let (graph, checkpoint) = try Self.network()
    let encoding = PixelEncoding(order: order, mean: SIMD3(0.5, 0.4, 0.3), deviation: SIMD3(0.2, 0.25, 0.5))
    let program = try CoreMLProgramReader(
      graph.coreML(checkpoint, CoreMLOptions(precision: .float32, input: .picture(encoding))))
    let image = program.model.description_p.input[0].type.imageType
    #expect((image.height, image.width) == (8, 6) && image.colorSpace == (order == .rgb ? .rgb : .bgr))
    #expect(program.shape(of: "input") == [1, 3, 8, 6] || program.shape(of: graph.inputs[0].name) == [1, 3, 8, 6])
    let (mean, scale) = (try program.numbers(of: "mean"), try program.numbers(of: "scale"))
    for (channel, expected) in [(0.5, 0.2), (0.4, 0.25), (0.3, 0.5)].enumerated() {
      #expect(abs(mean[channel] - Float(expected.0 * 255)) < 1e-4)
      #expect(abs(scale[channel] - Float(1 / (expected.1 * 255))) < 1e-8)
    }
    #expect(program.model.description_p.output[0].type.multiArrayType.shape == [1, 4, 8, 6])
  }

  @Test("epsilons stay above zero in float16")
  func epsilon() throws {
    let graph = try Graph("net", input: [4, 9]) { x, s in
      ["y": (s / "norm").layerNorm(x, epsilon: 1e-12), "z": x / (x.unary(.abs) + 1e-9)]
    }
    let program = try CoreMLProgramReader(graph.coreML(WeightRecipe.checkpoint(for: graph)))
    let small = program.operations.filter { $0.type == "const" }.compactMap { constant -> UInt16? in
      let value = constant.attributes["val"]?.immediateValue.tensor.bytes.values ?? Data()
      return value.count == 2 ? UInt16(value[value.startIndex]) | UInt16(value[value.startIndex + 1]) << 8 : nil
    }
    #expect(small.contains(1) && !small.contains(0))
  }

  @Test(
    "a folder with anybody's other files is no package to replace",
    arguments: ["notes.txt", "Data/notes.txt", "Data/com.apple.CoreML/deep/x", "Data/com.apple.CoreML/weights/x.pth"])
  func foreign(_ path: String) throws {
    let (graph, checkpoint) = try Self.network()
    let package = try graph.coreML(checkpoint)
    let folder = ScratchFolder.file("mlpackage")
    try package.write(to: folder.path)
    let file = folder.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: file)
    #expect(throws: CoreMLError.foreign(FileBytes.place(of: folder.path))) { try package.write(to: folder.path) }
    #expect(try Data(contentsOf: file) == Data("mine".utf8))
  }

  @Test("a package is replaced where the path leads, through itself or a link")
  func paths() throws {
    let (graph, checkpoint) = try Self.network()
    let package = try graph.coreML(checkpoint)
    let folder = ScratchFolder.file("folder")
    let files = FileManager.default
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    try files.createSymbolicLink(
      atPath: folder.path + "/link.mlpackage", withDestinationPath: folder.path + "/a.mlpackage")
    for path in ["a.mlpackage/", "a.mlpackage/Data/../../a.mlpackage", "link.mlpackage"] {
      try package.write(to: folder.path + "/" + path)
      #expect(try files.contentsOfDirectory(atPath: folder.path).sorted() == ["a.mlpackage", "link.mlpackage"])
    }
    #expect(try FileBytes.read(folder.path + "/a.mlpackage/Data/com.apple.CoreML/model.mlmodel") == package.model)
  }

  @Test("a Core ML model in place of weights is told from an ONNX network")
  func mistaken() throws {
    let (graph, checkpoint) = try Self.network()
    #expect(ForeignFile(try graph.coreML(checkpoint).model) == .coreML)
    #expect(ForeignFile(try graph.onnx(checkpoint)) == .onnx)
  }
}
