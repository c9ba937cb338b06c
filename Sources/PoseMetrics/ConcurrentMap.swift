import Dispatch
import Synchronization

/// What `transform` makes of each element, in their order, worked out by all processors.
func concurrentMap<Element: Sendable, Result: Sendable>(
  _ elements: [Element], _ transform: @Sendable (Element) -> Result
) -> [Result] {
  // Small enough that no thread waits long for another's last part.
  let length = max(elements.count / 64, 1)
  let parts = (elements.count + length - 1) / length
  let results = Mutex<[Int: [Result]]>([:])
  DispatchQueue.concurrentPerform(iterations: parts) { part in
    let end = min((part + 1) * length, elements.count)
    let transformed = elements[part * length..<end].map(transform)
    results.withLock { $0[part] = transformed }
  }
  return results.withLock { results in (0..<parts).flatMap { results[$0] ?? [] } }
}
