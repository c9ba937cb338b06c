import Foundation
import PoseEngine
import PoseFormats
import PoseGraph
import PoseModels
import TestSupport
import Testing

@Suite(.needsSharedData)
struct LiteHRNetParityTests {
  // The published code's float32 and float64 runs differ by up to 1e-6 of the largest value; our sums run in another
  // order. 1e-5 leaves room for that and for nothing else.
  @Test("heatmaps of recipe weights equal the published code's", arguments: networks)
  func recipeHeatmaps(_ network: Network) throws {
    let graph = try network.graph()
    let golden = try NumpyArchive(contentsOf: SharedData.url("golden/litehrnet/\(network.name).npz").path)
    let engine = try Engine(graph, WeightRecipe.checkpoint(for: graph, normGain: network.normGain))
    let size = network.input
    let outputs = try engine(WeightRecipe.input(shape: [2, 3, size.height, size.width]))
    let difference = worst(outputs[0].tensor.floats, try golden.tensor("recipe_output").floats)
    #expect(difference < 1e-5)
  }
}

func worst(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  let largest = b.reduce(0) { max($0, $1.magnitude) }
  return zip(a, b).reduce(0) { max($0, ($1.0 - $1.1).magnitude) } / largest
}

struct Network: Sendable, CustomTestStringConvertible {
  var name: String
  var backbone: LiteHRNet
  var input: Size
  var joints: Int
  var normGain: Float = 1
  var testDescription: String { name }
  func graph() throws -> Graph { try Graph(name, input: input, backbone: backbone, head: HeatmapHead(joints: joints)) }
}

let networks: [Network] = [
  Network(name: "litehrnet_18_coco_256x192", backbone: .lite18, input: Size(height: 256, width: 192), joints: 17),
  Network(name: "litehrnet_18_coco_384x288", backbone: .lite18, input: Size(height: 384, width: 288), joints: 17),
  Network(name: "litehrnet_30_mpii_256x256", backbone: .lite30, input: 256, joints: 16, normGain: 0.5),
  Network(
    name: "naive_litehrnet_18_coco_256x192", backbone: .naive18, input: Size(height: 256, width: 192), joints: 17),
]
