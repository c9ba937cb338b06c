import Dispatch
import Synchronization

/// Does pieces of work on several threads and hands their results on in their order, on the calling thread.
///
/// Work is ahead of what was handed on by at most two pieces a thread, so a slow piece bounds the memory of those after it.
///
/// - Parameters:
///   - count: how many pieces there are.
///   - threads: the most pieces at once. With one, the calling thread does the work itself.
///   - work: makes the result of an index, on any thread.
///   - body: takes the result of each index, and returns whether to go on. Pieces that were begun are finished first.
package func forEachResult<Result: Sendable>(
  of count: Int, threads: Int, work: @escaping @Sendable (_ index: Int) -> Result,
  _ body: (_ index: Int, Result) throws -> Bool
) rethrows {
  let threads = min(threads, count)
  guard threads > 1 else {
    for index in 0..<count where try !body(index, work(index)) { return }
    return
  }
  let finished = FinishedWork<Result>(ahead: 2 * threads)
  let group = DispatchGroup()
  for number in 0..<threads {
    // Each queue has its own thread; a shared one would have no more than there are processors.
    DispatchQueue(label: "work \(number)").async(group: group) {
      while let index = finished.nextIndex(), index < count { finished.append(work(index), at: index) }
    }
  }
  defer {
    finished.stop(threads)
    group.wait()
  }
  for index in 0..<count where try !body(index, finished.result(at: index)) { return }
}

/// Results that wait for those before them.
private final class FinishedWork<Result: Sendable>: Sendable {
  private let results = Mutex<[Int: Result]>([:])
  private let next = Atomic(0)
  private let isStopped = Atomic(false)
  // Signaled for each piece that may begin, and for each that is finished.
  private let room: DispatchSemaphore
  private let news = DispatchSemaphore(value: 0)

  init(ahead: Int) {
    room = DispatchSemaphore(value: 0)
    for _ in 0..<ahead { room.signal() }
  }

  /// Waits until another piece may begin; nil where none should.
  func nextIndex() -> Int? {
    room.wait()
    return isStopped.load(ordering: .relaxed) ? nil : next.wrappingAdd(1, ordering: .relaxed).oldValue
  }

  func append(_ result: Result, at index: Int) {
    results.withLock { $0[index] = result }
    news.signal()
  }

  /// Waits for a result and takes it out.
  func result(at index: Int) -> Result {
    while true {
      if let result = results.withLock({ $0.removeValue(forKey: index) }) {
        room.signal()
        return result
      }
      news.wait()
    }
  }

  func stop(_ threads: Int) {
    isStopped.store(true, ordering: .relaxed)
    for _ in 0..<threads { room.signal() }
  }
}
