import Dispatch
import Synchronization

/// Where threads write batches and one reader takes them, in a ring of as many batches as may be ahead.
final class BatchLine: @unchecked Sendable {
  // A batch's memory belongs to the threads that hold its rows until all of them are made, then to the reader.
  private let samples: [TrainingSample]
  private let recipe: SampleRecipe
  private let plan: BatchPlan
  private let policy: SampleLoader.DamagePolicy
  private let places: [Place]
  /// Counts places that the next batch may be written to.
  private let free = DispatchSemaphore(value: 0)
  private let claims: Mutex<Claim>
  private let isStopped = Atomic<Bool>(false)
  /// Batches that the reader has had.
  private var taken = 0

  private final class Place {
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
  private struct Claim {
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

  private struct Ticket {
    let place: Place
    let epoch: Int
    let row: Int
    let sample: Int
  }

  init(
    _ samples: [TrainingSample], recipe: SampleRecipe, plan: BatchPlan, policy: SampleLoader.DamagePolicy, depth: Int,
    start: LoaderPosition
  ) {
    self.samples = samples
    self.recipe = recipe
    self.plan = plan
    self.policy = policy
    let rows = min(plan.batchSize, plan.order.countPerEpoch)
    places = (0..<depth).map { _ in Place(BatchMemory(recipe, batchSize: rows)) }
    claims = Mutex(Claim(position: start))
    for _ in places { free.signal() }
  }

  /// Makes one sample after another until the line is stopped.
  func work(_ maker: SampleMaker) {
    while let ticket = nextTicket() {
      var sample = ticket.sample
      var damage: (path: String, reason: String)?
      var failure: LoaderError?
      var stream = recipe.streams(plan.order.root, epoch: ticket.epoch, sample: ticket.sample).epoch.split(2)
      var attempts = 0
      while true {
        do {
          try maker.make(samples[sample], index: sample, epoch: ticket.epoch, into: ticket.place.memory.row(ticket.row))
          break
        } catch {
          attempts += 1
          let path = samples[sample].picture
          damage = damage ?? (path, "\(error)")
          failure =
            policy == .refuse
            ? .picture(path: path, reason: "\(error)")
            : attempts == 100 ? .tooManyDamaged(path: path, attempts: attempts, reason: "\(error)") : nil
          if failure != nil { break }
          sample = Int(stream.next() % UInt64(samples.count))
        }
      }
      finish(ticket, sample: sample, damage: damage, failure: failure)
    }
  }

  /// Lends the next batch, once it is whole.
  func withNext<Result>(at position: LoaderPosition, _ body: (SampleBatch) throws -> Result) throws -> Result {
    let place = places[taken % places.count]
    place.ready.wait()
    taken += 1
    defer { free.signal() }
    let work = place.work.withLock { $0 }
    if let failure = work.failure { throw failure.error }
    return try body(
      place.memory.batch(
        position, indices: work.indices, replacements: work.replacements.sorted { $0.row < $1.row }))
  }

  /// Lets the threads end after the sample that each is making.
  func stop() {
    isStopped.store(true, ordering: .releasing)
    // One thread at most waits here, the others behind it.
    free.signal()
  }

  private func nextTicket() -> Ticket? {
    claims.withLock { claim in
      if isStopped.load(ordering: .acquiring) { return nil }
      let place = places[claim.begun % places.count]
      if claim.order.isEmpty { claim.order = plan.order.indices(epoch: claim.position.epoch) }
      let indices = claim.order[plan.range(of: claim.position.batch)]
      if claim.row == 0 {
        free.wait()
        if isStopped.load(ordering: .acquiring) { return nil }
        place.work.withLock { $0 = Work(indices: Array(indices), remaining: indices.count) }
      }
      let ticket = Ticket(
        place: place, epoch: claim.position.epoch, row: claim.row, sample: indices[indices.startIndex + claim.row])
      claim.advance(past: indices.count, batches: plan.perEpoch)
      return ticket
    }
  }

  private func finish(
    _ ticket: Ticket, sample: Int, damage: (path: String, reason: String)?, failure: LoaderError?
  ) {
    let isWhole = ticket.place.work.withLock { work in
      if let failure, ticket.row < work.failure?.row ?? .max { work.failure = (ticket.row, failure) }
      if let damage {
        work.indices[ticket.row] = sample
        work.replacements.append(
          .init(row: ticket.row, picture: damage.path, reason: damage.reason, replacement: sample))
      }
      work.remaining -= 1
      return work.remaining == 0
    }
    if isWhole { ticket.place.ready.signal() }
  }
}
