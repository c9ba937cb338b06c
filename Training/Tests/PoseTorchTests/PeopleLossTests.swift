import Foundation
import PoseConfiguration
import PoseCore
import PoseGraph
import Testing

@testable import PoseTorch

/// The losses of networks that find everybody, from recipe weights, beside those of the published code in double precision,
/// which `Benchmarks/people_losses.py` wrote.
@Suite(.serialized)
struct PeopleLossTests {
  struct Golden: Decodable {
    struct Stage: Decodable {
      let terms: [String: Double]
      /// Of each picture the place, the person and their similarity.
      let assigned: [[[Double]]]
      let statistics: Double
      let updates: Int
      /// The norm of a parameter's gradient, and the sum of its products with recipe numbers.
      let gradients: [String: [Double]]
    }
    let input: [Int]
    let normGain: Float
    /// Of each picture its people, as ``PersonRow`` has them.
    let people: [[[Float]]]
    let cases: [String: Stage]

    init(_ name: String) throws {
      let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "PublishedDetection/\(name).json")
      self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
    }

    /// What batches hold of the people.
    func rows() throws -> TorchTensor {
      let count = people.map(\.count).max() ?? 0
      let rows = people.flatMap { people in
        people + Array(repeating: PeopleLossTests.emptyRow(joints: 17), count: count - people.count)
      }
      return try TorchTensor(rows.flatMap(\.self), [people.count, count, PersonRow.count(joints: 17)])
    }
  }

  static func emptyRow(joints: Int) -> [Float] {
    var row = [Float](repeating: 0, count: PersonRow.count(joints: joints))
    row[PersonRow.label] = PersonRow.empty
    return row
  }

  /// The published names of the terms.
  static let terms = [
    "loss_obj": "objectness", "loss_bbox": "boxes", "loss_kpt": "poses", "loss_oks": "poses",
    "loss_vis": "visibilities", "loss_cls": "scores", "loss_mle": "likelihood", "loss_bbox_aux": "box outputs",
  ]

  /// A network with recipe weights, and the heights and widths of its outputs.
  static func network(
    _ name: String, input: String, normGain: Float = 1, type: TorchType = .float32
  ) throws -> (network: TrainableNetwork, levels: [(height: Int, width: Int)]) {
    let configuration = try Zoo.configuration(named: name, settings: ["model.input=\(input)"])
    let graph = try configuration.graph()
    let parts = try configuration.personGraph(of: graph).map { [$0] } ?? []
    let weights = WeightRecipe.checkpoint(for: graph, normGain: normGain)
    let levels = graph.outputs.filter { $0.name.hasPrefix("cls_scores.") }.map { graph.shape(of: $0.value) }
    return (
      try TrainableNetwork(graph, weights, parts: parts, type: type), levels.map { (height: $0[2], width: $0[3]) }
    )
  }

  /// The outputs that a loss reads.
  static func outputs(_ network: TrainableNetwork, _ input: TorchTensor, for loss: any Loss) throws -> [TorchTensor] {
    let outputs = try network(input, isTraining: true)
    let names = network.graph.outputs.map(\.name)
    return try loss.ports.map { port in outputs[try #require(names.firstIndex(of: port.output))] }
  }

  static let sigmas = Skeleton.coco17.sigmas

  static func rtmo(_ network: TrainableNetwork, _ levels: [(height: Int, width: Int)], width: Int) throws -> RTMOLoss {
    try RTMOLoss(levels: levels, inputWidth: width, sigmas: sigmas, persons: #require(network.parts.first))
  }

  /// A stage of the published training, and the precision to follow it in.
  struct Run: Sendable, CustomTestStringConvertible {
    let stage: String
    let type: TorchType

    /// How far terms may be off.
    var tolerance: Double { type == .float64 ? 1e-7 : 1e-5 }
    var testDescription: String { "\(stage), \(type)" }

    static let all = [
      Run(stage: "first", type: .float64), Run(stage: "last", type: .float64), Run(stage: "last", type: .float32),
    ]
  }

  @Test("YOLOX-Pose's terms, places and gradients equal the published code's", arguments: Run.all)
  func yoloxPose(_ run: Run) throws {
    let name = "yoloxpose_tiny_coco_416x416"
    let golden = try Golden(name)
    let (network, levels) = try Self.network(name, input: "320x320", normGain: golden.normGain, type: run.type)
    var loss = YOLOXPoseLoss(levels: levels, inputWidth: 320, sigmas: Self.sigmas)
    loss.usesAuxiliaryLoss = run.stage == "last"
    let outputs = try Self.outputs(
      network, TorchTensor(WeightRecipe.input(shape: golden.input)).to(run.type), for: loss)
    let rows = try golden.rows()
    let expected = try #require(golden.cases[run.stage])
    try expectAssignment(loss.assigned(outputs, rows), expected, places: 2100)
    try expectTerms(loss.terms(outputs, [rows]), expected, run.tolerance)
    try loss(outputs, [rows], weights: nil).backward()
    try expectGradients(network, expected, run, rounding: 1e-3)
  }

  @Test("RTMO's terms, places and gradients equal the published code's", arguments: Run.all)
  func rtmo(_ run: Run) throws {
    let name = "rtmo_t_body7_416x416"
    let golden = try Golden(name)
    let (network, levels) = try Self.network(name, input: "320x320", normGain: golden.normGain, type: run.type)
    var loss = try Self.rtmo(network, levels, width: 320)
    if run.stage == "last" {
      (loss.learnsFromClassifier, loss.usesAuxiliaryLoss) = (true, true)
      (loss.likelihoodWeight, loss.similarityWeight) = (5, 10)
    }
    let outputs = try Self.outputs(
      network, TorchTensor(WeightRecipe.input(shape: golden.input)).to(run.type), for: loss)
    let rows = try golden.rows()
    let expected = try #require(golden.cases[run.stage])
    try expectAssignment(loss.assigned(outputs, rows), expected, places: 500)
    // Each run of the classifier moves its statistics.
    let terms = try loss.terms(outputs, [rows])
    try expectTerms(terms, expected, run.tolerance)
    try terms.map(\.value).sum().backward()
    // The classifier encodes pixels as waves, whose slopes by a box's sides nearly cancel out.
    try expectGradients(network, expected, run, rounding: 5e-2)
  }

  private func expectAssignment(_ assigned: AssignedPeople, _ expected: Golden.Stage, places count: Int) {
    let matches = expected.assigned.enumerated().flatMap { picture, matches in matches.map { (picture, $0) } }
    #expect(assigned.places == matches.map { $0 * count + Int($1[0]) })
    #expect(assigned.rows == matches.map { $0 * 3 + Int($1[1]) })
    #expect(assigned.weights == nil)
    let worst = zip(assigned.overlaps, matches).map { (Double($0) - $1.1[2]).magnitude }.max() ?? 0
    #expect(worst < 1e-5)
  }

  private func expectTerms(_ terms: [LossTerm], _ expected: Golden.Stage, _ tolerance: Double) throws {
    #expect(terms.count == expected.terms.count)
    for (name, value) in expected.terms {
      let term = try #require(terms.first { $0.name == Self.terms[name] }, "\(name)")
      let found = try term.value.item()
      #expect((found - value).magnitude < tolerance * value.magnitude, "\(name): \(found), not \(value)")
    }
  }

  /// - Parameter rounding: how far gradients may be off in float32.
  private func expectGradients(
    _ network: TrainableNetwork, _ expected: Golden.Stage, _ run: Run, rounding: Double
  ) throws {
    var worst = (name: "", difference: 0.0)
    // Some gradients are zero but for rounding, as those of a bias before a batch norm.
    let least = (run.type == .float64 ? 1e-6 : 1e-3) * expected.gradients.values.reduce(0) { max($0, $1[0]) }
    var compared = 0
    for parameter in network.parameters {
      guard let gradient = try parameter.tensor.gradient?.to(.float64) else { continue }
      let pair = try #require(expected.gradients[parameter.name], "\(parameter.name)")
      let scale = max(pair[0], least)
      let found = max(
        PublishedGradientTests.difference(try GradientClipping.norm(of: [gradient]).item(), pair[0], scale: scale),
        PublishedGradientTests.difference(
          try PublishedGradientTests.product(gradient, "gradient.\(parameter.name)"), pair[1], scale: scale))
      if found > worst.difference { worst = (parameter.name, found) }
      compared += 1
    }
    #expect(compared == expected.gradients.count)
    #expect(worst.difference < (run.type == .float64 ? run.tolerance : rounding), "\(worst.name): \(worst.difference)")
    let found = try PublishedGradientTests.statistics(of: network)
    #expect(found.updates == expected.updates)
    let difference = (found.product - expected.statistics).magnitude / expected.statistics.magnitude
    #expect(difference < run.tolerance, "running statistics: \(difference)")
  }

  // Of small networks and hand-made outputs.

  /// A person in the box, all of whose joints are at its middle.
  static func row(_ sides: [Float], label: Float = PersonRow.person, area: Float = 400, joints: Int = 1) -> [Float] {
    sides + [label, area]
      + (0..<joints).flatMap { _ in [(sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2, Float(2)] }
  }

  @Test("a person takes as many places as poses resemble it in all, and none that is cheaper for another")
  func dynamicCount() throws {
    let places = DetectionPlaces(levels: [(height: 4, width: 4)], inputWidth: 32)
    let people = PicturePeople(
      (Self.row([2, 2, 22, 22]) + Self.row([10, 10, 30, 30]))[...], width: PersonRow.count(joints: 1)
    ).people
    var assignment = SimOTAAssignment()
    assignment.centerRadius = 1
    let near = assignment.candidates(for: people, at: places)
    // The places in both boxes, which are all near a center.
    #expect(near.places == [5, 6, 9, 10, 11, 14, 15])
    #expect(near.isLikely.count { $0 } == 8)
    let found = SimOTAAssignment.Candidates(
      places: [3, 5, 7, 9], isLikely: [true, true, true, true, false, true, true, false])
    let costs: [Float] = [1, 9, 2, 1, 0.5, 9, 9, 0.2]
    let measures: [Float] = [0.9, 0, 0.8, 0.9, 0.6, 0.2, 0, 0.5]
    // The first takes two places, the second one, neither a cheaper one that is not near; the second has the last word on 5.
    #expect(
      assignment.matches((costs + measures)[...], among: found, people: 2) == [
        .init(place: 3, person: 0, overlap: 0.9), .init(place: 5, person: 1, overlap: 0.9),
      ])
  }

  @Test("places in ignored areas count only where they are to find someone")
  func ignored() throws {
    let loss = YOLOXPoseLoss(levels: [(height: 4, width: 4)], inputWidth: 32, sigmas: [0.1])
    let outputs = try [1, 4, 2, 1, 1].map { try TorchTensor.full([1, $0, 4, 4], -1) }
    func assigned(_ rows: [Float]) throws -> AssignedPeople {
      try loss.assigned(outputs, TorchTensor(rows, [1, rows.count / 9, 9]))
    }
    let person = Self.row([2, 2, 14, 14])
    let alone = try assigned(person)
    #expect(alone.places == [5] && alone.rows == [0] && alone.weights == nil)
    // The area covers the places 5, 6, 9 and 10.
    let crowd = Self.row([4, 4, 20, 20], label: PersonRow.ignored)
    let both = try assigned(Self.emptyRow(joints: 1) + crowd + person)
    #expect(both.places == [5] && both.rows == [2])
    let weights = try #require(both.weights)
    #expect(weights.indices.filter { weights[$0] == 0 } == [6, 9, 10])
  }

  @Test(
    "without people every weight has a gradient, of nothing where only people give one",
    arguments: ["yoloxpose_tiny_coco_416x416", "rtmo_t_body7_416x416"])
  func empty(_ name: String) throws {
    let (network, levels) = try Self.network(name, input: "64x64")
    let loss: any Loss =
      network.parts.isEmpty
      ? YOLOXPoseLoss(levels: levels, inputWidth: 64, sigmas: Self.sigmas)
      : try Self.rtmo(network, levels, width: 64)
    let outputs = try Self.outputs(network, TorchTensor.full([2, 3, 64, 64], 0.5), for: loss)
    let row = Self.emptyRow(joints: 17)
    let value = try loss(outputs, [TorchTensor(row + row, [2, 1, row.count])], weights: nil)
    try value.backward()
    #expect(try value.item() > 0)
    let learning = network.parameters.filter(\.isTrainable)
    #expect(learning.allSatisfy { $0.tensor.gradient != nil })
    for parameter in learning where parameter.name.contains("out_bbox") || parameter.name.contains(".dcc.") {
      #expect(try #require(parameter.tensor.gradient).floats().allSatisfy { $0 == 0 }, "\(parameter.name)")
    }
  }

  @Test("a single place leaves the classifier's statistics alone")
  func singlePlace() throws {
    let (network, levels) = try Self.network("rtmo_t_body7_416x416", input: "64x64")
    let loss = try Self.rtmo(network, levels, width: 64)
    let outputs = try Self.outputs(network, TorchTensor(WeightRecipe.input(shape: [2, 3, 64, 64])), for: loss)
    let person = Self.row([20, 20, 44, 44], area: 1, joints: 17)
    let rows = try TorchTensor(person + Self.emptyRow(joints: 17), [2, 1, person.count])
    #expect(try loss.assigned(outputs, rows).places.count == 1)
    let statistics = network.parameters.filter { $0.name.contains(".dcc.") && $0.name.contains(".running_") }
    let before = try statistics.map { try $0.tensor.floats() }
    let value = try loss(outputs, [rows], weights: nil)
    try value.backward()
    #expect(try value.item().isFinite)
    #expect(try statistics.map { try $0.tensor.floats() } == before)
    #expect(!before.isEmpty)
  }

  @Test("the classifier's weights belong to the network, under their own layers")
  func parts() throws {
    let (network, _) = try Self.network("rtmo_t_body7_416x416", input: "64x64")
    let part = try #require(network.parts.first)
    let names = Set(network.parameters.map(\.name))
    #expect(part.parameters.allSatisfy { names.contains($0.name) })
    let norm = try #require(network.parameters.first { $0.name == "head.dcc.pose_to_kpts.1.weight" })
    #expect(norm.isOfNorm && norm.layer == "head.dcc.pose_to_kpts.1")
    #expect(part.parameters.contains { $0.tensor === norm.tensor })
    try network.freeze(["head.dcc"])
    #expect(!norm.tensor.requiresGradient)
    #expect(part.frozenLayers.contains("head.dcc.pose_to_kpts.1"))
  }

  @Test("numbers that are not finite assign without a trap")
  func notFinite() throws {
    let loss = YOLOXPoseLoss(levels: [(height: 4, width: 4)], inputWidth: 32, sigmas: [0.1])
    let outputs = try [1, 4, 2, 1, 1].map { try TorchTensor.full([1, $0, 4, 4], .nan) }
    let value = try loss(outputs, [TorchTensor(Self.row([2, 2, 30, 30]), [1, 1, 9])], weights: nil)
    #expect(try value.item().isNaN)
  }

  @Test("rows of another width are refused")
  func wrongRows() throws {
    let loss = YOLOXPoseLoss(levels: [(height: 4, width: 4)], inputWidth: 32, sigmas: [0.1])
    let outputs = try [1, 4, 2, 1, 1].map { try TorchTensor.full([1, $0, 4, 4], 0) }
    #expect(throws: LibTorchError.self) { try loss(outputs, [TorchTensor.full([1, 1, 12], 0)], weights: nil) }
  }
}
