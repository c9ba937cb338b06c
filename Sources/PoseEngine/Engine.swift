import PoseGraph
import Synchronization

/// Runs a network on the CPU.
///
/// A graph and a checkpoint are compiled once. Compilation folds batch norms into convolutions, fuses activations and
/// residual adds into their producers, turns channel split, concat and shuffle into index tables, and runs chains of
/// per-channel operators channel by channel while the data is in cache. All values share one block of memory that is
/// planned in advance, so running allocates nothing. An engine can be used from many tasks at once.
public final class Engine: Sendable {
  /// The network that this engine runs.
  public let graph: Graph
  /// The precision of matrix products.
  public let precision: Precision
  /// The most threads that one run uses, the caller's included. A run uses fewer while others occupy the processors.
  public var threads: Int { group.count }
  /// The kernels chosen for this CPU: `avx512`, `avx2`, `neon` or `portable`.
  public var kernels: String { plan.kernels.set.rawValue }
  /// The passes of the compiler in the order in which they ran.
  package let passes: [PassSummary]
  /// The memory of one run and of what all runs share. Each further run at the same time adds activations and workspace.
  public var memoryUse: MemoryUse { plan.memoryUse }
  /// The compiled program: a line for each instruction. Instructions after a bar run with the one before, a few planes
  /// at a time.
  package var programDescription: String {
    plan.fusedGroups.map { $0.cost.listing.joined(separator: "\n| ") }.joined(separator: "\n")
  }

  let plan: Plan
  /// The most images of a batch that run side by side, which the memory limit bounds.
  let imagesAtOnce: Int
  private let memoryLimit: Int
  let group: WorkGroup
  /// The memory of finished runs of all workers, for later ones.
  private let contexts = Mutex<[RunContext]>([])
  /// The same for runs of one worker.
  private let soloContexts = Mutex<[RunContext]>([])

  /// The memory limit unless another one is given: 2 GiB.
  public static let defaultMemoryLimit = 2 << 30

  /// Compiles a network.
  ///
  /// - Parameters:
  ///   - threads: the most threads that a run uses; nil for one per processor. There are never more than processors.
  ///   - kernels: the instruction set to use; nil for the best that this CPU has.
  ///   - precision: the precision of matrix products; less than float32 is faster and less exact.
  ///   - memoryLimit: the most bytes that packed weights, activations and workspaces may take. Images of a batch run
  ///     side by side as far as the limit allows.
  /// - Throws: ``CheckpointMismatch`` if the weights belong to another network, ``EngineError`` if the network cannot be
  ///   run, takes more memory, or needs kernels that this CPU does not have.
  public init(
    _ graph: Graph, _ checkpoint: Checkpoint, threads: Int? = nil, kernels: KernelSet? = nil,
    precision: Precision = .float32, memoryLimit: Int = Engine.defaultMemoryLimit
  ) throws {
    guard graph.inputs.count == 1 else { throw EngineError.wrongInputCount(graph.inputs.count) }
    try MemoryBudget(limit: memoryLimit).check(graph)
    guard let kernels = Kernels(kernels) else { throw EngineError.noKernels(kernels ?? .portable) }
    guard precision == .float32 || (precision.isAvailable && kernels.set == .avx512) else {
      throw EngineError.noPrecision(precision)
    }
    let constants = Pass.foldConstants(kernels: kernels, memoryLimit: memoryLimit)
    let (program, passes) = try Program(graph, checkpoint).applying(Pass.pipeline(constants: constants))
    let workers = min(max(threads ?? processorCount, 1), 256)
    self.graph = graph
    self.precision = precision
    self.passes = passes
    self.memoryLimit = memoryLimit
    plan = try Plan(program, kernels: kernels, precision: precision, workers: workers, memoryLimit: memoryLimit)
    let perImage = plan.memoryUse.activations + plan.memoryUse.workspace / workers
    imagesAtOnce = max((memoryLimit - plan.memoryUse.total) / max(perImage, 1), 1)
    group = WorkGroup(count: workers)
  }

  /// Runs the network on a batch and returns its outputs in the graph's order. An output that no image changes is
  /// returned once, not for each image.
  ///
  /// - Parameter input: floats, `N x C x H x W` as the graph's input with any `N`.
  /// - Throws: ``EngineError`` if the shape is another, or if the outputs of so many images exceed the memory limit.
  public func callAsFunction(_ input: Tensor) throws -> [(name: String, tensor: Tensor)] {
    let expected = graph.shape(of: graph.inputs[0].value)
    guard input.shape.count == expected.count, input.shape.dropFirst() == expected.dropFirst(),
      input.type.isFloatingPoint
    else { throw EngineError.wrongInput(expected: expected, actual: input.shape, type: input.type) }
    let batch = input.shape[0]
    let counts = graph.outputs.map { Tensor.count(of: graph.shape(of: $0.value)) ?? 0 }
    let copies = graph.outputs.map { graph.values[$0.value].isBatched ? batch : 1 }
    // The outputs are collected in one block and returned in another.
    let outputs = zip(counts, copies).map { MemoryBudget.bytes($0, MemoryBudget.bytes($1, of: Double.self)) }
    try MemoryBudget(limit: memoryLimit).check(bytes: outputs.reduce(memoryUse.total, MemoryBudget.sum))
    let results = BatchResults(counts: counts, copies: copies)
    input.withFloats { images in
      let perImage = images.count / max(batch, 1)
      // Each run reads its own image and writes its own part of the results.
      nonisolated(unsafe) let (images, results) = (images, results)
      runEach(batch) { index, run in
        results.set(index, run(UnsafeBufferPointer(rebasing: images[index * perImage..<(index + 1) * perImage])))
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
  ///   - image: exactly the input's floats, `C x H x W`.
  ///   - body: reads the outputs' floats in the graph's order; they are valid only while it runs.
  /// - Throws: ``EngineError`` if the number of floats is not the input's, and what `body` throws.
  public func withOutputs<Result>(
    of image: UnsafeBufferPointer<Float>, _ body: (UnsafeBufferPointer<UnsafeBufferPointer<Float>>) throws -> Result
  ) throws -> Result {
    try checkCount(of: image)
    return try run(image, body)
  }

  func checkCount(of image: UnsafeBufferPointer<Float>) throws(EngineError) {
    let expected = graph.shape(of: graph.inputs[0].value)
    guard image.count == Tensor.count(of: expected) else {
      throw .wrongInput(expected: expected, actual: [image.count], type: .float32)
    }
  }

  private func run<Result>(
    _ image: UnsafeBufferPointer<Float>, _ body: (UnsafeBufferPointer<UnsafeBufferPointer<Float>>) throws -> Result
  ) rethrows -> Result {
    try withContext(workers: threads) { context in
      context.setInput(image)
      group.run(context)
      return try body(context.outputs)
    }
  }

  /// Lends the memory of a run of as many workers as the group has, or of one.
  func withContext<Result>(workers: Int, _ body: (RunContext) throws -> Result) rethrows -> Result {
    // Two branches, since a `Mutex` cannot be passed on.
    if workers == 1 {
      let context = soloContexts.withLock { $0.popLast() } ?? RunContext(plan, workers: 1)
      defer { soloContexts.withLock { $0.append(context) } }
      return try body(context)
    }
    let context = contexts.withLock { $0.popLast() } ?? RunContext(plan, workers: workers)
    defer { contexts.withLock { $0.append(context) } }
    return try body(context)
  }
}
