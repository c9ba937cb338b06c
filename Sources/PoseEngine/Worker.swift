import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One thread of a pool, and what it is to do next.
final class Worker: @unchecked Sendable {
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
struct JoinableThread: @unchecked Sendable {
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
