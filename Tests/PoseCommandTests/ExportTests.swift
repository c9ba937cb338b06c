import Foundation
import PoseFormats
import PoseGraph
import TestSupport
import Testing

struct ExportTests {
  @Test("an exported file runs as the weights do, and says what it is")
  func export() throws {
    let (file, input) = (ScratchFolder.file("onnx").path, ScratchFolder.file("npy"))
    let run = try Command("export", Sample.weights, "--format", "onnx", "-o", file)
    #expect(run.code == 0 && run.output.contains("wider_naive_litehrnet_18_person_256x192"))
    let model = try ONNXModel(bytes: Array(Data(contentsOf: URL(filePath: file))))
    #expect(model.checkpoint.metadata["architecture"] == "wider_naive_lite_hrnet_18")
    #expect(model.checkpoint.metadata["config"]?.contains("256") == true)

    try Data(WeightRecipe.input(shape: [2, 3, 256, 192]).npy()).write(to: input)
    let outputs = try [Sample.weights, file].map { weights in
      let output = ScratchFolder.file("npy")
      #expect(try Command("forward", "--model", weights, "--input", input.path, "--output", output.path).code == 0)
      return try Tensor(npy: Array(Data(contentsOf: output))).floats
    }
    let largest = outputs[0].reduce(0) { max($0, $1.magnitude) }
    #expect(zip(outputs[0], outputs[1]).allSatisfy { abs($0 - $1) <= 1e-5 * largest })
  }

  @Test("the part that looks at one person is a file of its own")
  func personPart() throws {
    let file = ScratchFolder.file("onnx").path
    let arguments = ["export", "--weights", "recipe", "--person-part", "--output", file, "--config"]
    let run = try Command(arguments + ["rtmo_t_body7_416x416"])
    #expect(run.code == 0 && run.output.contains("people"), "\(run.errors)")
    let model = try ONNXModel(bytes: Array(Data(contentsOf: URL(filePath: file))))
    #expect(model.graph.shape(of: model.graph.inputs[0].value) == [1, 198])
    #expect(model.graph.outputs.contains { $0.name == "keypoints" })
    let other = try Command(arguments + ["yoloxpose_tiny_coco_416x416"])
    #expect(other.code == 65 && other.errors.contains("leave --person-part out"))
  }

  @Test("a MINDIR file has the batch that is asked for")
  func mindIR() throws {
    let files = [ScratchFolder.file("mindir").path, ScratchFolder.file("mindir").path]
    let recipe = ["export", "--config", "movenet_fire717_coco_192x192", "--weights", "recipe", "--output"]
    #expect(try Command(recipe + [files[0]]).code == 0)
    #expect(try Command(recipe + [files[1], "--batch", "12", "--format", "mindir"]).code == 0)
    let bytes = try files.map { Array(try Data(contentsOf: URL(filePath: $0))) }
    #expect(bytes[0] != bytes[1] && bytes.allSatisfy { $0.count > 1_000_000 })
    for batch in ["0", "-1", "5000", "x"] {
      #expect(try Command(recipe + [files[0], "--batch", batch]).code == 64, "\(batch)")
    }
    #expect(try Command(recipe + ["x.onnx", "--batch", "2"]).code == 64)
    #expect(try Command(recipe + [files[0], "--format", "onnx"]).code == 64)
  }

