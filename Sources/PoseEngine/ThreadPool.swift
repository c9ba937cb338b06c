import CPoseKernels
import Synchronization

/// The processors that this process may use.
var processorCount: Int { max(pose_processors(), 1) }

/// Threads that the teams of a process borrow, so that together they never run more than there are processors.
///
/// Callers count too: they run in any case, and leave that many fewer to the others. Threads start when they are first
/// needed and sleep when nobody needs them.
final class ThreadPool: Sendable {
  static let shared = ThreadPool(processors: processorCount)

  /// Threads that may run at once, callers among them.
  let processors: Int

  private let workers: [Worker]
  private let running = Atomic<Int>(0)
  /// A bit for each worker that waits for work.
  private let idle = Atomic<UInt64>(0)
  private let isComplete: Atomic<Bool>
  private let threads = Mutex<[JoinableThread]>([])

  init(processors: Int) {
    // Larger teams would spend their time meeting.
    let count = min(max(processors, 1), UInt64.bitWidth + 1)
    self.processors = max(processors, 1)
    workers = (1..<count).map { _ in Worker() }
    isComplete = Atomic(count == 1)
  }

  deinit {
    threads.withLock { threads in
      for (worker, thread) in zip(workers, threads) {
        worker.stop()
        thread.join()
      }
    }
  }

  /// Whether nobody runs.
  var isIdle: Bool {
    running.load(ordering: .acquiring) == 0
      && idle.load(ordering: .acquiring).nonzeroBitCount == threads.withLock { $0.count }
  }

  /// Runs the work with as many members as processors are free, and at most as many as asked for.
  ///
  /// - Parameter meeting: where they meet, nobody else's while they run.
  /// - Returns: how many members there were, and the nanoseconds that they waited long for each other, all together.
  func run(_ work: some TeamWork, members: Int, meeting: Meeting) -> (members: Int, waited: Int) {
    let reserved = reserve(members)
    defer { running.wrappingSubtract(reserved, ordering: .releasing) }
    let helpers = gather(borrow(reserved - 1))
    defer { idle.bitwiseOr(helpers, ordering: .releasing) }
    let parts = 1 + helpers.nonzeroBitCount
    guard parts > 1 else {
      work.run(part: 0, of: 1) {}
      return (1, 0)
    }
    meeting.open(members: parts)
    for (part, worker) in zip(1..., Workers(helpers)) {
      workers[worker].start(Worker.Job(work: work, meeting: meeting, part: part, parts: parts))
    }
    work.run(part: 0, of: parts) { meeting.wait(0, of: parts) }
    return (parts, meeting.close(members: parts))
  }

  /// Invites workers and returns those that come. Who sleeps where another process holds the processor is not waited
  /// for.
  private func gather(_ invited: UInt64) -> UInt64 {
    for worker in Workers(invited) { workers[worker].invite() }
    _ = spin(for: Worker.grace) { Workers(invited).allSatisfy { workers[$0].hasAccepted } }
    var (helpers, absent) = (invited, UInt64(0))
    for worker in Workers(invited) where workers[worker].revoke() { absent |= 1 << UInt64(worker) }
    helpers &= ~absent
    if absent != 0 { idle.bitwiseOr(absent, ordering: .releasing) }
    return helpers
  }

  /// Counts the caller, and helpers that processors are free for, as running.
  private func reserve(_ members: Int) -> Int {
    var before = running.load(ordering: .relaxed)
    while true {
      let reserved = max(min(members, processors - before), 1)
      let result = running.compareExchange(expected: before, desired: before + reserved, ordering: .relaxed)
      if result.exchanged { return reserved }
      before = result.original
    }
  }

  /// Takes so many idle workers, or fewer where no more can be had. The first ones first: they are likely awake.
  private func borrow(_ count: Int) -> UInt64 {
    guard count > 0 else { return 0 }
    var before = idle.load(ordering: .relaxed)
    while true {
      if before.nonzeroBitCount < count, !isComplete.load(ordering: .relaxed) {
        start(count - before.nonzeroBitCount)
        before = idle.load(ordering: .relaxed)
      }
      var after = before
      for _ in 0..<count { after &= after &- 1 }
      let result = idle.compareExchange(expected: before, desired: after, ordering: .acquiring)
      if result.exchanged { return before & ~after }
      before = result.original
    }
  }

  private func start(_ count: Int) {
    threads.withLock { threads in
      for (index, worker) in workers.enumerated().dropFirst(threads.count).prefix(count) {
        // Where no thread can be had, teams stay smaller.
        guard let thread = JoinableThread({ worker.serve() }) else {
          isComplete.store(true, ordering: .relaxed)
          return
        }
        threads.append(thread)
        idle.bitwiseOr(1 << UInt64(index), ordering: .relaxed)
      }
      if threads.count == workers.count { isComplete.store(true, ordering: .relaxed) }
    }
  }
}

/// The set bits of a word, as indices of workers.
private struct Workers: Sequence, IteratorProtocol {
  private var bits: UInt64
  init(_ bits: UInt64) { self.bits = bits }
  mutating func next() -> Int? {
    guard bits != 0 else { return nil }
    defer { bits &= bits - 1 }
    return bits.trailingZeroBitCount
  }
}
