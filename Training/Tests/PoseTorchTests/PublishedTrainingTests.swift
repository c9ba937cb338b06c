import PoseConfiguration
import PoseFormats
import PoseGraph
import Testing
import TrainingTestSupport

@testable import PoseTorch

/// Training Lite-HRNet-18 step by step as the published code does. The golden values are of its run in double precision.
/// On CUDA where there is one too, in double alone: convolutions there multiply float32 with ten bits behind the point.
@Suite(.needsSharedData, .serialized)
struct PublishedTrainingTests {
  static func graph() throws -> Graph { try Zoo.configuration(named: "litehrnet_18_coco_256x192").graph() }

  static let cuda: [Device] = Device.cudaCount > 0 ? [.cuda()] : []

  @Test(
    "five steps of SGD from recipe weights",
    arguments: [(TorchType.float32, 1e-5, Device.cpu), (.float64, 2e-7, .cpu)] + cuda.map { (.float64, 2e-7, $0) })
  func sgd(_ type: TorchType, _ tolerance: Double, _ device: Device) throws {
    let golden = try TrainingGolden()
    let graph = try Self.graph()
    let network = try TrainableNetwork(graph, WeightRecipe.checkpoint(for: graph), device: device, type: type)
    let optimizer = try Optimizer(
      .sgd(momentum: 0.9), groups: ParameterGroup.groups(network.parameters), decay: 1e-4)
    let expected = try #require(golden.contents.variants["recipe_sgd"]).f64
    for step in 0..<5 {
      let loss = try lossAfterBackward(network, golden.batch(step, for: network))
      #expect(isClose(loss, expected.loss[step], tolerance), "loss of step \(step + 1): \(loss)")
      if step == 0 {
        // In float32 a gradient that came through all batch norms is 0.4% noise, which makes it longer by half the noise's square.
        let norm = try GradientClipping.norm(of: optimizer.gradients).item()
        #expect(isClose(norm, expected.gradTotalNorm, 4 * tolerance), "gradient norm \(norm)")
      }
      try optimizer.step(rate: 1e-4)
      try optimizer.clearGradients()
    }
    try expectState(network, golden, prefix: "recipe_sgd.state5.", tolerance: Float(tolerance))
    try expectOutput(network, golden, "recipe_sgd.eval_output_after5_batch0", tolerance: 1e-4)
  }

  @Test(
    "five steps of Adam from recipe weights",
    arguments: [(TorchType.float32, 5e-3, Device.cpu), (.float64, 1e-6, .cpu)] + cuda.map { (.float64, 1e-6, $0) })
  func recipeAdam(_ type: TorchType, _ tolerance: Double, _ device: Device) throws {
    let golden = try TrainingGolden()
    let graph = try Self.graph()
    let network = try TrainableNetwork(graph, WeightRecipe.checkpoint(for: graph), device: device, type: type)
    let optimizer = try Optimizer(.adam(), groups: ParameterGroup.groups(network.parameters))
    let expected = try #require(golden.contents.variants["recipe_adam"]).f64
    for step in 0..<5 {
      let loss = try lossAfterBackward(network, golden.batch(step, for: network))
      #expect(isClose(loss, expected.loss[step], tolerance), "loss of step \(step + 1): \(loss)")
      try optimizer.step(rate: 2e-4)
      try optimizer.clearGradients()
    }
    try expectState(network, golden, prefix: "recipe_adam.state5.", tolerance: Float(tolerance))
  }

