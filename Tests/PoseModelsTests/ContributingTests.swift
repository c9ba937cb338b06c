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

  private static let parts = ["ExampleNet", "ExampleNeck", "ExampleHead"]

  @Test("the parts that CONTRIBUTING.md shows are those that are built here", arguments: parts)
  func showsTheExample(_ name: String) throws {
    let example = try Self.text("Tests/PoseModelsTests/\(name).swift")
      .replacingOccurrences(of: "import PoseModels\n", with: "")
    #expect(try Self.text("CONTRIBUTING.md").contains("```swift\n\(example)```"))
  }

  @Test("the build finds a part in a file of its folder alone", arguments: ["Backbone", "Neck", "Head"])
  func findsParts(_ kind: String) throws {
    let folder = SharedData.checkout.appending(path: "Sources/PoseModels/\(kind)s").path
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
    let types: [String: [Any]] = [
      "Backbone": Array(BackboneCatalogue.entries.values), "Neck": Array(NeckCatalogue.entries.values),
      "Head": Array(HeadCatalogue.entries.values),
    ]
    let found = try Set(#require(types[kind]).map { "\(type(of: $0)).swift" })
    #expect(found == Set(files))
  }

  @Test("the example builds a network with the names that its scopes say, and takes arguments")
  func builds() throws {
    let backbone = ["example_net": ExampleNet()]
    let neck = ["example_neck": ExampleNeck()]
    let head = ["example_head": ExampleHead()]
    let network = try Graph(
      "example", task: HeadTask(joints: .coco17, input: Size(height: 256, width: 192)),
      backbone: PartDescription("example_net", ["channels": .number(48)]).part(in: backbone),
      neck: PartDescription("example_neck").part(in: neck),
      head: PartDescription("example_head", ["kernel": .number(1)]).part(in: head))
    #expect(network.parameters.first?.name == "backbone.layers.0.conv.weight")
    #expect(network.parameters.first?.shape == [48, 3, 3, 3])
    #expect(network.parameters.map(\.name).contains("neck.lateral_convs.0.weight"))
    #expect(network.parameters.last?.name == "keypoint_head.conv.bias")
    #expect(network.parameters.dropLast().last?.shape == [17, 64, 1, 1])
    #expect(network.shape(of: network.outputs[0].value) == [1, 17, 64, 48])
  }

  @Test("the configuration that CONTRIBUTING.md shows decodes but for the parts' names")
  func showsAConfiguration() throws {
    let text = try Self.text("CONTRIBUTING.md")
    let parts = text.components(separatedBy: "```yaml\n")
    let yaml = try #require(parts.last?.components(separatedBy: "```").first)
    #expect(parts.count == 2 && yaml.hasPrefix("# "))
    let known =
      yaml
      .replacingOccurrences(of: "{ name: example_net, channels: 48 }", with: "{ name: resnet, width: 48 }")
      .replacingOccurrences(of: "example_neck", with: "channel_mapper")
      .replacingOccurrences(of: "example_head", with: "heatmap")
    let model = try ModelConfiguration(yaml: known, name: "example").model
    #expect(model.head.name == "heatmap" && model.neck?.name == "channel_mapper")
    #expect(model.backbone.arguments["width"] == .number(48))
  }
}
