import Foundation
import PoseGraph
import PoseModels
import TestSupport
import Testing

@Suite(.needsSharedData)
struct LiteHRNetTests {
  @Test("names, shapes, order and counts equal the published network's", arguments: PublishedNetwork.all)
  func parametersEqualPublishedCode(_ published: PublishedNetwork) throws {
    let graph = try published.graph()
    let golden = try published.golden()
    #expect(graph.parameters.map(\.name) == golden.tensors.map(\.name))
    #expect(graph.parameters.map(\.shape) == golden.tensors.map(\.shape))
    #expect(graph.cost.parameters == golden.parameters)
    #expect(graph.cost.publishedFLOPs == golden.flops)
  }
}

/// A network of the published configurations with its golden values.
struct PublishedNetwork: Sendable, CustomTestStringConvertible {
  var name: String
  var backbone: LiteHRNet
  var input: Size
  var joints: Int

  var testDescription: String { name }

  static let all: [Self] = [
    Self(name: "litehrnet_18_coco_256x192", backbone: .lite18, input: Size(height: 256, width: 192), joints: 17),
    Self(name: "litehrnet_18_coco_384x288", backbone: .lite18, input: Size(height: 384, width: 288), joints: 17),
    Self(name: "litehrnet_30_coco_256x192", backbone: .lite30, input: Size(height: 256, width: 192), joints: 17),
    Self(name: "litehrnet_30_coco_384x288", backbone: .lite30, input: Size(height: 384, width: 288), joints: 17),
    Self(name: "litehrnet_18_mpii_256x256", backbone: .lite18, input: 256, joints: 16),
    Self(name: "litehrnet_30_mpii_256x256", backbone: .lite30, input: 256, joints: 16),
    Self(name: "naive_litehrnet_18_coco_256x192", backbone: .naive18, input: Size(height: 256, width: 192), joints: 17),
    Self(name: "naive_litehrnet_18_mpii_256x256", backbone: .naive18, input: 256, joints: 16),
    Self(
      name: "wider_naive_litehrnet_18_coco_256x192", backbone: .widerNaive18, input: Size(height: 256, width: 192),
      joints: 17),
    Self(name: "wider_naive_litehrnet_18_mpii_256x256", backbone: .widerNaive18, input: 256, joints: 16),
  ]

  func graph() throws -> Graph {
    try Graph(name, input: input, backbone: backbone, head: HeatmapHead(joints: joints))
  }

  func golden() throws -> Golden {
    let url = try SharedData.url("golden/litehrnet/\(name).params.json")
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }

  struct Golden: Decodable {
    var tensors: [Tensor]
    var parameters: Int
    var flops: Int

    struct Tensor: Decodable {
      var name: String
      var shape: [Int]
    }

    enum CodingKeys: String, CodingKey {
      case tensors
      case parameters = "num_params"
      case flops = "official_flops"
    }
  }
}
