import PoseCore
import PoseGraph
import Synchronization

/// Runs a network on the CPU.
///
/// A graph and a checkpoint are compiled once: batch norms are folded into convolutions, activations applied and sums
/// made where values are made, splits, joins and shuffles of channels turned into addressing, chains of steps that take
/// each plane by itself run plane by plane, and all values planned into one arena. Running allocates nothing.
/// An engine can be used from many tasks at once.
public final class Engine: Sendable {
  /// The network that this engine runs.
  public let graph: Graph
  /// In how many bits it multiplies.
  public let precision: Precision
  /// The most threads that one run uses, the caller's among them; fewer while others hold the processors.
  public var threads: Int { team.count }
  /// The kernels chosen for this CPU: `avx512`, `avx2`, `neon` or `portable`.
  public var kernels: String { plan.kernels.set.rawValue }

  let plan: Plan
  private let team: ThreadTeam
  /// Memory of finished runs, for the next ones.
  private let contexts = Mutex<[RunContext]>([])

  /// Compiles a network.
  ///
  /// - Parameters:
  ///   - threads: the most threads that a run uses; nil for one a processor, and never more.
  ///   - kernels: which kernels to use; nil for the best that this CPU has.
  ///   - precision: in how many bits to multiply; less than float32 is faster and less exact.
  /// - Throws: ``CheckpointMismatch`` where the weights are of another network, ``EngineError`` where the network or
  ///   the wish for kernels cannot be met.
  public init(
    _ graph: Graph, _ checkpoint: Checkpoint, threads: Int? = nil, kernels: KernelSet? = nil,
    precision: Precision = .float32
  ) throws {
    let program = try Program(graph, checkpoint).removingDeadSteps().foldingBatchNorms().joiningShuffles().joiningSums()
      .fusingEnlargements().fusingActivations().joiningTerms().sharingSteps()
    guard let kernels = Kernels(kernels) else { throw EngineError.noKernels(kernels ?? .portable) }
    guard precision == .float32 || (precision.isAvailable && kernels.set == .avx512) else {
      throw EngineError.noPrecision(precision)
    }
    self.graph = graph
    self.precision = precision
    plan = try Plan(program, kernels: kernels, precision: precision)
    team = ThreadTeam(count: min(max(threads ?? processorCount, 1), 256))
  }

  /// Runs the network on a batch and returns its outputs in the graph's order; one that no image changes comes once.
  ///
  /// - Parameter input: float, `N x C x H x W` as the graph's input with any `N`.
  /// - Throws: ``EngineError`` where the shape is another.
  public func callAsFunction(_ input: Tensor) throws -> [(name: String, tensor: Tensor)] {
    let expected = graph.inputs.first.map { graph.shape(of: $0.value) } ?? []
    guard input.shape.count == expected.count, input.shape.dropFirst() == expected.dropFirst(),
      input.type.isFloatingPoint
    else { throw EngineError.wrongInput(expected: expected, actual: input.shape, type: input.type) }
    let batch = input.shape[0]
    let counts = graph.outputs.map { Tensor.count(of: graph.shape(of: $0.value)) ?? 0 }
    let copies = graph.outputs.map { graph.values[$0.value].isBatched ? batch : 1 }
    let results = BatchResults(counts: counts, copies: copies)
    input.withFloats { images in
      let perImage = images.count / max(batch, 1)
      // Whole images side by side as long as there is one for each thread, then all threads on each image.
      let sideBySide = threads > 1 ? batch / threads * threads : 0
      if sideBySide > 0 { team.run(Batch(self, images, count: sideBySide, perImage: perImage, to: results)) }
      for image in sideBySide..<batch {
        run(UnsafeBufferPointer(rebasing: images[image * perImage..<(image + 1) * perImage])) { results.set(image, $0) }
      }
    }
    return try graph.outputs.enumerated().map { index, port in
      let shape =
        graph.values[port.value].isBatched
        ? [batch] + graph.shape(of: port.value).dropFirst() : graph.shape(of: port.value)
      return (port.name, try Tensor(shape: shape, type: .float32, bytes: results.bytes(of: index)))
    }
  }

  /// Runs the network on one image without allocating, and lends its outputs.
  ///
  /// - Parameters:
  ///   - image: the input's floats, `C x H x W`.
  ///   - body: reads the outputs, in the graph's order; they are valid only while it runs.
  /// - Precondition: `image` holds as many floats as the graph's input; fewer are rejected by `Tensor`-based callers.
  func run<Result>(
    _ image: UnsafeBufferPointer<Float>, _ body: (UnsafeBufferPointer<UnsafeBufferPointer<Float>>) throws -> Result
  ) rethrows -> Result {
    try withContext { context in
      context.setInput(image)
      team.run(context)
      return try body(context.outputs)
    }
  }

  /// Lends the memory of a run.
  func withContext<Result>(_ body: (RunContext) throws -> Result) rethrows -> Result {
    let context = contexts.withLock { $0.popLast() } ?? RunContext(plan, members: threads)
    defer { contexts.withLock { $0.append(context) } }
    return try body(context)
  }

  /// The compiled program: a line a step, those that run as one behind a bar.
  public var programDescription: String {
    plan.steps.map { planned in
      planned.steps.map { plan.program.description(of: plan.program.steps[$0]) }.joined(separator: "\n| ")
    }.joined(separator: "\n")
  }
  /// Bytes of memory that one run uses besides the weights.
  public var workingMemory: Int { plan.arenaCount * MemoryLayout<Float>.stride }
}

extension Engine {
  /// Runs the network on one image, as the memory-lending counterpart of ``callAsFunction(_:)``.
  ///
  /// - Parameters:
  ///   - image: exactly the input's floats, `C x H x W`.
  ///   - body: reads the outputs' floats in the graph's order; they are valid only while it runs.
  /// - Throws: ``EngineError`` where the count is another, and what `body` throws.
  public func withOutputs<Result>(
    of image: UnsafeBufferPointer<Float>, _ body: (UnsafeBufferPointer<UnsafeBufferPointer<Float>>) throws -> Result
  ) throws -> Result {
    let expected = graph.inputs.first.map { graph.shape(of: $0.value) } ?? []
    guard image.count == Tensor.count(of: expected) else {
      throw EngineError.wrongInput(expected: expected, actual: [image.count], type: .float32)
    }
    return try run(image, body)
  }
}

/// Why an engine cannot be made or run.
public enum EngineError: UserError, Hashable {
  /// `expected` has extent 1 for any batch.
  case wrongInput(expected: [Int], actual: [Int], type: ScalarType)
  case noKernels(KernelSet)
  case noPrecision(Precision)
  case unsupported(path: String, reason: String)
}

extension EngineError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .wrongInput(let expected, let actual, let type):
      let shape = (["N"] + expected.dropFirst().map(String.init)).joined(separator: " x ")
      return "the network takes floats of \(shape), not \(type) of \(actual.map(String.init).joined(separator: " x "))"
    case .noKernels(let set):
      return "this CPU cannot run the \(set.rawValue) kernels; leave the choice out to have the best that it can"
    case .noPrecision(let precision):
      return "this CPU cannot multiply in \(precision.rawValue); leave the choice out to have float32"
    case .unsupported(let path, let reason):
      return "\(path): \(reason)"
    }
  }
}
