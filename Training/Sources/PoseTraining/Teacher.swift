import Foundation
import PoseConfiguration
import PoseCore
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
  /// How many times as high and wide as the student's its input is.
  private let enlargement: Int

  /// - Parameters:
  ///   - student: the size of the student's input.
  ///   - threads: how many samples run side by side.
  /// - Throws: what ``Model`` throws, ``GraphError`` where it has no such module as a feature names, ``EngineError``.
  public init(_ description: TeacherDescription, student: Size, threads: Int? = nil) throws {
    self.description = description
    enlargement = (description.input?.height ?? student.height) / student.height
    model = try Model(contentsOf: description.weights, configuration: description.config)
    flipTest = try description.flip ? FlipTest(model) : nil
    engine = try Engine(
      model.graph.exposing(resultsOf: description.features), model.checkpoint, threads: threads)
  }

  /// What the teacher gives for pictures `N x 3 x H x W`: its outputs, with the flip test if asked, then its features. Of a
  /// larger input's maps these are the pixels that lie on the student's.
  func targets(for pictures: Tensor, device: Device) throws -> [TorchTensor] {
    var given = try engine(pictures)
    if let flipTest {
      let mirrored = try engine(pictures.mirrored)
      let outputs = model.graph.outputs.count
      given.replaceSubrange(
        ..<outputs, with: try flipTest.merged(Array(given[..<outputs]), Array(mirrored[..<outputs])))
    }
    return try given.map { try TorchTensor($0.tensor.everyPixel(of: enlargement), device: device) }
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
    func check(_ holds: Bool, _ reason: @autoclosure () -> String) throws(TrainingError) {
      if !holds { throw .configuration(name: student.name, reason: reason()) }
    }
    try check(
      enlargement == 1 || description.startBatches == 0,
      "it cannot start from a teacher with a larger input: --set train.teacher.start_batches=0")
    try check(
      shapes(student).map { $0.enlarged(by: enlargement) } == shapes(engine.graph),
      "its outputs \(shapes(student)) cannot be learnt from those of \(model.configuration.name), "
        + "\(shapes(engine.graph)): they need the same input, joints and features. The size of a larger input is "
        + "train.teacher.input")
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

extension [Int] {
  /// The shape of maps `N x K x H x W` of so many times the height and width; any other shape as it is.
  fileprivate func enlarged(by factor: Int) -> [Int] {
    count == 4 ? [self[0], self[1], self[2] * factor, self[3] * factor] : self
  }
}

extension Tensor {
  /// Of maps `N x K x H x W` the pixels of every so many rows and columns.
  fileprivate func everyPixel(of stride: Int) throws(TensorError) -> Tensor {
    guard stride > 1, shape.count == 4 else { return self }
    let (height, width) = (shape[2], shape[3])
    let values = floats
    var kept: [Float] = []
    kept.reserveCapacity(values.count / (stride * stride))
    for row in Swift.stride(from: 0, to: shape[0] * shape[1] * height, by: stride) {
      for column in Swift.stride(from: 0, to: width, by: stride) { kept.append(values[row * width + column]) }
    }
    return try Tensor(shape: [shape[0], shape[1], height / stride, width / stride], kept)
  }
}
