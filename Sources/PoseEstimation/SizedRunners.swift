import PoseCore
import PoseEngine
import Synchronization

/// A network compiled for several sizes of its input, as networks need that see each picture at its own aspect.
///
/// The sizes that were used last stay compiled.
final class SizedRunners: Sendable {
  /// For the input that the configuration names.
  let configured: NetworkRunner
  private let model: Model
  private let options: PoseEstimator.Options
  /// The size that was used last comes last.
  private let others = Mutex<[(size: Size, runner: NetworkRunner)]>([])

  /// How many sizes stay compiled beside the configuration's: pictures of a folder mostly have a few shapes.
  private static let kept = 4

  init(_ model: Model, _ options: PoseEstimator.Options) throws {
    (self.model, self.options) = (model, options)
    configured = NetworkRunner(
      try Engine(model.graph, model.checkpoint, options), encoding: model.configuration.image.encoding)
  }

  /// The network for an input of a size.
  ///
  /// - Throws: `ConfigurationError` where the network cannot have such an input, `EngineError` where it takes too much memory.
  func callAsFunction(_ size: Size) throws -> NetworkRunner {
    if size == configured.input { return configured }
    let known = others.withLock { others -> NetworkRunner? in
      guard let index = others.firstIndex(where: { $0.size == size }) else { return nil }
      others.append(others.remove(at: index))
      return others.last?.runner
    }
    if let known { return known }
    var configuration = model.configuration
    configuration.model.input = size
    let runner = NetworkRunner(
      try Engine(configuration.graph(), model.checkpoint, options), encoding: configuration.image.encoding)
    others.withLock { others in
      if others.count >= Self.kept { others.removeFirst() }
      others.append((size, runner))
    }
    return runner
  }
}
