/// A barrier: no worker goes on before all have arrived.
///
/// Every worker advances a counter of its own and looks at all others', which takes one trip between caches; a shared
/// counter would take one for each worker.
final class Barrier: Sendable {
  // A worker writes its own record only; the caller reads and resets all while no run is under way.
  private let memory: AlignedBuffer<UInt8>
  private let arrivals: [EventCount]
  /// Longer than most workers are late when all have a processor.
  private static let spinning = 50_000

  init(count: Int) {
    memory = AlignedBuffer(count: count * EventCount.stride)
    arrivals = EventCount.counters(in: memory)
  }

  /// Prepares a run of so many workers.
  func open(workers: Int) {
    let round = arrivals[0].count
    for worker in 0..<workers { arrivals[worker].reset(to: round) }
  }

  func wait(_ worker: Int, of workers: Int) {
    wait(worker, for: arrivals[worker].advance(), of: workers)
  }

  /// Marks that a worker other than the caller has finished its part of the run.
  func leave(_ worker: Int) { arrivals[worker].advance() }

  /// Returns when all others have left, with the time that workers slept, in nanoseconds over all of them.
  func close(workers: Int) -> Int {
    wait(0, for: arrivals[0].advance(), of: workers)
    return arrivals[..<workers].reduce(0) { $0 + $1.delay }
  }

  @inline(__always) private func wait(_ worker: Int, for round: UInt32, of workers: Int) {
    // All at each look, so that their cache lines come together.
    let isComplete = spin(for: Self.spinning) {
      var late = 0
      for other in 0..<workers { late &+= arrivals[other].hasReached(round) ? 0 : 1 }
      return late == 0
    }
    if !isComplete { sleep(worker, for: round, of: workers) }
  }

  private func sleep(_ worker: Int, for round: UInt32, of workers: Int) {
    let start = nanoseconds() - Self.spinning
    for other in 0..<workers { arrivals[other].sleep(until: round) }
    arrivals[worker].addDelay(nanoseconds() - start)
  }
}
