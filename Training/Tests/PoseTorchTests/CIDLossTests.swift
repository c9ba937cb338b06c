import PoseConfiguration
import PoseFormats
import PoseGraph
import Testing
import TrainingTestSupport

@testable import PoseTorch

/// CID's losses, against MMPose's values.
@Suite struct CIDLossTests {
  /// The network for maps of 16 pixels, with recipe weights.
  static func network() throws -> TrainableNetwork {
    let configuration = try Zoo.configuration(
      named: "cid_hrnet_w32_coco_512x512", settings: ["model.input=64x64"])
    let graph = try configuration.graph()
    let person = try #require(try configuration.personGraph(of: graph))
    return try TrainableNetwork(graph, WeightRecipe.checkpoint(for: graph), parts: [person])
  }

  /// Outputs for two pictures, in the order of the loss's ports without repetitions.
  static func outputs() throws -> [(name: String, tensor: TorchTensor)] {
    try [("heatmaps", 18), ("features", 480), ("shared_features", 32)].map { name, channels in
      let shape = [2, channels, 16, 16]
      let numbers = try WeightRecipe.input(shape: shape, name: "cid.\(name)").floats.map { number -> Float in
        switch name {
        case "heatmaps": number.magnitude * 0.49 + 0.01
        case "features": number / 2 + 1
        default: number
        }
      }
      let tensor = try TorchTensor(numbers, shape)
      try tensor.setRequiresGradient(true)
      return (name, tensor)
    }
  }

  static func loss(_ loss: CIDLoss, _ outputs: [TorchTensor], _ targets: [TorchTensor]) throws -> [LossTerm] {
    try loss.terms([outputs[0], outputs[0], outputs[1], outputs[2], outputs[2]], targets)
  }

  @Test("CID's terms and their gradients, those of the part that looks at one person too, are the published ones")
  func published() throws {
    let golden = try SharedData.ownArrays("cid.npz")
    let (network, outputs) = (try Self.network(), try Self.outputs())
    let targets = try ["heatmaps", "mask", "instances", "columns", "rows"].map {
      try TorchTensor(golden.tensor("target.\($0)"))
    }
    let terms = try Self.loss(CIDLoss(network), outputs.map(\.tensor), targets)
    let expected = try golden.tensor("terms").floats.map(Double.init)
    #expect(terms.map(\.name) == ["heatmaps", "own heatmaps", "contrast"])
    for (term, value) in zip(terms, expected) { #expect(try abs(term.value.item() - value) < 1e-5 * max(value, 1)) }
    try terms.map(\.value).sum().backward()
    let parameters = network.parameters.filter { parameter in
      (try? golden.tensor("grad." + parameter.name.dropFirst("head.".count))) != nil
    }
    #expect(parameters.count == 10)
    for (name, tensor) in outputs + parameters.map({ (String($0.name.dropFirst("head.".count)), $0.tensor) }) {
      let gradient = try #require(tensor.gradient).floats()
      let some = stride(from: 0, to: gradient.count, by: 11).map { gradient[$0] }
      #expect(try worstDifference(some, golden.tensor("grad.\(name)").floats) < 1e-4, "\(name)")
    }
  }

  @Test("without people there are the heatmaps alone, and everything has a gradient; of too many people some count")
  func people() throws {
    let golden = try SharedData.ownArrays("cid.npz")
    let (network, outputs) = (try Self.network(), try Self.outputs())
    var targets = try ["heatmaps", "mask", "instances", "columns", "rows"].map {
      try TorchTensor(golden.tensor("target.\($0)"))
    }
    var few = try CIDLoss(network)
    few.mostPeople = 2
    let terms = try Self.loss(few, outputs.map(\.tensor), targets)
    let expected = try golden.tensor("terms").floats
    #expect(try abs(terms[2].value.item() - Double(expected[2])) < 1e-5)
    #expect(try terms[1].value.item() != Double(expected[1]))
    let rows = targets[2].shape
    targets[2] = try TorchTensor([Float](repeating: -1, count: rows.reduce(1, *)), rows)
    try Self.loss(CIDLoss(network), outputs.map(\.tensor), targets).map(\.value).sum().backward()
    #expect(outputs.allSatisfy { $0.tensor.gradient != nil })
    let own = network.parameters.filter { $0.name.contains("heatmap_conv") }
    #expect(own.count == 2 && own.allSatisfy { $0.tensor.gradient != nil })
    #expect(throws: LibTorchError.self) { try CIDLoss(network)([], [], weights: nil) }
  }
  @Test("heatmaps of nothing but 0 or 1, as few bits make them, cost a number", arguments: [0.0, 1])
  func sure(_ chance: Double) throws {
    let golden = try SharedData.ownArrays("cid.npz")
    let loss = try CIDLoss(Self.network())
    let heatmaps = try TorchTensor.full([2, 18, 16, 16], chance)
    try heatmaps.setRequiresGradient(true)
    let cost = try loss.focal(heatmaps, TorchTensor(golden.tensor("target.heatmaps")))
    try cost.backward()
    let gradient = try #require(heatmaps.gradient)
    #expect(try cost.item().isFinite && gradient.floats().allSatisfy(\.isFinite))
  }
}
