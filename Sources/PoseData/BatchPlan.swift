/// Which samples each batch of each epoch holds.
struct BatchPlan: Sendable {
  let order: SampleOrder
  let batchSize: Int
  let dropsLast: Bool

  var perEpoch: Int {
    dropsLast ? order.countPerEpoch / batchSize : (order.countPerEpoch + batchSize - 1) / batchSize
  }

  /// The places in the epoch's order that a batch covers.
  func range(of batch: Int) -> Range<Int> {
    let first = batch * batchSize
    return first..<min(first + batchSize, order.countPerEpoch)
  }
}
