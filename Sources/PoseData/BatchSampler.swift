/// Which samples each batch of each epoch holds.
struct BatchSampler: Sendable {
  let sampler: Sampler
  let batchSize: Int
  let dropsLast: Bool

  var perEpoch: Int {
    dropsLast ? sampler.countPerEpoch / batchSize : (sampler.countPerEpoch + batchSize - 1) / batchSize
  }

  /// The places of the epoch's order that a batch takes.
  func range(of batch: Int) -> Range<Int> {
    let first = batch * batchSize
    return first..<min(first + batchSize, sampler.countPerEpoch)
  }
}
