import PoseEngine
import PoseEstimation
import PoseGraph
import PoseTorch

/// A trained network whose heatmaps, and features where they are wanted, another learns to give for the same crops,
/// labelled or not. It runs on the CPU by ``PoseEngine``, several times faster than LibTorch does.
public struct Teacher: Sendable {
  public let model: Model
  private let engine: Engine

  /// - Parameters:
  ///   - features: paths of modules whose results are given after the heatmaps.
  ///   - threads: how many samples run side by side.
  /// - Throws: ``GraphError`` where the teacher has no such module, ``EngineError``.
  public init(_ model: Model, features: [String] = [], threads: Int? = nil) throws {
    self.model = model
    engine = try Engine(model.graph.exposing(resultsOf: features), model.checkpoint, threads: threads)
  }

  /// What the teacher gives for a batch.
  public func callAsFunction(_ input: Tensor) throws -> [Tensor] { try engine(input).map(\.tensor) }

  /// The teacher's weights with norms that keep the statistics of these inputs, for a student to start from.
  public func weights(on inputs: [TorchTensor]) throws -> Checkpoint {
    let network = try TrainableNetwork(model.graph, model.checkpoint)
    try network.renewNormStatistics(on: inputs)
    return try network.checkpoint()
  }
}
