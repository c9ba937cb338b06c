import CPoseKernels
import Synchronization

/// The number of processors that this process may use.
var processorCount: Int { max(pose_processors(), 1) }

/// The threads that the work groups of a process borrow, so that together they never run more than there are processors.
///
/// Callers count, too: they run in any case and leave that many fewer processors to the others. Threads start when they
/// are first needed and sleep when they are not.
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
    // Larger groups would spend their time at barriers.
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

  /// Whether no task runs.
  var isIdle: Bool {
    running.load(ordering: .acquiring) == 0
      && idle.load(ordering: .acquiring).nonzeroBitCount == threads.withLock { $0.count }
  }

  /// Runs a task on as many workers as processors are free, and at most as many as asked for.
  ///
  /// - Parameter barrier: the workers' barrier, which no other run uses meanwhile.
  /// - Returns: the number of workers, and the nanoseconds that they slept at barriers, all together.
  func run(_ task: some ParallelTask, workers count: Int, barrier: Barrier) -> (workers: Int, waited: Int) {
    let reserved = reserve(count)
    defer { running.wrappingSubtract(reserved, ordering: .releasing) }
    let helpers = gather(borrow(reserved - 1))
    defer { idle.bitwiseOr(helpers, ordering: .releasing) }
    let parts = 1 + helpers.nonzeroBitCount
    guard parts > 1 else {
      task.run(part: 0, of: 1) {}
      return (1, 0)
    }
    barrier.open(workers: parts)
    for (part, worker) in zip(1..., Workers(helpers)) {
      workers[worker].start(Worker.Job(task: task, barrier: barrier, part: part, parts: parts))
    }
    task.run(part: 0, of: parts) { barrier.wait(0, of: parts) }
    return (parts, barrier.close(workers: parts))
  }

  /// Invites workers and returns those that come. A worker that sleeps while another process occupies its processor is
  /// not waited for.
  private func gather(_ invited: UInt64) -> UInt64 {
    for worker in Workers(invited) { workers[worker].invite() }
    _ = spin(for: Worker.grace) { Workers(invited).allSatisfy { workers[$0].hasAccepted } }
    var (helpers, absent) = (invited, UInt64(0))
    for worker in Workers(invited) where workers[worker].revoke() { absent |= 1 << UInt64(worker) }
    helpers &= ~absent
    if absent != 0 { idle.bitwiseOr(absent, ordering: .releasing) }
    return helpers
  }

  /// Counts the caller, and helpers for which processors are free, as running.
  private func reserve(_ workers: Int) -> Int {
    var before = running.load(ordering: .relaxed)
    while true {
      let reserved = max(min(workers, processors - before), 1)
      let result = running.compareExchange(expected: before, desired: before + reserved, ordering: .relaxed)
      if result.exchanged { return reserved }
      before = result.original
    }
  }

  /// Takes so many idle workers, or fewer if there are no more. The first ones come first since they are likely awake.
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
        // Groups stay smaller if the system refuses a thread.
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
