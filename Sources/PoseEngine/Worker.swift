import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One thread of a pool, and its next job.
final class Worker: @unchecked Sendable {
  struct Job {
    // The caller keeps both until the worker has left the barrier.
    unowned(unsafe) let task: any ParallelTask
    unowned(unsafe) let barrier: Barrier
    let part: Int
    let parts: Int
  }

  /// Nanoseconds within which an invited worker must come: longer than a sleeping thread needs when a processor is free.
  static let grace = 100_000
  /// Nanoseconds of spinning before sleep: longer than callers that do nothing else take from one run to the next.
  private static let spinning = 100_000

  private enum Answer: UInt8, AtomicRepresentable { case none, invited, accepted }

  private let answer = Atomic<Answer>(.none)
  // Written before `starts` advances and read after that.
  private var job: Job?
  private let isStopping = Atomic<Bool>(false)
  private let memory: AlignedBuffer<UInt8>
  private let invitations: EventCount
  private let starts: EventCount

  init() {
    memory = AlignedBuffer(count: 2 * EventCount.stride)
    let counters = EventCount.counters(in: memory)
    (invitations, starts) = (counters[0], counters[1])
  }

  func invite() {
    answer.store(.invited, ordering: .releasing)
    invitations.advance()
  }

  var hasAccepted: Bool { answer.load(ordering: .acquiring) == .accepted }

  /// Takes an invitation back; false where it has been accepted.
  func revoke() -> Bool {
    answer.compareExchange(expected: .invited, desired: .none, ordering: .acquiringAndReleasing).exchanged
  }

  /// Lets a worker that has accepted begin.
  func start(_ job: Job) {
    self.job = job
    starts.advance()
  }

  func stop() {
    isStopping.store(true, ordering: .relaxed)
    invitations.advance()
  }

  func serve() {
    var (invitation, begun): (UInt32, UInt32) = (0, 0)
    while true {
      invitation &+= 1
      wait(for: invitation, of: invitations)
      if isStopping.load(ordering: .relaxed) { return }
      let acceptance = answer.compareExchange(
        expected: .invited, desired: .accepted, ordering: .acquiringAndReleasing)
      guard acceptance.exchanged else { continue }
      begun &+= 1
      wait(for: begun, of: starts)
      guard let job else { return }
      let (part, parts) = (job.part, job.parts)
      job.task.run(part: part, of: parts) { job.barrier.wait(part, of: parts) }
      job.barrier.leave(part)
    }
  }

  private func wait(for count: UInt32, of event: EventCount) {
    if !spin(for: Self.spinning, until: { event.hasReached(count) }) { event.sleep(until: count) }
  }
}

/// A thread whose end can be waited for.
struct JoinableThread {
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