  @Test(
    "the published recipe: gradients, weights and running statistics after one and five steps",
    arguments: [.cpu] + cuda)
  func published(_ device: Device) throws {
    let golden = try TrainingGolden()
    let checkpoint = try Checkpoint(
      contentsOf: SharedData.path("golden/litehrnet/litehrnet_18_coco_256x192.pth"))
    // In float64: from the published start, float32 itself lies far off after some steps of Adam.
    let network = try TrainableNetwork(Self.graph(), checkpoint, device: device, type: .float64)
    let optimizer = try Optimizer(.adam(), groups: ParameterGroup.groups(network.parameters))
    let byName = Dictionary(uniqueKeysWithValues: network.parameters.map { ($0.name, $0.tensor) })
    for step in 0..<5 {
      let loss = try lossAfterBackward(network, golden.batch(step, for: network))
      #expect(isClose(loss, golden.contents.f64.loss[step], 1e-6), "loss of step \(step + 1): \(loss)")
      if step == 0 {
        for norms in golden.contents.perParam where norms.gradNorm > 1e-12 {
          let gradient = try #require(byName[norms.name]?.gradient, "\(norms.name)")
          let norm = try GradientClipping.norm(of: [gradient]).item()
          #expect(isClose(norm, norms.gradNorm, 1e-6), "\(norms.name): \(norm), not \(norms.gradNorm)")
        }
        for name in golden.arrays.names where name.hasPrefix("adam.grad.") {
          let gradient = try #require(byName[String(name.dropFirst(10))]?.gradient)
          #expect(worstDifference(try gradient.floats(), try golden.arrays.tensor(name).floats) < 1e-6, "\(name)")
        }
      }
      try optimizer.step(rate: golden.contents.lrUsedInSteps[step])
      try optimizer.clearGradients()
      if step == 0 { try expectState(network, golden, prefix: "adam.state1.", tolerance: 1e-6) }
    }
    for norms in golden.contents.perParam {
      let norm = try GradientClipping.norm(of: [try #require(byName[norms.name]).detached()]).item()
      #expect(isClose(norm, norms.w5Norm, 1e-6), "\(norms.name): \(norm), not \(norms.w5Norm)")
    }
    try expectState(network, golden, prefix: "adam.state5.", tolerance: 1e-5)
    try expectOutput(network, golden, "adam.eval_output_after5_batch0", tolerance: 1e-4)
  }

  private func lossAfterBackward(
    _ network: TrainableNetwork, _ batch: (image: TorchTensor, target: TorchTensor, weights: TorchTensor)
  ) throws -> Double {
    let outputs = try network(batch.image, isTraining: true)
    let loss = try JointsMSE()(outputs, [batch.target], weights: batch.weights)
    try loss.backward()
    return try loss.item()
  }

  private func expectState(
    _ network: TrainableNetwork, _ golden: TrainingGolden, prefix: String, tolerance: Float
  ) throws {
    let byName = Dictionary(uniqueKeysWithValues: network.parameters.map { ($0.name, $0.tensor) })
    var compared = 0
    for name in golden.arrays.names where name.hasPrefix(prefix) {
      let tensor = try #require(byName[String(name.dropFirst(prefix.count))], "\(name)")
      let difference = distance(try tensor.floats(), try golden.arrays.tensor(name).floats)
      #expect(difference <= tolerance, "\(name): \(difference)")
      compared += 1
    }
    #expect(compared >= 15)
  }

  private func expectOutput(
    _ network: TrainableNetwork, _ golden: TrainingGolden, _ name: String, tolerance: Float
  ) throws {
    let image = try ATen.slice(golden.batch(0, for: network).image, axis: 0, start: 0, end: 1, step: 1)
    let output = try withoutGradients { try network(image, isTraining: false)[0] }
    let difference = worstDifference(try output.floats(), try golden.arrays.tensor(name).floats)
    #expect(difference < tolerance, "\(name): \(difference)")
  }

  private func isClose(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
    (a - b).magnitude <= tolerance * b.magnitude
  }

  /// As a part of the expected length.
  private func distance(_ a: [Float], _ b: [Float]) -> Float {
    guard a.count == b.count else { return .infinity }
    let square = zip(a, b).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    return square == 0 ? 0 : Float((square / b.reduce(0.0) { $0 + Double($1) * Double($1) }).squareRoot())
  }
}
