import Foundation
import PoseConfiguration
import PoseCore
import Testing
import TrainingTestSupport

@testable import PoseGraph
@testable import PoseTorch

/// The gradients of one network of each family, in double precision and from recipe weights, beside those of its
/// published code, which `Benchmarks/gradients.py` wrote.
@Suite(.serialized)
struct PublishedGradientTests {
  /// With what differences may be. Where that is not rounding in double precision, the network has float32 tables or
  /// scalars of which the published code has doubles.
  static let networks: [(name: String, tolerance: Double)] = [
    ("adaptive_pose_hrnet_w32_coco_512x512", 1e-6),
    ("cid_hrnet_w32_coco_512x512", 1e-8),
    ("deeppose_res50_coco_256x192", 1e-9),
    ("dekr_hrnet_w32_coco_512x512", 1e-6),
    ("dekr_official_hrnet_w32_coco_512x512", 1e-6),
    ("ditehrnet_18_coco_256x192", 1e-9),
    ("higherhrnet_w32_coco_512x512", 1e-9),
    ("hrformer_small_coco_256x192", 1e-9),
    ("hrnet_w32_ae_coco_512x512", 1e-9),
    ("hrnet_w32_coco_256x192", 1e-9),
    ("ipr_res50_dsnt_coco_256x256", 1e-9),
    ("litehrnet_18_coco_256x192", 1e-9),
    ("mobilenetv2_coco_256x192", 1e-9),
    ("movenet_fire717_coco_192x192", 1e-9),
    ("posefix_res50_coco_256x192", 1e-9),
    ("poseur_res50_coco_256x192", 1e-6),
    ("res50_coco_256x192", 1e-9),
    ("rle_res50_coco_256x192", 1e-9),
    ("rtmpose_t_coco_256x192", 1e-9),
    ("shufflenetv2_coco_256x192", 1e-9),
    ("simdr_hrnet_w32_coco_256x192", 1e-9),
    ("tokenpose_b_coco_256x192", 1e-9),
    ("vipnas_mbv3_coco_256x192", 1e-9),
    ("vitpose_small_coco_256x192", 1e-9),
  ]

  @Test("every parameter's gradient and the running statistics equal the published code's", arguments: networks)
  func gradients(_ name: String, _ tolerance: Double) throws {
    let golden = try PublishedGradients(name)
    var configuration = try Zoo.configuration(named: name)
    configuration.model.input = Size(height: golden.input[2], width: golden.input[3])
    let graph = try configuration.graph().withoutDropout()
    let weights = WeightRecipe.checkpoint(for: graph)
    let network = try TrainableNetwork(graph, weights, type: .float64)
    let outputs = try network(TorchTensor(WeightRecipe.input(shape: golden.input)).to(.float64), isTraining: true)
    let (loss, flow) = try name.hasPrefix("rle") ? likelihood(outputs, weights) : (product(outputs), [])
    try loss.backward()
    var worst = (name: "loss", difference: Self.difference(try loss.item(), golden.loss, scale: golden.loss.magnitude))

    var compared = 0
    // Some gradients are zero but for rounding, as those of a bias before a batch norm.
    let least = 1e-6 * golden.gradients.values.reduce(0) { max($0, $1[0]) }
    for (parameter, tensor) in network.parameters.map({ ($0.name, $0.tensor) }) + flow {
      guard let gradient = tensor.gradient else { continue }
      let expected = golden.gradients[parameter] ?? [0, 0]
      compared += expected[0] == 0 ? 0 : 1
      let scale = max(expected[0], least)
      let found = max(
        Self.difference(try GradientClipping.norm(of: [gradient]).item(), expected[0], scale: scale),
        Self.difference(try Self.product(gradient, "gradient.\(parameter)"), expected[1], scale: scale))
      if found > worst.difference { worst = (parameter, found) }
    }
    #expect(compared == golden.gradients.values.count { $0[0] != 0 })

    let (statistics, updates) = try Self.statistics(of: network)
    #expect(updates == golden.updates)
    let found = Self.difference(statistics, golden.statistics, scale: golden.statistics.magnitude)
    if found > worst.difference { worst = ("running statistics", found) }
    #expect(worst.difference < tolerance, "\(name), \(worst.name): \(worst.difference)")
  }

  /// The sum of products of all running means and variances with recipe numbers, and how often they moved in all.
  static func statistics(of network: TrainableNetwork) throws -> (product: Double, updates: Int) {
    var (statistics, updates) = (0.0, 0)
    for parameter in network.parameters where parameter.layer != "" && !parameter.isTrainable {
      if parameter.name.contains(".running_") {
        statistics += try product(parameter.tensor, "statistics.\(parameter.name)")
      } else if parameter.name.hasSuffix("num_batches_tracked") {
        updates += Int(try parameter.tensor.item())
      }
    }
    return (statistics, updates)
  }

  /// As a part of `scale`; infinite where it is no number.
  static func difference(_ a: Double, _ b: Double, scale: Double) -> Double {
    let difference = (a - b).magnitude / scale
    return difference.isNaN ? .infinity : difference
  }

  /// The sum of products with recipe numbers.
  static func product(_ tensor: TorchTensor, _ name: String) throws -> Double {
    let numbers = try WeightRecipe.input(shape: tensor.shape, name: name, amplitude: 1)
    return try ATen.sum(ATen.mul(tensor.detached(), TorchTensor(numbers).to(.float64)), type: nil).item()
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
  /// The sum of products of all running means and variances with recipe numbers.
  let statistics: Double
  /// How often batch norms moved theirs, in all.
  let updates: Int
  /// The norm of a parameter's gradient, and the sum of its products with recipe numbers.
  let gradients: [String: [Double]]

  init(_ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "PublishedGradients")
    self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: folder.appending(path: "\(name).json")))
  }
}

extension Graph {
  /// The same network, which drops nothing.
  fileprivate func withoutDropout() -> Graph {
    let nodes = nodes.map { node in
      guard case .dropout(_, let unit) = node.operation else { return node }
      return Node(
        operation: .dropout(rate: 0, unit), inputs: node.inputs, output: node.output, parameters: node.parameters,
        path: node.path, isModule: node.isModule)
    }
    return Graph(
      name: name, nodes: nodes, values: values, parameters: parameters, inputs: inputs, outputs: outputs)
  }
}
