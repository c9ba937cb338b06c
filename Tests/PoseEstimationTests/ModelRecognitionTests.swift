import Foundation
import PoseConfiguration
import PoseFormats
import PoseGraph
import PoseModels
import TestSupport
import Testing

@testable import PoseEstimation

/// The configuration that a checkpoint without one gets. The weights are stand-ins: only names, shapes and the file's
/// name matter.
struct ModelRecognitionTests {
  private static func weights(of name: String) throws -> Checkpoint {
    var checkpoint = Checkpoint()
    for parameter in try Zoo.configuration(named: name).graph().parameters {
      checkpoint[parameter.name] = try Tensor(
        shape: parameter.shape, type: .uint8, bytes: Array(repeating: 0, count: parameter.shape.reduce(1, *)))
    }
    return checkpoint
  }

  private static func choice(
    _ file: String, _ checkpoint: Checkpoint, _ name: String? = nil
  ) throws -> (configuration: ModelConfiguration, source: Model.ConfigurationSource) {
    try Model.configuration(of: checkpoint, path: "folder.v2/" + file, name: name)
  }

  @Test(
    "a checkpoint is recognized by name, and refused under a foreign one where siblings differ", arguments: Zoo.names)
  func recognizes(_ name: String) throws {
    let configuration = try Zoo.configuration(named: name)
    let checkpoint = try Self.weights(of: name)
    for file in [name + ".pth", name + "-0a1b2c3d_20260101.safetensors"] + configuration.weights.map(\.fileName) {
      let choice = try Self.choice(file, checkpoint)
      #expect(choice.configuration.name == name && choice.source == .fileName, "\(file)")
    }
    let fitting = Zoo.configurations(fitting: checkpoint)
    let isClear = fitting.allSatisfy(configuration.treatsPictures)
    // Of a name that starts with another one's, the other is left when a digit follows.
    let longer = Zoo.names.contains { name.hasPrefix($0 + "_") } ? [] : ["\(name)0.pth"]
    for file in ["best.pth", "x_\(name).pth", ".pth", name.uppercased()] + longer {
      if isClear {
        let choice = try Self.choice(file, checkpoint)
        #expect(choice.configuration.treatsPictures(like: configuration) && choice.source == .weights, "\(file)")
      } else {
        let error = #expect(throws: ModelError.self) { try Self.choice(file, checkpoint) }
        let text = error.map { "\($0)" } ?? ""
        for sibling in fitting { #expect(text.contains(sibling.name)) }
        #expect(text.contains("--config "))
      }
    }
  }

  @Test("files of MMPose 1.x call the head otherwise, and are read by their names and by that of their configuration")
  func laterNames() throws {
    for name in Zoo.names {
      let configuration = try Zoo.configuration(named: name)
      guard configuration.model.prefixes == .mmpose else { continue }
      for file in configuration.weights.map(\.fileName) where file.hasPrefix("td-hm_") {
        let checkpoint = try Self.weights(of: name)
        var later = Checkpoint()
        for tensor in checkpoint.names {
          let isHead = tensor.hasPrefix("keypoint_head.")
          later[isHead ? "head." + tensor.dropFirst("keypoint_head.".count) : tensor] = checkpoint[tensor]
        }
        for choice in [try Self.choice(file, later), try Self.choice("best.pth", later, name)] {
          #expect(choice.configuration.name == name)
          try choice.configuration.graph().check(later)
        }
      }
    }
  }

  @Test("most networks have siblings that only a name tells apart")
  func siblings() throws {
    let all = try Zoo.all.map { (configuration: $0, parameters: try $0.graph().parameters) }
    let unclear = all.filter { one in
      all.contains { !$0.configuration.treatsPictures(like: one.configuration) && $0.parameters == one.parameters }
    }
    #expect(unclear.count > 28)
  }

  @Test("no name of a published file is that of two configurations")
  func uniqueNames() {
    let names = Zoo.all.flatMap { $0.weights.map(\.fileName) }
    #expect(Set(names).count == names.count && !names.isEmpty)
  }

  @Test("a configuration that the file's name says is not taken where its network does not fit")
  func foreignName() throws {
    let checkpoint = try Self.weights(of: "litehrnet_18_mpii_256x256")
    let choice = try Self.choice("litehrnet_30_coco_256x192.safetensors", checkpoint)
    #expect(choice.configuration.name == "litehrnet_18_mpii_256x256" && choice.source == .weights)
  }

  @Test("what the caller names goes before what the file carries, and that before the file's name")
  func order() throws {
    var checkpoint = try Self.weights(of: "litehrnet_18_coco_256x192")
    let file = "litehrnet_18_coco_256x192.safetensors"
    checkpoint.metadata["config"] = try Zoo.configuration(named: "litehrnet_18_coco_384x288").json()
    let carried = try Self.choice(file, checkpoint)
    #expect(carried.configuration.name == "litehrnet_18_coco_384x288" && carried.source == .file)
    let asked = try Self.choice(file, checkpoint, "litehrnet_18_coco_256x192")
    #expect(asked.configuration.name == "litehrnet_18_coco_256x192" && asked.source == .caller)
  }

  @Test("a file that is refused under one name is read under another")
  func files() throws {
    let checkpoint = try Zoo.configuration(named: "litehrnet_18_coco_384x288").graph().initialized(seed: 1)
    let folder = try ScratchFolder("models").url
    let (bare, named) = (
      folder.appending(path: "a.safetensors").path, folder.appending(path: "litehrnet_18_coco_384x288.pth").path
    )
    try checkpoint.write(to: bare)
    try checkpoint.write(to: named)
    #expect(throws: ModelError.self) { try Model(contentsOf: bare) }
    let model = try Model(contentsOf: named)
    #expect(model.configuration.name == "litehrnet_18_coco_384x288" && model.source == .fileName)
    #expect(try Model.default.source == .library)
  }
}
