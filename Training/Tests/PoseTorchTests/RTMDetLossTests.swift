import Foundation
import PoseConfiguration
import PoseCore
import PoseGraph
import Testing

@testable import PoseTorch

/// RTMDet's assignment, loss and gradients beside those of its published code.
@Suite(.serialized)
struct RTMDetLossTests {
  struct Golden: Decodable {
    struct Step: Decodable {
      let scores: Double
      let boxes: Double
      /// Of each picture the place, the object and their overlap.
      let assigned: [[[Double]]]
    }
    /// Of each picture the sides of its objects.
    let boxes: [[[Float]]]
    let normGain: Float
    let biasAdded: Float
    let rate: Double
    let momentum: Double
    let steps: [Step]
    /// The norms of the gradients of the first step, and of the parameters after the last.
    let gradients: [String: Double]
    let weights: [String: Double]

    init() throws {
      let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "PublishedDetection/rtmdet_nano_person.json")
      self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
    }

    /// What batches hold of the boxes.
    var rows: [Float] {
      let count = boxes.map(\.count).max() ?? 0
      return boxes.flatMap { boxes in
        boxes.flatMap { $0 + [0] }
          + (boxes.count..<count).flatMap { _ in [Float](repeating: 0, count: 4) + [BoxRow.empty] }
      }
    }
  }

  static func weights(_ graph: Graph, _ golden: Golden) throws -> Checkpoint {
    var weights = WeightRecipe.checkpoint(for: graph, normGain: golden.normGain)
    for name in weights.names where name.hasPrefix("bbox_head.rtm_reg.") && name.hasSuffix("bias") {
      guard let tensor = weights[name] else { continue }
      weights[name] = try Tensor(shape: tensor.shape, tensor.floats.map { $0 + golden.biasAdded })
    }
    return weights
  }

  static func loss(_ graph: Graph) -> RTMDetLoss {
    let levels = graph.outputs.prefix(3).map { graph.shape(of: $0.value) }
    return RTMDetLoss(
      levels: levels.map { (height: $0[2], width: $0[3]) }, inputWidth: 320, classes: 1)
  }

  @Test(
    "four steps of SGD have the published losses, assignments, gradients and weights",
    arguments: [(TorchType.float64, 1e-6, 1e-5), (.float32, 1e-5, 1e-3)])
  func steps(_ type: TorchType, _ tolerance: Double, _ gradientTolerance: Double) throws {
    let golden = try Golden()
    let graph = try Zoo.configuration(named: "rtmdet_nano_person").graph()
    let network = try TrainableNetwork(graph, Self.weights(graph, golden), type: type)
    let loss = Self.loss(graph)
    let optimizer = try Optimizer(
      .sgd(momentum: golden.momentum), groups: ParameterGroup.groups(network.parameters), decay: 0)
    let input = try TorchTensor(WeightRecipe.input(shape: [2, 3, 320, 320], name: "det_img0")).to(type)
    let rows = try TorchTensor(golden.rows, [2, golden.rows.count / 10, 5])
    for (number, step) in golden.steps.enumerated() {
      let outputs = try network(input, isTraining: true)
      let terms = try loss.terms(outputs, [rows])
      let (scores, boxes) = (try terms.scores.item(), try terms.boxes.item() * loss.boxWeight)
      #expect((scores - step.scores).magnitude < tolerance * step.scores, "step \(number): \(scores)")
      #expect((boxes - step.boxes).magnitude < tolerance * step.boxes, "step \(number): \(boxes)")
      try expectAssignment(of: outputs, step, rows, loss)
      try loss(outputs, [rows], weights: nil).backward()
      if number == 0 { try expectGradients(network, golden, gradientTolerance) }
      try optimizer.step(rate: golden.rate)
      try optimizer.clearGradients()
    }
    for parameter in network.parameters where parameter.isTrainable {
      let norm = try GradientClipping.norm(of: [parameter.tensor.detached()]).item()
      let expected = try #require(golden.weights[parameter.name], "\(parameter.name)")
      #expect((norm - expected).magnitude <= 1e-6 * expected, "\(parameter.name): \(norm)")
    }
  }

  private func expectAssignment(
    of outputs: [TorchTensor], _ step: Golden.Step, _ rows: TorchTensor, _ loss: RTMDetLoss
  ) throws {
    let assigned = try loss.assigned(outputs, rows)
    let places = step.assigned.enumerated().flatMap { picture, matches in
      matches.map { Int64(picture * 2100 + Int($0[0])) }
    }
    let overlaps = step.assigned.flatMap { $0.map { $0[2] } }
    #expect(assigned.places == places)
    let worst = zip(assigned.overlaps, overlaps).map { (Double($0) - $1).magnitude }.max() ?? 0
    #expect(worst < 1e-5)
    #expect(assigned.weights == nil)
  }

  private func expectGradients(_ network: TrainableNetwork, _ golden: Golden, _ tolerance: Double) throws {
    var worst = (name: "", difference: 0.0)
    for parameter in network.parameters where parameter.isTrainable {
      let expected = try #require(golden.gradients[parameter.name], "\(parameter.name)")
      let norm = try GradientClipping.norm(of: [#require(parameter.tensor.gradient)]).item()
      let difference = (norm - expected).magnitude / max(expected, 1e-9)
      if difference > worst.difference { worst = (parameter.name, difference) }
    }
    #expect(worst.difference < tolerance, "\(worst.name): \(worst.difference)")
  }

  @Test("places in ignored areas count only where they find an object")
  func ignored() throws {
    let loss = RTMDetLoss(levels: [(height: 4, width: 4)], inputWidth: 32, classes: 2)
    let scores = try TorchTensor.full([1, 2, 4, 4], -1)
    let distances = try TorchTensor.full([1, 4, 4, 4], 6)
    func assigned(_ rows: [Float]) throws -> AssignedBatch {
      try loss.assigned([scores, distances], TorchTensor(rows, [1, rows.count / 5, 5]))
    }
    let object: [Float] = [2, 2, 14, 14, 1]
    let alone = try assigned(object)
    #expect(alone.places == [5] && alone.weights == nil)
    #expect(alone.goals[5 * 2 + 1] > 0 && alone.goals.count { $0 != 0 } == 1)
    // The area covers the places 5, 6, 9 and 10.
    let both = try assigned(object + [4, 4, 20, 20, BoxRow.ignored])
    #expect(both.places == [5])
    let weights = try #require(both.weights)
    #expect(weights.indices.filter { weights[$0] == 0 } == [6, 9, 10])
  }

  @Test("without objects the boxes have gradients of nothing")
  func empty() throws {
    let graph = try Zoo.configuration(named: "rtmdet_nano_person", settings: ["model.input=64x64"]).graph()
    let network = try TrainableNetwork(graph, graph.initialized(seed: 1))
    let levels = graph.outputs.prefix(3).map { graph.shape(of: $0.value) }
    let loss = RTMDetLoss(
      levels: levels.map { (height: $0[2], width: $0[3]) }, inputWidth: 64, classes: 1)
    let outputs = try network(TorchTensor.full([2, 3, 64, 64], 0.5), isTraining: true)
    let rows = try TorchTensor([Float](repeating: BoxRow.empty, count: 2 * 5), [2, 1, 5])
    let value = try loss(outputs, [rows], weights: nil)
    try value.backward()
    #expect(try value.item() > 0)
    let bias = try #require(network.parameters.first { $0.name == "bbox_head.rtm_reg.0.bias" })
    #expect(try #require(bias.tensor.gradient).floats() == [0, 0, 0, 0])
  }

  @Test("numbers that are not finite assign without a trap")
  func notFinite() throws {
    let loss = RTMDetLoss(levels: [(height: 4, width: 4)], inputWidth: 32, classes: 1)
    let rows = try TorchTensor([2, 2, 30, 30, 0], [1, 1, 5])
    let value = try loss(
      [TorchTensor.full([1, 1, 4, 4], .nan), TorchTensor.full([1, 4, 4, 4], .nan)], [rows], weights: nil)
    #expect(try value.item().isNaN)
  }
}