  @Test("a TensorFlow Lite file has the batch and the precision that are asked for, and says what it is")
  func tfLite() throws {
    let files = (0..<3).map { _ in ScratchFolder.file("tflite").path }
    let recipe = ["export", "--config", "movenet_fire717_coco_192x192", "--weights", "recipe", "--output"]
    #expect(try Command(recipe + [files[0]]).code == 0)
    #expect(try Command(recipe + [files[1], "--batch", "2", "--format", "tflite"]).code == 0)
    #expect(try Command(recipe + [files[2], "--precision", "float16"]).code == 0)
    let bytes = try files.map { try Data(contentsOf: URL(filePath: $0)) }
    #expect(bytes[0] != bytes[1] && bytes[0].count > 1_000_000 && bytes[2].count < bytes[0].count * 3 / 5)
    for words in ["TFL3", "serving_default", "swift-pose", "movenet_fire717_coco_192x192", "\"architecture\":"] {
      #expect(bytes.allSatisfy { $0.range(of: Data(words.utf8)) != nil }, "\(words)")
    }
    for batch in ["0", "5000"] { #expect(try Command(recipe + [files[0], "--batch", batch]).code == 64, "\(batch)") }
    #expect(try Command(recipe + [files[0], "--format", "mindir"]).code == 64)
    #expect(try Command(recipe + ["x.mindir", "--precision", "float16"]).code == 64)
    // What is written runs elsewhere: here it is told from weights.
    let run = try Command("convert", files[0], files[0] + ".safetensors")
    #expect(run.code == 65 && run.errors.contains("a whole network for another framework"), "\(run.errors)")
  }

  @Test("a Core ML package says what the network takes and finds", arguments: ["tensor", "picture"])
  func coreML(_ input: String) throws {
    let folder = ScratchFolder.file("mlpackage").path
    let arguments = try ["export", Sample.weights, "--format", "coreml", "--input", input, "--output", folder]
    let run = try Command(arguments)
    #expect(run.code == 0 && run.output.contains("wider_naive_litehrnet_18_person_256x192"), "\(run.errors)")
    let model = try Data(contentsOf: URL(filePath: folder + "/Data/com.apple.CoreML/model.mlmodel"))
    for words in ["left_ankle", "256x192", "swift-pose", "1.25", "codec", "wider_naive_lite_hrnet_18", "CoreML6"] {
      #expect(model.range(of: Data(words.utf8)) != nil, "\(words)")
    }
    let weights = try Data(contentsOf: URL(filePath: folder + "/Data/com.apple.CoreML/weights/weight.bin"))
    // Half of what the checkpoint takes in float32, norms folded, and the metadata of each blob.
    #expect((1_000_000..<4_000_000).contains(weights.count), "\(weights.count)")
    // The same again takes its place; a file there is left alone.
    #expect(try Command(arguments).code == 0)
    let file = ScratchFolder.file("mlpackage").path
    try Data("mine".utf8).write(to: URL(filePath: file))
    let refused = try Command(Array(arguments.dropLast()) + [file])
    #expect(refused.code == 74 && refused.errors.contains("no Core ML package"), "\(refused.errors)")
    #expect(try Data(contentsOf: URL(filePath: file)) == Data("mine".utf8))
  }

  @Test(
    "options of one format are not for another",
    arguments: [
      (["--precision", "float32"], "--precision"), (["--input", "picture"], "--input"),
      (["--largest-batch", "2"], "--largest-batch"),
      (["--format", "coreml", "--input", "picture", "--largest-batch", "2"], "--largest-batch"),
      (["--format", "coreml"], ".mlpackage"),
    ])
  func mixed(_ options: [String], _ named: String) throws {
    let run = try Command(["export", Sample.weights, "--output", ScratchFolder.file("onnx").path] + options)
    #expect(run.code == 64 && run.errors.contains(named), "\(run.errors)")
  }

  @Test("a network that takes no picture is not exported for one")
  func noPicture() throws {
    let folder = ScratchFolder.file("mlpackage").path
    let run = try Command(
      "export", "--weights", "recipe", "--person-part", "--config", "rtmo_t_body7_416x416", "--format", "coreml",
      "--input",
      "picture", "--output", folder)
    #expect(run.code == 65 && run.errors.contains("let the model take a tensor"), "\(run.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test("what cannot be exported says so")
  func wrong() throws {
    let file = ScratchFolder.file("onnx").path
    #expect(try Command("export", "--config", "litehrnet_18_coco_256x192", "--output", file).code == 64)
    #expect(try Command("export", "--weights", "recipe", "--output", file).code == 64)
    #expect(try Command("export", Sample.weights, "--format", "caffe", "--output", file).code == 64)
    #expect(try Command("export", "/nowhere.pth", "--output", file).code == 65)
    #expect(try Command("export", Sample.weights, "--output", "/nowhere/x.onnx").code == 74)
    let cut = try Sample.truncated(Sample.weights, to: 1000)
    #expect(try Command("export", cut, "--output", file).code == 65)
    let other = try Command("forward", "--model", Sample.picture + ".onnx", "--input", cut, "--output", file + ".npy")
    #expect(other.code == 65)
    #expect(!FileManager.default.fileExists(atPath: file))
  }

  @Test("weights in a package are not replaced by it, and a package may be named with a slash")
  func inputInPackage() throws {
    let folder = ScratchFolder.file("mlpackage")
    let recipe = ["export", "--config", "movenet_fire717_coco_192x192", "--weights", "recipe", "--output"]
    #expect(try Command(recipe + [folder.path + "/"]).code == 0)
    let inner = folder.appending(path: "Data/com.apple.CoreML/weights/own.bin").path
    try FileManager.default.copyItem(atPath: Sample.weights, toPath: inner)
    let run = try Command("export", inner, "--output", folder.path)
    #expect(run.code == 64 && run.errors.contains("folder of the input"), "\(run.errors)")
    #expect(FileManager.default.fileExists(atPath: inner))
    #expect(try Command("export", Sample.weights, "--output", "x.onnx/").code == 64)
    #expect(try Command("export", Sample.weights, "--output", "x.onnx", "--norm-gain", "2").code == 64)
  }
}
