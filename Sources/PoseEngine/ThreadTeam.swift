import CPoseKernels
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The processors that are there.
var processorCount: Int { max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1) }

/// Something that a team does together: every member runs every step's own part and meets the others between steps.
protocol TeamWork: AnyObject {
  func run(part: Int, of parts: Int, meeting: () -> Void)
}

/// A fixed set of threads, the caller among them. Idle members spin for a moment, then sleep.
///
/// One caller at a time: ``tryRun(_:)`` refuses while the team is busy, and the caller then works alone, so several
/// estimators at once never run more threads than asked for.
final class ThreadTeam: Sendable {
  /// Threads including the caller.
  let count: Int

  private let shared: Shared
  private let isBusy = Atomic<Bool>(false)
  private let members: Mutex<[Thread]>

  init(count: Int) {
    let shared = Shared(count: max(count, 1))
    self.shared = shared
    let started = (1..<max(count, 1)).compactMap { part in
      Thread { shared.serve(part: part) }
    }
    // A member that could not start (a limit on threads) would never arrive at a meeting: then nobody helps.
    if started.count < count - 1 {
      shared.stop()
      for member in started { member.join() }
      self.count = 1
      members = Mutex([])
    } else {
      self.count = max(count, 1)
      members = Mutex(started)
    }
  }

  deinit {
    shared.stop()
    members.withLock { for member in $0 { member.join() } }
  }

  /// Runs the work on all members and returns when it is done; false where the team is busy with other work.
  func tryRun(_ work: some TeamWork) -> Bool {
    guard count > 1, !isBusy.exchange(true, ordering: .acquiring) else { return false }
    shared.run(work)
    isBusy.store(false, ordering: .releasing)
    return true
  }
}

/// What the members and the caller see.
private final class Shared: @unchecked Sendable {
  private let count: Int
  // `work` and `isStopping` are written before `generation` is raised and read after it was seen raised.
  private var work: (any TeamWork)?
  private var isStopping = false
  private let generation = Atomic<Int>(0)
  private let meeting: Meeting
  private let sleepers = Atomic<Int>(0)
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init(count: Int) {
    self.count = count
    meeting = Meeting(count: count)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func run(_ work: some TeamWork) {
    self.work = work
    raise()
    work.run(part: 0, of: count) { meeting.wait() }
    meeting.wait()
    self.work = nil
    // Nobody may leave before the reference is dropped: the next work would race with it.
    meeting.wait()
  }

  func stop() {
    isStopping = true
    raise()
  }

  func serve(part: Int) {
    var seen = 0
    while true {
      seen = sleep(until: seen + 1)
      if isStopping { return }
      work?.run(part: part, of: count) { meeting.wait() }
      meeting.wait()
      meeting.wait()
    }
  }

  private func raise() {
    generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      pthread_mutex_lock(mutex)
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
  }

  private func sleep(until target: Int) -> Int {
    for _ in 0..<4000 {
      if generation.load(ordering: .acquiring) >= target { return target }
      pose_pause()
    }
    pthread_mutex_lock(mutex)
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) < target { pthread_cond_wait(condition, mutex) }
    sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
    return target
  }
}

/// A barrier: nobody goes on before all have come.
private final class Meeting: Sendable {
  private let count: Int
  private let arrived = Atomic<Int>(0)
  private let round = Atomic<Int>(0)

  init(count: Int) { self.count = count }

  func wait() {
    let current = round.load(ordering: .relaxed)
    if arrived.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue == count {
      arrived.store(0, ordering: .relaxed)
      round.store(current + 1, ordering: .releasing)
      return
    }
    var spins = 0
    while round.load(ordering: .acquiring) == current {
      spins += 1
      // With fewer processors than members, the others need ours.
      if spins < 2000 { pose_pause() } else { sched_yield() }
    }
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
