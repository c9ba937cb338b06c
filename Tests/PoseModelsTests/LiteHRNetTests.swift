import Foundation
import PoseConfiguration
import PoseGraph
import PoseModels
import TestSupport
import Testing

struct LiteHRNetTests {
  @Test("names, shapes, order and counts equal the published network's", arguments: PublishedNetwork.all)
  func parametersEqualPublishedCode(_ published: PublishedNetwork) throws {
    let graph = try published.configuration.graph()
    let golden = try published.golden()
    #expect(graph.parameters.map(\.name) == golden.tensors.map(\.name))
    #expect(graph.parameters.map(\.shape) == golden.tensors.map(\.shape))
    #expect(graph.cost.parameters == golden.parameters)
    #expect(graph.cost.publishedFLOPs == golden.flops)
    #expect(RecipeGain.of(published.configuration.name) == golden.normGain)
  }
}

/// A network of the published configurations with its golden values.
struct PublishedNetwork: Sendable, CustomTestStringConvertible {
  var configuration: ModelConfiguration

  var testDescription: String { configuration.name }

  /// The published Lite-HRNets: those trained on COCO or MPII.
  static let all = Zoo.all.filter {
    $0.name.contains("litehrnet") && !$0.name.hasPrefix("mindspore")
      && ($0.name.contains("_coco_") || $0.name.contains("_mpii_"))
  }.map(Self.init)

  func golden() throws -> Golden {
    let data = try GoldenFile.data("golden/litehrnet/\(configuration.name).params.json")
    return try JSONDecoder().decode(Golden.self, from: data)
  }

  struct Golden: Decodable {
    var tensors: [Tensor]
    var parameters: Int
    var flops: Int
    var normGain: Float

    struct Tensor: Decodable {
      var name: String
      var shape: [Int]
    }

    enum CodingKeys: String, CodingKey {
      case tensors
      case parameters = "num_params"
      case flops = "official_flops"
      case normGain = "norm_gain"
    }
  }
}
