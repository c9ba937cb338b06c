import Foundation
import PoseGraph
import PoseModels
import Testing
import TrainingTestSupport

@testable import PoseTorch

/// The gradients of one network of each family, in double precision and from recipe weights, beside those of its
/// published code, which `Benchmarks/gradients.py` wrote.
@Suite(.serialized)
struct PublishedGradientTests {
  static let networks = [
    "deeppose_res50_coco_256x192", "ditehrnet_18_coco_256x192", "hrformer_small_coco_256x192",
    "hrnet_w32_coco_256x192", "ipr_res50_dsnt_coco_256x256", "litehrnet_18_coco_256x192",
    "mobilenetv2_coco_256x192", "posefix_res50_coco_256x192", "poseur_res50_coco_256x192", "res50_coco_256x192",
    "rle_res50_coco_256x192", "rtmpose_t_coco_256x192", "shufflenetv2_coco_256x192",
    "simdr_hrnet_w32_coco_256x192", "tokenpose_b_coco_256x192", "vipnas_mbv3_coco_256x192",
    "vitpose_small_coco_256x192",
  ]

  @Test("every parameter's gradient equals the published code's", arguments: networks)
  func gradients(_ name: String) throws {
    let golden = try PublishedGradients(name)
    var configuration = try Zoo.configuration(named: name)
    configuration.model.input = Size(height: golden.input[2], width: golden.input[3])
    let graph = try configuration.graph()
    let weights = WeightRecipe.checkpoint(for: graph)
    let network = try TrainableNetwork(graph, weights, type: .float64)
    let outputs = try network(TorchTensor(WeightRecipe.input(shape: golden.input)).to(.float64), isTraining: true)
    let (loss, flow) = try name.hasPrefix("rle") ? likelihood(outputs, weights) : (product(outputs), [])
    try loss.backward()
    let value = try loss.item()
    var worst = (name: "loss", difference: (value - golden.loss).magnitude / golden.loss.magnitude)

    var compared = 0
    let largest = golden.gradients.values.reduce(0) { max($0, $1[0]) }
    for (parameter, tensor) in network.parameters.map({ ($0.name, $0.tensor) }) + flow {
      guard let gradient = tensor.gradient else { continue }
      let norm = try GradientClipping.norm(of: [gradient]).item()
      let expected = golden.gradients[parameter] ?? [0, 0]
      compared += expected[0] == 0 ? 0 : 1
      let hashes = try WeightRecipe.input(shape: tensor.shape, name: "gradient.\(parameter)", amplitude: 1)
      let product = try ATen.sum(ATen.mul(gradient, TorchTensor(hashes).to(.float64)), type: nil).item()
      // Some gradients are zero but for rounding, as those of a bias before a batch norm.
      let scale = max(expected[0], 1e-6 * largest)
      let difference = max((norm - expected[0]).magnitude, (product - expected[1]).magnitude) / scale
      if !(difference <= worst.difference) { worst = (parameter, difference) }
    }
    print("GRAD", name, worst, value, golden.loss, compared, golden.gradients.count)
    #expect(compared == golden.gradients.values.count { $0[0] != 0 })
    #expect(worst.difference < 1e-9, "\(name), \(worst.name): \(worst.difference)")
  }

  /// The sum over outputs of the mean of their products with recipe numbers.
  private func product(_ outputs: [TorchTensor]) throws -> TorchTensor {
    let means = try outputs.enumerated().map { index, output in
      let hashes = try WeightRecipe.input(shape: output.shape, name: "output.\(index)", amplitude: 1)
      return try ATen.mean(ATen.mul(output, TorchTensor(hashes).to(.float64)), type: nil)
    }
    return try ATen.sum(ATen.stack(means, axis: 0), type: nil)
  }

  /// RLE's loss, and its flow's parameters by their names in the whole network.
  private func likelihood(
    _ outputs: [TorchTensor], _ weights: Checkpoint
  ) throws -> (TorchTensor, [(String, TorchTensor)]) {
    let prefix = "keypoint_head.loss."
    var own = Checkpoint()
    for name in weights.names where name.hasPrefix(prefix) { own[String(name.dropFirst(prefix.count))] = weights[name] }
    let loss = try ResidualLogLikelihood(weights: own, type: .float64)
    let shape = [outputs[0].shape[0], 17, 2]
    let value = try loss(
      outputs, [TorchTensor(WeightRecipe.input(shape: shape, name: "target", amplitude: 0.5)).to(.float64)],
      weights: TorchTensor(WeightRecipe.input(shape: shape, name: "target_weight", amplitude: 1)).to(.float64))
    return (value, loss.parameters.map { (prefix + $0.name, $0.tensor) })
  }
}

/// What the published code gave for a network.
struct PublishedGradients: Decodable {
  let input: [Int]
  let loss: Double
  /// The norm of a parameter's gradient, and the sum of its products with recipe numbers.
  let gradients: [String: [Double]]

  init(_ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "PublishedGradients")
    self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: folder.appending(path: "\(name).json")))
  }
}
