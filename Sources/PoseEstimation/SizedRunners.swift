import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseEngine
import PoseGraph
import PoseImage
import Synchronization

/// A network compiled for several sizes of its input, as networks need that see each picture at its own aspect.
///
/// The sizes that were used last stay compiled.
final class SizedRunners: Sendable {
  /// A network for one size of its input.
  struct Runner: Sendable {
    let network: NetworkRunner
    /// The part that looks at one person at a time; nil for networks without.
    let people: Engine?
  }

  /// For the input that the configuration names.
  let configured: Runner
  private let model: Model
  private let options: PoseEstimator.Options
  /// The outputs of the part for one person that are read.
  private let personPorts: [String]
  /// The size that was used last comes last.
  private let others = Mutex<[(size: Size, runner: Runner)]>([])

  /// How many sizes stay compiled beside the configuration's: pictures of a folder mostly have a few shapes.
  private static let kept = 4

  init(_ model: Model, _ options: PoseEstimator.Options, personPorts: [String] = []) throws {
    (self.model, self.options, self.personPorts) = (model, options, personPorts)
    configured = try Runner(model.configuration, model.graph, model.checkpoint, options, personPorts)
  }

  /// The network for an input of a size.
  ///
  /// - Throws: ``EstimationError`` and `ConfigurationError` where the network cannot have such an input, `EngineError` where it
  ///   takes too much memory.
  func callAsFunction(_ size: Size) throws -> Runner {
    if size == configured.network.input { return configured }
    let known = others.withLock { others -> Runner? in
      guard let index = others.firstIndex(where: { $0.size == size }) else { return nil }
      others.append(others.remove(at: index))
      return others.last?.runner
    }
    if let known { return known }
    let (configuration, graph) = try resized(to: size)
    let runner = try Runner(configuration, graph, model.checkpoint, options, personPorts, like: configured)
    others.withLock { others in
      if others.count >= Self.kept { others.removeFirst() }
      others.append((size, runner))
    }
    return runner
  }

  /// Checks that the network can have inputs of other scales, before the first picture is there.
  ///
  /// - Throws: ``EstimationError`` and `ConfigurationError` where it cannot.
  func check(scales: [Double], _ geometry: InputGeometry) throws {
    let input = configured.network.input
    for scale in scales where scale != 1 {
      // A picture of the input's shape stands for all.
      let placement = geometry.placement(
        of: nil, in: input, input: input, scale: scale, least: scales.min() ?? scale)
      if placement.input != input { _ = try resized(to: placement.input) }
    }
  }

  private func resized(to size: Size) throws -> (configuration: ModelConfiguration, graph: Graph) {
    var configuration = model.configuration
    configuration.model.input = size
    let graph = try configuration.graph()
    do {
      try graph.check(model.checkpoint)
    } catch {
      throw EstimationError.hasFixedInput(network: configuration.name, input: configured.network.input)
    }
    return (configuration, graph)
  }
}

extension SizedRunners.Runner {
  /// - Parameter known: one of another size, whose part for one person is taken where it is the same.
  fileprivate init(
    _ configuration: ModelConfiguration, _ graph: Graph, _ checkpoint: Checkpoint, _ options: PoseEstimator.Options,
    _ personPorts: [String], like known: SizedRunners.Runner? = nil
  ) throws {
    network = NetworkRunner(try Engine(graph, checkpoint, options), encoding: configuration.image.encoding)
    guard !personPorts.isEmpty, let whole = try configuration.personGraph(of: graph) else {
      people = nil
      return
    }
    let part = whole.giving(whole.outputs.filter { personPorts.contains($0.name) })
    if let people = known?.people,
      people.graph.shape(of: people.graph.inputs[0].value) == part.shape(of: part.inputs[0].value)
    {
      self.people = people
    } else {
      people = try Engine(part, checkpoint.part(for: part), options)
    }
  }

  /// What the part for one person gives for each of its inputs; nil where a number is not finite.
  func outputs(ofPeople inputs: [[Float]]) -> [Outputs?] {
    guard let people else { return [] }
    let results = Mutex([Outputs?](repeating: nil, count: inputs.count))
    people.runEach(inputs.count) { index, run in
      let outputs = inputs[index].withUnsafeBufferPointer { Outputs(of: people.graph, run($0)) }
      results.withLock { $0[index] = outputs }
    }
    return results.withLock { $0 }
  }
}

extension Engine {
  /// A network's engine as an estimator's options want it.
  convenience init(_ graph: Graph, _ checkpoint: Checkpoint, _ options: PoseEstimator.Options) throws {
    try self.init(
      graph, checkpoint, threads: options.threads, kernels: options.kernels, precision: options.precision,
      memoryLimit: options.memoryLimit)
  }
}
