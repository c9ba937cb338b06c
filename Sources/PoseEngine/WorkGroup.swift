import Synchronization

/// Work that several threads do together: every worker runs its own part of every stage and waits for the others at a
/// barrier between stages.
///
/// The division into parts depends only on their number, and the result does not depend on that.
protocol ParallelTask: AnyObject {
  func run(part: Int, of parts: Int, barrier: () -> Void)
}

/// The threads that one engine runs on: the caller's, and others that it borrows for each run.
///
/// A group has one run at a time. A caller that comes meanwhile works alone.
final class WorkGroup: Sendable {
  /// The most threads of a run, the caller's included.
  let count: Int

  private let pool: ThreadPool
  private let barrier: Barrier
  private let isBusy = Atomic<Bool>(false)
  private let size: Mutex<GroupSize>

  init(count: Int, pool: ThreadPool = .shared) {
    self.count = max(count, 1)
    self.pool = pool
    barrier = Barrier(count: self.count)
    size = Mutex(GroupSize(count: self.count))
  }

  /// Runs a task on as many workers as are worth it, and returns when it is done.
  func run(_ task: some ParallelTask) {
    guard !isBusy.exchange(true, ordering: .acquiring) else {
      _ = pool.run(task, workers: 1, barrier: barrier)
      return
    }
    let start = nanoseconds()
    let result = pool.run(task, workers: size.withLock(\.workers), barrier: barrier)
    let elapsed = nanoseconds() - start
    size.withLock { $0.note(workers: result.workers, waited: result.waited, elapsed: elapsed) }
    isBusy.store(false, ordering: .releasing)
  }
}

/// The number of workers that are worth it: fewer while other processes occupy processors.
///
/// A worker that shares its processor keeps all others waiting. Dropping one of n workers costs 1/n of the throughput.
/// If the others spend more than that waiting at barriers, it is faster to use one worker fewer.
private struct GroupSize {
  private(set) var workers: Int

  private let count: Int
  /// The waiting time beyond what a worker is worth, since the last decision.
  private var loss = 0
  private var observed = 0
  /// The number of decisions before a larger group is tried again, and how many of them are left.
  private var patience = 2
  private var left = 0

  /// Nanoseconds between decisions, some time slices of a kernel.
  private static let period = 10_000_000

  init(count: Int) {
    self.count = count
    workers = count
  }

  mutating func note(workers used: Int, waited: Int, elapsed: Int) {
    loss += waited * used - (used - 1) * elapsed
    observed += elapsed
    guard observed > Self.period else { return }
    if loss > 0, used > 1 {
      workers = used - 1
      patience = min(patience * 4, 32)
      left = patience
    } else if workers < count {
      left -= 1
      if left <= 0 {
        workers += 1
        patience = max(patience / 2, 2)
        left = patience
      }
    }
    (loss, observed) = (0, 0)
  }
}
