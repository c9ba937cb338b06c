import Dispatch
import Synchronization

/// Maps `0..<count` in parallel and returns the results in order.
package func concurrentMap<Result: Sendable>(_ count: Int, _ transform: @Sendable (Int) -> Result) -> [Result] {
  // The parts are so short that no thread waits long for another to finish its last part.
  let length = max(count / 64, 1)
  let parts = (count + length - 1) / length
  let results = Mutex<[Int: [Result]]>([:])
  DispatchQueue.concurrentPerform(iterations: parts) { part in
    let transformed = (part * length..<min((part + 1) * length, count)).map(transform)
    results.withLock { $0[part] = transformed }
  }
  return results.withLock { results in (0..<parts).flatMap { results[$0] ?? [] } }
}
