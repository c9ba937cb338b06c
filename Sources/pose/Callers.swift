import Dispatch
import Synchronization

/// Runs the same work on so many threads at once, and returns what each returned.
func concurrently<Result: Sendable>(_ count: Int, _ work: @escaping @Sendable (Int) -> Result) -> [Result] {
  if count <= 1 { return [work(0)] }
  let results = Mutex<[Int: Result]>([:])
  let group = DispatchGroup()
  for index in 0..<count {
    // Each queue has its own thread; a shared one would have no more than there are processors.
    DispatchQueue(label: "caller \(index)").async(group: group) {
      let result = work(index)
      results.withLock { $0[index] = result }
    }
  }
  group.wait()
  return results.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }
}

/// Runs two things at once. Where both throw, the first's error is thrown.
func concurrently<First: Sendable, Second>(
  _ first: @escaping @Sendable () throws -> First, _ second: () throws -> Second
) throws -> (First, Second) {
  let outcome = Mutex<Result<First, any Error>?>(nil)
  let group = DispatchGroup()
  DispatchQueue.global().async(group: group) {
    let result = Result(catching: first)
    outcome.withLock { $0 = result }
  }
  let other = Result(catching: second)
  group.wait()
  let value = try outcome.withLock { $0 }?.get() ?? first()
  return (value, try other.get())
}
