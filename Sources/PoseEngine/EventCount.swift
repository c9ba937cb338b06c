import CPoseKernels
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A counter that one thread advances and that others wait for (a futex).
///
/// Waiting threads spin for a moment and then sleep, because a spinning thread would occupy the processor that the
/// awaited one may need. The lowest bit of the word says that a thread sleeps, so advancing makes a system call only
/// then.
struct EventCount: @unchecked Sendable {
  /// The distance of two counters in bytes. Processors fetch cache lines in pairs, and a counter shares its pair with
  /// no other.
  static let stride = 128

  // All access is atomic.
  private let word: UnsafeMutablePointer<Atomic<UInt32>>
  /// Nanoseconds, see ``addDelay(_:)``.
  private let delays: UnsafeMutablePointer<Atomic<Int>>

  /// Starts counters at zero, `stride` bytes apart, in memory that outlives them.
  static func counters(in memory: AlignedBuffer<UInt8>) -> [EventCount] {
    (0..<memory.count / stride).map { EventCount(in: UnsafeMutableRawPointer(memory.start + $0 * stride)) }
  }

  private init(in memory: UnsafeMutableRawPointer) {
    word = memory.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
    word.initialize(to: Atomic(0))
    delays = (memory + MemoryLayout<Int>.stride).bindMemory(to: Atomic<Int>.self, capacity: 1)
    delays.initialize(to: Atomic(0))
  }

  /// The count as the advancing thread sees it; it wraps around.
  var count: UInt32 { word.pointee.load(ordering: .relaxed) >> 1 }

  /// Sets the count while no thread advances it or waits for it, and the delay to zero.
  func reset(to count: UInt32) {
    word.pointee.store(count << 1, ordering: .relaxed)
    delays.pointee.store(0, ordering: .relaxed)
  }

  /// Increases the count by one, wakes waiting threads, and returns the new count.
  @discardableResult func advance() -> UInt32 {
    let count = count &+ 1
    let before = word.pointee.exchange(count << 1, ordering: .acquiringAndReleasing)
    if before & 1 == 1 { pose_wake(word) }
    return count
  }

  /// Whether the count has come to a number.
  @inline(__always) func hasReached(_ count: UInt32) -> Bool {
    isReached(word.pointee.load(ordering: .acquiring), count)
  }

  /// Sleeps until the count has come to a number.
  func sleep(until count: UInt32) {
    while true {
      let value = word.pointee.load(ordering: .acquiring)
      if isReached(value, count) { return }
      let marked = value | 1
      guard
        value == marked
          || word.pointee.compareExchange(expected: value, desired: marked, ordering: .relaxed).exchanged
      else { continue }
      pose_wait(word, marked)
    }
  }

  /// Nanoseconds that the advancing thread has slept, waiting for others, since the count was reset.
  var delay: Int { delays.pointee.load(ordering: .relaxed) }

  func addDelay(_ nanoseconds: Int) { delays.pointee.wrappingAdd(nanoseconds, ordering: .relaxed) }

  @inline(__always) private func isReached(_ value: UInt32, _ count: UInt32) -> Bool {
    Int32(bitPattern: value &- count << 1) >= 0
  }
}

/// Checks a condition again and again, for at most so many nanoseconds; false if it did not come true.
@inline(__always) func spin(for limit: Int, until condition: () -> Bool) -> Bool {
  // A pause takes longer than a wait often does.
  for _ in 0..<16 where condition() { return true }
  var start: Int?
  while true {
    for _ in 0..<64 {
      pose_pause()
      if condition() { return true }
    }
    let time = nanoseconds()
    if let start, time - start > limit { return false }
    start = start ?? time
  }
}

/// A clock that only goes forward.
func nanoseconds() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
}
