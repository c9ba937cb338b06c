import Dispatch
import Synchronization

/// What `transform` makes of 0, 1 and so on, in that order, worked out by all processors.
func concurrentMap<Result: Sendable>(_ count: Int, _ transform: @Sendable (Int) -> Result) -> [Result] {
  // Small enough that no thread waits long for another's last part.
  let length = max(count / 64, 1)
  let parts = (count + length - 1) / length
  let results = Mutex<[Int: [Result]]>([:])
  DispatchQueue.concurrentPerform(iterations: parts) { part in
    let transformed = (part * length..<min((part + 1) * length, count)).map(transform)
    results.withLock { $0[part] = transformed }
  }
  return results.withLock { results in (0..<parts).flatMap { results[$0] ?? [] } }
}
