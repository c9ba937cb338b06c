/// A barrier: nobody goes on before all have come.
///
/// Every member raises a signal of its own and looks at everybody else's, which takes one trip between caches; a shared
/// counter takes one a member.
final class Meeting: @unchecked Sendable {
  // A member writes its own record only; the caller reads and resets them while no run is under way.
  private let memory: UnsafeMutableRawPointer
  private let count: Int
  /// Longer than most members are late when all have a processor.
  private static let spinning = 50_000

  init(count: Int) {
    self.count = count
    memory = .allocate(byteCount: count * Signal.stride, alignment: Signal.stride)
    for member in 0..<count {
      _ = Signal(in: memory + member * Signal.stride)
      (memory + member * Signal.stride + MemoryLayout<Int>.stride).bindMemory(to: Int.self, capacity: 1)
        .initialize(to: 0)
    }
  }

  deinit { memory.deallocate() }

  private func signal(_ member: Int) -> Signal { Signal(at: memory + member * Signal.stride) }

  /// Nanoseconds that a member has waited long.
  private func delay(_ member: Int) -> UnsafeMutablePointer<Int> {
    (memory + member * Signal.stride + MemoryLayout<Int>.stride).assumingMemoryBound(to: Int.self)
  }

  /// Prepares a run of so many members.
  func open(members: Int) {
    let round = signal(0).count
    for member in 0..<members {
      if member > 0 { signal(member).reset(to: round) }
      delay(member).pointee = 0
    }
  }

  func wait(_ member: Int, of members: Int) {
    let round = signal(member).raise()
    wait(member, for: round, of: members)
  }

  /// Says that a member other than the caller will not come any more.
  func leave(_ member: Int) { signal(member).raise() }

  /// Returns when all others have left: what long waits took, in nanoseconds over all members.
  func close(members: Int) -> Int {
    wait(0, for: signal(0).raise(), of: members)
    return (0..<members).reduce(0) { $0 + delay($1).pointee }
  }

  @inline(__always) private func wait(_ member: Int, for round: UInt32, of members: Int) {
    // All at each look, so that their cache lines come together.
    let isComplete = spin(for: Self.spinning) {
      var late = 0
      for other in 0..<members { late &+= signal(other).hasReached(round) ? 0 : 1 }
      return late == 0
    }
    if !isComplete { sleep(member, for: round, of: members) }
  }

  private func sleep(_ member: Int, for round: UInt32, of members: Int) {
    let start = nanoseconds() - Self.spinning
    for other in 0..<members { signal(other).sleep(until: round) }
    delay(member).pointee += nanoseconds() - start
  }
}
