import Foundation
import PoseConfiguration
import PoseData
import PoseEngine
import PoseEstimation
import PoseExperiments
import PoseGraph
import PoseTorch

/// A trained network whose outputs, and features where they are wanted, another learns to give for the same crops,
/// labelled or not. It runs on the CPU by ``PoseEngine``, several times faster than LibTorch does.
public struct Teacher: Sendable {
  public let model: Model
  private let description: TeacherDescription
  private let engine: Engine
  /// What averages the outputs with those for the mirrored pictures; nil where pictures are looked at once.
  private let flipTest: FlipTest?

  /// - Parameter threads: how many samples run side by side.
  /// - Throws: what ``Model`` throws, ``GraphError`` where it has no such module as a feature names, ``EngineError``.
  public init(_ description: TeacherDescription, threads: Int? = nil) throws {
    self.description = description
    model = try Model(contentsOf: description.weights, configuration: description.config)
    flipTest = try description.flip ? FlipTest(model) : nil
    engine = try Engine(
      model.graph.exposing(resultsOf: description.features), model.checkpoint, threads: threads)
  }

  /// What the teacher gives for pictures `N x 3 x H x W`: its outputs, with the flip test if asked, then its features.
  func targets(for pictures: Tensor, device: Device) throws -> [TorchTensor] {
    var given = try engine(pictures)
    if let flipTest {
      let mirrored = try engine(pictures.mirrored)
      let outputs = model.graph.outputs.count
      given.replaceSubrange(
        ..<outputs, with: try flipTest.merged(Array(given[..<outputs]), Array(mirrored[..<outputs])))
    }
    return try given.map { try TorchTensor($0.tensor, device: device) }
  }

  /// How pictures become others before both networks see them; nil where they stay.
  func mixing(seed: UInt64) -> PictureMixing? {
    description.mixing > 0 ? PictureMixing(probability: description.mixing, seed: seed) : nil
  }

  /// What the student learns by.
  func loss(beside labels: any Loss) -> any Loss {
    DistillationLoss(labels: labels, labelWeight: description.labels, featureWeight: description.featureWeight)
  }

  /// Checks that a student can learn from it.
  ///
  /// - Parameter student: with its features among the outputs.
  /// - Throws: `TrainingError` where the student's outputs are of other shapes.
  func check(_ student: Graph) throws(TrainingError) {
    func shapes(_ graph: Graph) -> [[Int]] { graph.outputs.map { graph.shape(of: $0.value) } }
    guard shapes(student) == shapes(engine.graph) else {
      throw .configuration(
        name: student.name,
        reason: "its outputs \(shapes(student)) cannot be learnt from those of \(model.configuration.name), "
          + "\(shapes(engine.graph)): they need the same input, joints and features")
    }
  }

  /// Weights to start from: the teacher's where name and shape are the same, the student's own elsewhere. The teacher's
  /// norms get the statistics of a few batches first, as training will take them.
  ///
  /// - Returns: nil where the student is to start by itself.
  func start(_ student: Graph, _ own: Checkpoint, on samples: SampleInputs) throws -> Checkpoint? {
    if description.startBatches == 0 { return nil }
    let inputs = try samples.batches(description.startBatches)
    let network = try TrainableNetwork(model.graph, model.checkpoint)
    try network.renewNormStatistics(on: inputs)
    let start = own.taking(from: try network.checkpoint()).checkpoint
    let counterparts = try description.layerMatching.map {
      LayerCounterpart(
        layer: try NSRegularExpression(pattern: $0.layer), module: $0.module, gain: $0.gain)
    }
    if counterparts.isEmpty { return start }
    let fitted = try TrainableNetwork(student, start)
    try fitted.fitLayers(to: network, counterparts: counterparts, on: .joined(inputs))
    return try fitted.checkpoint()
  }
}
