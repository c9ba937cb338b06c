import CPoseKernels

/// The memory of one run of a plan, which later runs use again.
final class RunContext: ParallelTask, @unchecked Sendable {
  // One run at a time has a context, and its workers write disjoint parts of the memory between barriers.
  private let plan: Plan
  private let arena: AlignedBuffer<Float>
  private let results: [AlignedBuffer<Float>]
  private let own: AlignedBuffer<Float>
  /// The bases of each worker, one worker after another.
  private let bases: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  private let baseCount: Int
  private let lent: UnsafeMutableBufferPointer<UnsafeBufferPointer<Float>>
  private let workers: Int

  /// - Parameter workers: the most workers of a run.
  init(_ plan: Plan, workers: Int = 1) {
    self.plan = plan
    self.workers = max(workers, 1)
    arena = AlignedBuffer(count: plan.arenaCount)
    results = plan.outputCounts.map { AlignedBuffer(count: $0) }
    own = AlignedBuffer(count: plan.own.count * self.workers)
    baseCount = Address.inputBase + plan.inputCounts.count + results.count
    bases = .allocate(capacity: baseCount * self.workers)
    for worker in 0..<self.workers {
      let own = own.start + worker * plan.own.count
      let shared = Array(repeating: arena.start, count: plan.inputCounts.count) + results.map(\.start)
      let all =
        [arena.start, plan.constants.start, own, own + plan.own.tileStart, own + plan.own.workerStart] + shared
      (bases + worker * baseCount).initialize(from: all, count: baseCount)
    }
    lent = .allocate(capacity: results.count)
    for (index, result) in results.enumerated() {
      lent.initializeElement(at: index, to: UnsafeBufferPointer(start: result.start, count: result.count))
    }
  }

  deinit {
    bases.deallocate()
    lent.deallocate()
  }

  /// The outputs of the last run in the program's order.
  var outputs: UnsafeBufferPointer<UnsafeBufferPointer<Float>> { UnsafeBufferPointer(lent) }

  /// Lets the next run read an image from the caller's memory, which no instruction writes.
  ///
  /// - Precondition: The network has one input, of as many floats.
  func setInput(_ image: UnsafeBufferPointer<Float>) {
    precondition(
      plan.inputCounts.count == 1 && plan.inputCounts[0] == image.count,
      "an engine whose inputs hold \(plan.inputCounts) floats cannot run on \(image.count)")
    // An empty buffer has no address, and nothing is read from it.
    guard let start = image.baseAddress else { return }
    for worker in 0..<workers { bases[worker * baseCount + Address.inputBase] = UnsafeMutablePointer(mutating: start) }
  }

  func run(part: Int, of parts: Int, barrier: () -> Void) {
    let flushed = pose_set_flushes_denormals(true)
    let memory = memory(of: part)
    for stage in plan.stages {
      stage(memory, part, parts)
      barrier()
    }
    if part == 0 {
      for copy in plan.copies { memory[copy.to].update(from: memory[copy.from], count: copy.count) }
    }
    _ = pose_set_flushes_denormals(flushed)
  }

  func memory(of worker: Int) -> RunMemory {
    RunMemory(
      bases: UnsafePointer(bases + min(worker, workers - 1) * baseCount), tables: UnsafePointer(plan.tables.start))
  }
}
