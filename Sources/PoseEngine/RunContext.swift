import CPoseKernels

/// The memory of one run of a plan, used again by the next.
final class RunContext: TeamWork, @unchecked Sendable {
  // One run at a time has a context; the members of its team write disjoint parts between meetings.
  private let plan: Plan
  private let arena: FloatBlock
  private let results: [FloatBlock]
  private let scratch: FloatBlock
  private let bases: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  private let lent: UnsafeMutableBufferPointer<UnsafeBufferPointer<Float>>
  private let members: Int

  /// - Parameter members: the most threads that will run together.
  init(_ plan: Plan, members: Int = 1) {
    self.plan = plan
    self.members = max(members, 1)
    arena = FloatBlock(count: plan.memory.arenaCount)
    results = plan.outputCounts.map(FloatBlock.init(count:))
    scratch = FloatBlock(count: plan.scratchStride * self.members)
    let inputs = plan.inputCounts.count
    bases = .allocate(capacity: 2 + inputs + results.count)
    (bases + Address.arenaBase).initialize(to: arena.start)
    (bases + Address.constantBase).initialize(to: plan.constants.start)
    for index in 0..<inputs { (bases + 2 + index).initialize(to: arena.start) }
    for (index, result) in results.enumerated() { (bases + 2 + inputs + index).initialize(to: result.start) }
    lent = .allocate(capacity: results.count)
    for (index, result) in results.enumerated() {
      lent.initializeElement(at: index, to: UnsafeBufferPointer(start: result.start, count: result.count))
    }
  }

  deinit {
    bases.deallocate()
    lent.deallocate()
  }

  /// The outputs of the last run, in the program's order.
  var outputs: UnsafeBufferPointer<UnsafeBufferPointer<Float>> { UnsafeBufferPointer(lent) }

  /// Lets the next run read an image from the caller's memory, which no step writes.
  func setInput(_ image: UnsafeBufferPointer<Float>) {
    guard let start = image.baseAddress, !plan.inputCounts.isEmpty else { return }
    bases[2] = UnsafeMutablePointer(mutating: start)
  }

  func run(part: Int, of parts: Int, meeting: () -> Void) {
    let flushed = pose_set_flushes_denormals(true)
    let memory = RunMemory(bases: bases, scratch: scratch.start + min(part, members - 1) * plan.scratchStride)
    for step in plan.steps {
      step.run(memory, part, parts)
      meeting()
    }
    if part == 0 {
      for copy in plan.copies { memory[copy.to].update(from: memory[copy.from], count: copy.count) }
    }
    _ = pose_set_flushes_denormals(flushed)
  }
}

extension Plan {
  /// Members' scratch memories lie whole cache lines apart.
  var scratchStride: Int { (scratchCount + 15) / 16 * 16 }
}
