import Foundation
import PoseConfiguration
import PoseFormats
import PoseGraph
import PoseImage
import PoseMedia
import TestSupport
import Testing

/// A network for joints of one's own, from a skeleton file to predictions and scores.
struct OwnSkeletonCommandTests {
  private let folder: URL
  private let weights: String
  private let configuration: String
  private let picture: String
  private let annotations: String

  init() throws {
    let folder = try ScratchFolder("dogs").url
    self.folder = folder
    func write(_ text: String, _ name: String) throws -> String {
      let path = folder.appending(path: name).path
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return path
    }
    _ = try write(
      """
      joints: [nose, left_paw, right_paw]
      limbs: [[nose, left_paw], [nose, right_paw]]
      sigmas: [0.026, 0.062, 0.062]
      """, "dog.yaml")
    configuration = try write(
      """
      model:
        backbone: { name: lite_hrnet, modules: [1, 1], channels: [16, 32, 64] }
        joints: dog.yaml
        input: 64x64
      """, "dognet.yaml")
    annotations = try write(
      """
      {"images": [{"id": 1, "file_name": "dog.png", "width": 120, "height": 90}],
       "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "bbox": [10, 10, 90, 70], "area": 5000,
         "num_keypoints": 3, "keypoints": [50, 20, 2, 30, 70, 2, 80, 70, 2]}],
       "categories": [{"id": 1, "name": "dog", "keypoints": ["nose", "left_paw", "right_paw"], "skeleton": []}]}
      """, "dogs.json")
    let pixels = (0..<120 * 90).flatMap { index in
      let (x, y) = (index % 120, index / 120)
      let isDog = (x - 55) * (x - 55) + 2 * (y - 45) * (y - 45) < 1500
      return isDog ? [UInt8(150), 100, 60] : [90, UInt8(140 + y % 8), 90]
    }
    picture = folder.appending(path: "dog.png").path
    try Image(width: 120, height: 90, pixels: pixels).write(to: picture)
    weights = folder.appending(path: "dognet.safetensors").path
    let graph = try Zoo.configuration(named: configuration).graph()
    try WeightRecipe.checkpoint(for: graph).write(to: weights)
  }

  @Test("every command that takes a model takes one for other joints")
  func commands() throws {
    let model = ["--model", weights, "--config", configuration]
    let predicted = try Command(["predict", "--detector", "whole", picture, "--json", "-"] + model)
    #expect(predicted.code == 0, "\(predicted.errors)")
    for joint in ["nose", "left_paw", "right_paw"] { #expect(predicted.output.contains("\"\(joint)\"")) }
    #expect(!predicted.output.contains("left_wrist"))
    #expect(predicted.errors == "pose: using dognet (as asked for)\n")

    let tested = try Command(
      ["test", "--annotations", annotations, "--images", folder.path, "--flip-test", "--json", "-"] + model)
    #expect(tested.code == 0 && tested.output.contains("\"AP\""), "\(tested.errors)")

    // The file that `convert` writes carries the skeleton, so nothing else is needed.
    let converted = folder.appending(path: "best.safetensors").path
    let conversion = try Command("convert", weights, converted, "--config", configuration)
    #expect(conversion.code == 0, "\(conversion.errors)")
    let again = try Command("predict", "--detector", "whole", picture, "--json", "-", "--model", converted)
    #expect(again.code == 0 && again.output == predicted.output, "\(again.errors)")
    #expect(again.errors == "pose: using dognet (from the file)\n")

    let onnx = folder.appending(path: "dog.onnx").path
    for arguments in [
      ["export", converted, "--output", onnx], ["summary", configuration], ["summary", converted, "--json", "-"],
      ["bench", "--config", configuration, "--rounds", "1", "--runs"],
      ["bench", "--model", converted, "--rounds", "1", "--runs"],
    ] {
      let run = try Command(arguments)
      #expect(run.code == 0, "\(arguments): \(run.errors)")
    }
    #expect(try ONNXModel(bytes: Array(Data(contentsOf: URL(filePath: onnx)))).graph.outputs.count == 1)
  }
}
