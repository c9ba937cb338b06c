import CPoseKernels
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A count that one thread raises and others wait for.
///
/// Who waits spins for a moment and then sleeps: a spinning thread would hold the processor that the awaited one may
/// need. The word's lowest bit says that somebody sleeps, so raising asks the kernel for something only then.
struct Signal: @unchecked Sendable {
  /// Processors fetch cache lines in pairs; a signal shares its pair with nobody.
  static let stride = 128

  // All access is atomic.
  private let word: UnsafeMutablePointer<Atomic<UInt32>>

  /// Starts at zero, in memory that outlives the signal.
  init(in memory: UnsafeMutableRawPointer) {
    word = memory.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
    word.initialize(to: Atomic(0))
  }

  /// The signal that was made in that memory.
  init(at memory: UnsafeMutableRawPointer) { word = memory.assumingMemoryBound(to: Atomic<UInt32>.self) }

  /// As the raising thread sees it; counts wrap around.
  var count: UInt32 { word.pointee.load(ordering: .relaxed) >> 1 }

  /// Sets the count while nobody raises it or waits.
  func reset(to count: UInt32) { word.pointee.store(count << 1, ordering: .relaxed) }

  /// Raises the count by one, wakes who waits for it, and returns it.
  @discardableResult func raise() -> UInt32 {
    let count = count &+ 1
    let before = word.pointee.exchange(count << 1, ordering: .acquiringAndReleasing)
    if before & 1 == 1 { pose_wake(word) }
    return count
  }

  /// Whether the count has been raised so far.
  @inline(__always) func hasReached(_ count: UInt32) -> Bool {
    isReached(word.pointee.load(ordering: .acquiring), count)
  }

  /// Sleeps until the count has been raised so far.
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

  @inline(__always) private func isReached(_ value: UInt32, _ count: UInt32) -> Bool {
    Int32(bitPattern: value &- count << 1) >= 0
  }
}

/// Looks again and again whether something is so, for so many nanoseconds; false where it was not.
@inline(__always) func spin(for limit: Int, until isSo: () -> Bool) -> Bool {
  // A pause takes longer than what is awaited often does.
  for _ in 0..<16 where isSo() { return true }
  var start: Int?
  while true {
    for _ in 0..<64 {
      pose_pause()
      if isSo() { return true }
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
