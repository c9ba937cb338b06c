import Foundation
import PoseConfiguration
import PoseGraph
import TestSupport
import Testing

@testable import PoseFormats

/// Names of parameters in MindSpore's port of Lite-HRNet and in PaddleDetection, which `Scripts/make-format-goldens` wrote.
struct ForeignNamesTests {
  /// A network of another framework: the file of its names, and the configuration with the same network.
  struct Network: Sendable, CustomTestStringConvertible {
    let file: String
    let configuration: String
    var testDescription: String { file }
  }

  static let networks = [
    Network(file: "mindspore_litehrnet_18", configuration: "litehrnet_18_coco_256x192"),
    Network(file: "paddle_litehrnet_18", configuration: "lite_hrnet_18_256x192_coco"),
    Network(file: "paddle_wider_naive_litehrnet_18", configuration: "wider_naive_hrnet_18_256x192_coco"),
    Network(file: "paddle_hrnet_w32", configuration: "hrnet_w32_256x192"),
  ]

  @Test("names and shapes are those of the other framework's network, and come back", arguments: networks)
  func foreignNames(_ network: Network) throws {
    let text = try String(
      contentsOf: SharedData.checkout.appending(path: "Tests/Goldens/formats/\(network.file).txt"), encoding: .utf8)
    let lines = text.split(separator: "\n")
    let graph = try Zoo.configuration(named: network.configuration).graph()
    let (published, shapes) = try Self.outline(of: graph)
    let isMindSpore = network.file.hasPrefix("mindspore")
    let foreign = isMindSpore ? MindSporeNames.mindSpore(published) : PaddleNames.paddle(published)
    #expect(foreign.count == Int(lines[0]))
    let back = isMindSpore ? MindSporeNames.published(foreign) : PaddleNames.published(foreign)
    let places = Dictionary(zip(foreign.names, back.names)) { first, _ in first }
    for line in lines.dropFirst() {
      let parts = line.split(separator: " ")
      let name = String(parts[0])
      let shape = places[name].flatMap { shapes[$0] }
      #expect(shape == parts[1].split(separator: "x").compactMap { Int($0) }, "\(name)")
    }
    try graph.check(Self.filled(back, shapes))
  }

  @Test("every network's parameters come back from MindSpore's and Paddle's names", arguments: Zoo.names)
  func roundTrip(_ name: String) throws {
    let graph = try Zoo.configuration(named: name).graph()
    let (checkpoint, _) = try Self.outline(of: graph)
    let kept = checkpoint.names.filter { !$0.hasSuffix("num_batches_tracked") }
    #expect(MindSporeNames.published(MindSporeNames.mindSpore(checkpoint)).names == kept)
    #expect(PaddleNames.published(PaddleNames.paddle(checkpoint)).names == kept)
  }

  @Test("what an optimizer keeps, and the prefix of a network in its loss, are left out")
  func optimizer() throws {
    var file = Checkpoint()
    for name in [
      "_backbone.bn.gamma", "_backbone.bn.beta", "moment1._backbone.bn.gamma", "global_step", "learning_rate",
    ] {
      file[name] = try Tensor(shape: [1], [1])
    }
    #expect(MindSporeNames.published(file).names == ["bn.weight", "bn.bias"])
    var other = Checkpoint()
    for name in ["bn.gamma", "moment1.bn.gamma", "moment1.other", "beta1_power"] {
      other[name] = try Tensor(shape: [1], [1])
    }
    #expect(MindSporeNames.published(other).names == ["bn.weight", "moment1.other"])
  }

  /// A tensor of one number for each parameter, with as many axes as it has, and the parameters' shapes.
  private static func outline(of graph: Graph) throws -> (Checkpoint, [String: [Int]]) {
    var checkpoint = Checkpoint()
    for parameter in graph.parameters {
      checkpoint[parameter.name] = try Tensor(shape: Array(repeating: 1, count: parameter.shape.count), [0])
    }
    return (checkpoint, Dictionary(graph.parameters.map { ($0.name, $0.shape) }) { first, _ in first })
  }

  private static func filled(_ outline: Checkpoint, _ shapes: [String: [Int]]) throws -> Checkpoint {
    var checkpoint = Checkpoint()
    for name in outline.names {
      let shape = try #require(shapes[name], "\(name)")
      checkpoint[name] = try Tensor(shape: shape, Array(repeating: 0, count: shape.reduce(1, *)))
    }
    return checkpoint
  }
}
