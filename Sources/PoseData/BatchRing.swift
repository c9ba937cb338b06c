import Dispatch
import Synchronization

/// Where threads write batches and one reader takes them, in a ring of as many batches as may be ahead.
final class BatchRing: @unchecked Sendable {
  // A batch's memory belongs to the threads that hold its rows until all of them are made, then to the reader.
  private let source: SampleSource
  private let batches: BatchSampler
  private let policy: SampleLoader.DamagePolicy
  private let slots: [Slot]
  /// Counts slots that the next batch may be written to.
  private let free = DispatchSemaphore(value: 0)
  private let cursor: Mutex<Cursor>
  private let isStopped = Atomic<Bool>(false)
  /// Batches that the reader has had.
  private var taken = 0

  private final class Slot {
    let memory: BatchMemory
    let ready = DispatchSemaphore(value: 0)
    let work = Mutex(Work())

    init(_ memory: BatchMemory) { self.memory = memory }
  }

  /// What is known of a batch.
  private struct Work {
    var indices: [Int] = []
    var remaining = 0
    var replacements: [SampleBatch.Replacement] = []
    /// Of the first row that has one.
    var failure: (row: Int, error: LoaderError)?
  }

  /// The next row that nobody makes yet.
  private struct Cursor {
    var position: LoaderPosition
    var row = 0
    /// Batches begun before this one.
    var begun = 0
    /// The order of the position's epoch; empty where it is not known yet.
    var order: [Int] = []

    mutating func advance(past rows: Int, batches: Int) {
      row += 1
      guard row == rows else { return }
      (row, begun, position.batch) = (0, begun + 1, position.batch + 1)
      guard position.batch == batches else { return }
      position = LoaderPosition(epoch: position.epoch + 1)
      order = []
    }
  }

  private struct RowTask {
    let slot: Slot
    let epoch: Int
    let row: Int
    let sample: Int
  }

  init(
    _ source: SampleSource, batches: BatchSampler, policy: SampleLoader.DamagePolicy, depth: Int,
    start: LoaderPosition
  ) {
    self.source = source
    self.batches = batches
    self.policy = policy
    let rows = min(batches.batchSize, batches.sampler.countPerEpoch)
    slots = (0..<depth).map { _ in Slot(BatchMemory(source, batchSize: rows)) }
    cursor = Mutex(Cursor(position: start))
    for _ in slots { free.signal() }
  }

  /// Makes one sample after another until the ring is stopped.
  func work(_ maker: any SampleMaker) {
    while let task = nextTask() {
      var sample = task.sample
      var damage: (path: String, reason: String)?
      var failure: LoaderError?
      var stream = batches.sampler.root.streams(epoch: task.epoch, sample: task.sample).epoch.split(2)
      var attempts = 0
      while true {
        do {
          try maker.make(sample, epoch: task.epoch, into: task.slot.memory.row(task.row))
          break
        } catch {
          attempts += 1
          let path = source.picture(of: sample)
          damage = damage ?? (path, "\(error)")
          failure =
            policy == .refuse
            ? .picture(path: path, reason: "\(error)")
            : attempts == 100 ? .tooManyDamaged(path: path, attempts: attempts, reason: "\(error)") : nil
          if failure != nil { break }
          sample = Int(stream.next() % UInt64(source.count))
        }
      }
      finish(task, sample: sample, damage: damage, failure: failure)
    }
  }

  /// Lends the next batch, once it is whole.
  func withNext<Result>(at position: LoaderPosition, _ body: (SampleBatch) throws -> Result) throws -> Result {
    let slot = slots[taken % slots.count]
    slot.ready.wait()
    taken += 1
    defer { free.signal() }
    let work = slot.work.withLock { $0 }
    if let failure = work.failure { throw failure.error }
    return try body(
      slot.memory.batch(
        position, indices: work.indices, replacements: work.replacements.sorted { $0.row < $1.row }))
  }

  /// Lets the threads end after the sample that each is making.
  func stop() {
    isStopped.store(true, ordering: .releasing)
    // One thread at most waits here, the others behind it.
    free.signal()
  }

  private func nextTask() -> RowTask? {
    cursor.withLock { cursor in
      if isStopped.load(ordering: .acquiring) { return nil }
      let slot = slots[cursor.begun % slots.count]
      if cursor.order.isEmpty { cursor.order = batches.sampler.indices(epoch: cursor.position.epoch) }
      let indices = cursor.order[batches.range(of: cursor.position.batch)]
      if cursor.row == 0 {
        free.wait()
        if isStopped.load(ordering: .acquiring) { return nil }
        slot.work.withLock { $0 = Work(indices: Array(indices), remaining: indices.count) }
      }
      let task = RowTask(
        slot: slot, epoch: cursor.position.epoch, row: cursor.row, sample: indices[indices.startIndex + cursor.row])
      cursor.advance(past: indices.count, batches: batches.perEpoch)
      return task
    }
  }

  private func finish(
    _ task: RowTask, sample: Int, damage: (path: String, reason: String)?, failure: LoaderError?
  ) {
    let isWhole = task.slot.work.withLock { work in
      if let failure, task.row < work.failure?.row ?? .max { work.failure = (task.row, failure) }
      if let damage {
        work.indices[task.row] = sample
        work.replacements.append(
          .init(row: task.row, picture: damage.path, reason: damage.reason, replacement: sample))
      }
      work.remaining -= 1
      return work.remaining == 0
    }
    if isWhole { task.slot.ready.signal() }
  }
}
