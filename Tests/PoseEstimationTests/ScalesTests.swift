import PoseConfiguration
import PoseGraph
import TestSupport
import Testing

@testable import PoseEstimation

struct ScalesTests {
  /// Networks whose heads read a map of one size.
  static let networks = ["simcc_mobilenetv2_coco_256x192", "rtmpose_t_coco_256x192"]

  @Test("a network whose weights fit one size of the input refuses scales when it is loaded", arguments: networks)
  func fixed(_ name: String) throws {
    let configuration = try Zoo.configuration(named: name, settings: ["model.input=64x64"])
    let model = try Model(configuration, WeightRecipe.checkpoint(for: configuration.graph()))
    var options = PoseEstimator.Options()
    _ = try model.network(options: options)
    options.scales = [1, 2]
    let error = #expect(throws: EstimationError.self) { try model.network(options: options) }
    #expect(error == .hasFixedInput(network: name, input: 64))
    #expect(error?.description.contains("has a fixed input size, 64x64: scales need") == true)
  }
}
