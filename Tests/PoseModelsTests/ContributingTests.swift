import Foundation
import PoseConfiguration
import PoseCore
import PoseGraph
import PoseModels
import TestSupport
import Testing

struct ContributingTests {
  private static func text(_ path: String) throws -> String {
    try String(contentsOf: SharedData.checkout.appending(path: path), encoding: .utf8)
  }

  @Test("the model that CONTRIBUTING.md shows is the one that is built here")
  func showsTheExample() throws {
    let example = try Self.text("Tests/PoseModelsTests/ExampleNet.swift")
      .replacingOccurrences(of: "import PoseModels\n", with: "")
    #expect(try Self.text("CONTRIBUTING.md").contains("```swift\n\(example)```"))
  }

  @Test("the example builds a network with the names that its scopes say")
  func builds() throws {
    let head = try #require(HeadCatalogue.head(named: "heatmap"))
    let backbone = try #require(ExampleNet.catalogue["example_net"])
    func graph(_ backbone: some Backbone, _ head: some Head) throws -> Graph {
      try Graph(
        "example", input: Size(height: 256, width: 192), joints: .coco17, backbone: backbone, head: head)
    }
    let network = try graph(backbone, head)
    #expect(network.parameters.first?.name == "backbone.layers.0.conv.weight")
    #expect(network.parameters.last?.name == "keypoint_head.final_layer.bias")
    #expect(network.shape(of: network.outputs[0].value) == [1, 17, 64, 48])
  }

  @Test("the configuration that CONTRIBUTING.md shows decodes but for the backbone's name")
  func showsAConfiguration() throws {
    let text = try Self.text("CONTRIBUTING.md")
    let parts = text.components(separatedBy: "```yaml\n")
    let yaml = try #require(parts.last?.components(separatedBy: "```").first)
    #expect(parts.count == 2 && yaml.hasPrefix("# "))
    let known = yaml.replacingOccurrences(of: "example_net", with: "hrnet_w32")
    #expect(try ModelConfiguration(yaml: known, name: "example").model.head == "heatmap")
  }
}
