import Foundation
import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseGraph
import TestSupport
import Testing

/// The zoo's networks that find the class of each pixel.
struct SegmentationZooTests {
  // The counts that the paper gives: millions of parameters, and thousands of millions of operations, which are multiply-adds in units
  // of 2^30. The paper does not describe the head, so that the operations agree within 2.5 percent alone.
  @Test(
    "Lite-HRNet is as large as published",
    arguments: [("18", 1.1, 1.95), ("30", 1.8, 3.02)])
  func published(_ name: String, _ parameters: Double, _ operations: Double) throws {
    let configuration = try Zoo.configuration(named: "litehrnet_\(name)_cityscapes_512x1024")
    let cost = try configuration.graph().cost
    #expect((Double(cost.parameters) / 1e5).rounded() / 10 == parameters)
    #expect(abs(Double(cost.multiplyAdds) / 0x1p30 / operations - 1) < 0.025)
  }

  // The hash that Scripts/make-segmentation-goldens prints of the names and shapes in MMSegmentation's order.
  @Test(
    "parameters have the names, shapes and order of the published networks",
    arguments: [
      ("fcn_hr18s", 872, "209ae4208f4584e30b72208a49df0710aa4a4a5a74ca278d6eebb693cea8b62d"),
      ("ocrnet_hr18s", 922, "8b69052cac78bddbca9c40171cf630290ca03c55d02c738857baa5fa588c7d03"),
      ("fcn_litehr18", 1436, "f05056cbd2b8fb63bcdfde158e7040af6f2662a4458296cde291d6fbe2a86632"),
      ("fcn_litehr30", 2378, "a29ee388dd8c325a5f4b4ab2ec7654aecae553cdcbf99cf5edaa3679b0f5be1e"),
    ])
  func parameters(_ name: String, _ count: Int, _ hash: String) throws {
    let parameters = try Zoo.configuration(named: name + "_cityscapes_512x1024").graph().parameters
    #expect(parameters.count == count)
    let lines = parameters.map { parameter in
      "\(parameter.name) [\(parameter.shape.map(String.init).joined(separator: ", "))]\n"
    }
    #expect(sha256(Array(lines.joined().utf8)) == hash)
  }

  static let names = Zoo.names.filter { $0.contains("cityscapes") }

  @Test("every network of Cityscapes segments whole pictures into its 19 classes", arguments: names)
  func classes(_ name: String) throws {
    let configuration = try Zoo.configuration(named: name)
    #expect(configuration.segmentsPictures && !configuration.findsEverybody)
    #expect(configuration.model.classes == SegmentationClasses.cityscapes.classes)
    #expect(configuration.image.geometry == .letterbox && configuration.published?.measure == .miou)
    let graph = try configuration.graph()
    let logits = try #require(graph.outputs.first { $0.name == "logits" })
    #expect(graph.shape(of: logits.value) == [1, 19, 128, 256])
    #expect(throws: ConfigurationError.self) { try configuration.skeleton() }
  }

  @Test("a network may have other classes and another input", arguments: names)
  func others(_ name: String) throws {
    let settings = ["model.classes=person2", "model.input=64x96"]
    let graph = try Zoo.configuration(named: name, settings: settings).graph()
    let logits = try #require(graph.outputs.first { $0.name == "logits" })
    #expect(graph.shape(of: logits.value) == [1, 2, 16, 24])
  }

  @Test(
    "what makes no sense is refused with its key",
    arguments: [
      ("model.head.kernel=2", "odd kernel"), ("model.head.dropout=1", "dropout"),
      ("model.head.convolutions=-1", "convolutions"),
      ("published.miou=101", "published.miou"),
      ("model.classes=cityscapes20", "cityscapes19"), ("codec.threshold=1", "codec.threshold"),
    ])
  func refuses(_ setting: String, _ key: String) throws {
    let error = #expect(throws: ConfigurationError.self) {
      _ = try Zoo.configuration(named: "litehrnet_18_cityscapes_512x1024", settings: [setting]).graph()
    }
    #expect(error?.description.contains(key) == true, "\(error?.description ?? "")")
  }

  @Test("a head of classes of pixels needs no codec and no geometry, and takes no codec of joints")
  func defaults() throws {
    let model = "model: { backbone: lite_hrnet_18, head: fcn_finest, classes: person2, input: 64x64, names: mmseg }\n"
    let configuration = try ModelConfiguration(yaml: model, name: "own")
    #expect(configuration.segmentsPictures && configuration.image.geometry == .letterbox)
    for (part, codec) in [("fcn", "codec: udp\n"), ("heatmap", "codec: segmentation\n")] {
      let other = model.replacingOccurrences(of: "fcn_finest", with: part) + codec
      let error = #expect(throws: ConfigurationError.self) { try ModelConfiguration(yaml: other, name: "own") }
      #expect(error?.description.contains("segmentation") == true, "\(part)")
    }
  }
}
