/// In which order an epoch goes through a dataset, by seed and epoch alone.
struct Sampler: Sendable {
  /// How many samples the dataset has; one at least.
  let count: Int
  let shuffles: Bool
  let root: RandomStream
  let shard: Shard

  /// How many of an epoch's samples this process takes: every process as many.
  var countPerEpoch: Int { (count + shard.count - 1) / shard.count }

  /// The samples of one epoch in order.
  func indices(epoch: Int) -> [Int] {
    var all = Array(0..<count)
    if shuffles {
      var stream = root.split(UInt64(truncatingIfNeeded: epoch) &+ 1).split(0)
      all.shuffle(using: &stream)
    }
    // The last processes begin again where the dataset cannot be shared out evenly.
    return (0..<countPerEpoch).map { all[($0 * shard.count + shard.index) % count] }
  }
}

/// Where in training a loader is: the next batch.
public struct LoaderPosition: Sendable, Hashable, Codable {
  public var epoch: Int
  public var batch: Int

  public init(epoch: Int = 0, batch: Int = 0) {
    self.epoch = epoch
    self.batch = batch
  }
}
