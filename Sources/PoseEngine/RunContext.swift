import CPoseKernels

/// The memory of one run of a plan, used again by the next.
final class RunContext: TeamWork, @unchecked Sendable {
  // One run at a time has a context; the members of its team write disjoint parts between meetings.
  private let plan: Plan
  private let arena: FloatBlock
  private let results: [FloatBlock]
  private let own: FloatBlock
  /// The bases of each member, one member after another.
  private let bases: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  private let baseCount: Int
  private let lent: UnsafeMutableBufferPointer<UnsafeBufferPointer<Float>>
  private let members: Int

  /// - Parameter members: the most threads that will run together.
  init(_ plan: Plan, members: Int = 1) {
    self.plan = plan
    self.members = max(members, 1)
    arena = FloatBlock(count: plan.arenaCount)
    results = plan.outputCounts.map(FloatBlock.init(count:))
    own = FloatBlock(count: plan.own.count * self.members)
    baseCount = Address.inputBase + plan.inputCounts.count + results.count
    bases = .allocate(capacity: baseCount * self.members)
    for member in 0..<self.members {
      let own = own.start + member * plan.own.count
      let shared = Array(repeating: arena.start, count: plan.inputCounts.count) + results.map(\.start)
      let all =
        [arena.start, plan.constants.start, own, own + plan.own.chunkStart, own + plan.own.memberStart] + shared
      (bases + member * baseCount).initialize(from: all, count: baseCount)
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

  /// The outputs of the last run, in the program's order.
  var outputs: UnsafeBufferPointer<UnsafeBufferPointer<Float>> { UnsafeBufferPointer(lent) }

  /// Lets the next run read an image from the caller's memory, which no step writes.
  func setInput(_ image: UnsafeBufferPointer<Float>) {
    guard let start = image.baseAddress, !plan.inputCounts.isEmpty else { return }
    for member in 0..<members { bases[member * baseCount + Address.inputBase] = UnsafeMutablePointer(mutating: start) }
  }

  func run(part: Int, of parts: Int, meeting: () -> Void) {
    let flushed = pose_set_flushes_denormals(true)
    let memory = memory(of: part)
    for level in plan.levels {
      level(memory, part, parts)
      meeting()
    }
    if part == 0 {
      for copy in plan.copies { memory[copy.to].update(from: memory[copy.from], count: copy.count) }
    }
    _ = pose_set_flushes_denormals(flushed)
  }

  func memory(of member: Int) -> RunMemory {
    RunMemory(bases: UnsafePointer(bases + min(member, members - 1) * baseCount), tables: plan.tables.start)
  }
}
