import CPoseKernels
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

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
  private let threads = Mutex<[Thread]>([])

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
        guard let thread = Thread({ worker.serve() }) else {
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

/// One thread of a pool, and what it is to do next.
private final class Worker: @unchecked Sendable {
  struct Job {
    // The caller keeps both until the member has left the meeting.
    unowned(unsafe) let work: any TeamWork
    unowned(unsafe) let meeting: Meeting
    let part: Int
    let parts: Int
  }

  /// Nanoseconds that an invited worker has to come: longer than a sleeping thread needs when a processor is free.
  static let grace = 100_000
  /// Nanoseconds of spinning before sleep: longer than callers with nothing else to do take from one run to the next.
  private static let spinning = 100_000

  private enum Answer: UInt8, AtomicRepresentable { case none, invited, accepted }

  private let answer = Atomic<Answer>(.none)
  // Written before `starts` is raised and read after that.
  private var job: Job?
  private let isStopping = Atomic<Bool>(false)
  private let memory: UnsafeMutableRawPointer
  private let invitations: Signal
  private let starts: Signal

  init() {
    memory = .allocate(byteCount: 2 * Signal.stride, alignment: Signal.stride)
    invitations = Signal(in: memory)
    starts = Signal(in: memory + Signal.stride)
  }

  deinit { memory.deallocate() }

  func invite() {
    answer.store(.invited, ordering: .releasing)
    invitations.raise()
  }

  var hasAccepted: Bool { answer.load(ordering: .acquiring) == .accepted }

  /// Takes an invitation back; false where it has been accepted.
  func revoke() -> Bool {
    answer.compareExchange(expected: .invited, desired: .none, ordering: .acquiringAndReleasing).exchanged
  }

  /// Lets a worker that has accepted begin.
  func start(_ job: Job) {
    self.job = job
    starts.raise()
  }

  func stop() {
    isStopping.store(true, ordering: .relaxed)
    invitations.raise()
  }

  func serve() {
    var (invitation, begun): (UInt32, UInt32) = (0, 0)
    while true {
      invitation &+= 1
      wait(for: invitation, of: invitations)
      if isStopping.load(ordering: .relaxed) { return }
      let isMeant = answer.compareExchange(
        expected: .invited, desired: .accepted, ordering: .acquiringAndReleasing)
      guard isMeant.exchanged else { continue }
      begun &+= 1
      wait(for: begun, of: starts)
      guard let job else { return }
      let (part, parts) = (job.part, job.parts)
      job.work.run(part: part, of: parts) { job.meeting.wait(part, of: parts) }
      job.meeting.leave(part)
    }
  }

  private func wait(for count: UInt32, of signal: Signal) {
    if !spin(for: Self.spinning, until: { signal.hasReached(count) }) { signal.sleep(until: count) }
  }
}

/// A joinable thread.
private struct Thread: @unchecked Sendable {
  private let handle: pthread_t

  init?(_ body: @escaping @Sendable () -> Void) {
    final class Box {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body))
    #if canImport(Darwin)
      var handle: pthread_t?
      let status = pthread_create(
        &handle, nil,
        {
          Unmanaged<Box>.fromOpaque($0).takeRetainedValue().body()
          return nil
        }, box.toOpaque())
      guard status == 0, let handle else {
        box.release()
        return nil
      }
    #else
      var handle = pthread_t()
      let status = pthread_create(
        &handle, nil,
        { argument in
          if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
          return nil
        }, box.toOpaque())
      guard status == 0 else {
        box.release()
        return nil
      }
    #endif
    self.handle = handle
  }

  func join() { pthread_join(handle, nil) }
}
