import Dispatch
import PoseCore

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Makes batches in threads of its own, a few ahead of who takes them.
///
/// Order and content depend on the seed and the position alone, not on how many threads there are. Samples are written
/// where the batch is read: nothing is copied.
///
/// ```swift
/// let loader = try SampleLoader(samples, recipe: recipe, seed: 1)
/// for _ in 0..<loader.batchesPerEpoch {
///   try loader.withNextBatch { batch in train(on: batch) }
/// }
/// let saved = loader.position  // and later: SampleLoader(samples, recipe: recipe, seed: 1, startingAt: saved)
/// ```
public final class SampleLoader {
  public struct Options: Sendable {
    /// Samples in a batch.
    public var batchSize = 64
    /// Threads; nil for one a processor.
    public var workers: Int?
    /// Batches that are ready or being made, at most.
    package var queueDepth = 3
    /// Whether each epoch has an order of its own.
    public var shuffles = true
    /// Whether an epoch's last batch is left out where it is not full.
    public var dropsLast = false
    /// What happens to pictures that cannot be read.
    public var damagedPictures = DamagePolicy.refuse
    /// Which part of the dataset this process takes.
    public var shard = Shard.whole

    public init() {}
  }

  public enum DamagePolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// The batch throws.
    case refuse
    /// Another sample, the same each time, stands in, and the batch says so.
    case replace
  }

  public let batchesPerEpoch: Int
  /// The batch that comes next: enough, with the seed, to go on from here.
  public private(set) var position: LoaderPosition

  private let ring: BatchRing
  private let workers = DispatchGroup()

  /// Starts its threads at once.
  ///
  /// - Throws: ``LoaderError`` where there are no samples or an option makes no sense.
  public convenience init(
    _ samples: [TrainingSample], recipe: SampleRecipe, seed: UInt64, options: Options = Options(),
    startingAt position: LoaderPosition = LoaderPosition()
  ) throws(LoaderError) {
    guard recipe.skeleton.joints.count == recipe.encoder.joints else {
      throw LoaderError.unusable(
        reason:
          "\(recipe.skeleton.name) has \(recipe.skeleton.joints.count) joints, the targets \(recipe.encoder.joints)")
    }
    try self.init(SampleSource(samples, recipe: recipe), seed: seed, options: options, startingAt: position)
  }

  /// Starts its threads at once.
  ///
  /// - Throws: ``LoaderError`` where there are no samples or an option makes no sense.
  public init(
    _ source: SampleSource, seed: UInt64, options: Options = Options(),
    startingAt position: LoaderPosition = LoaderPosition()
  ) throws(LoaderError) {
    func check(_ holds: Bool, _ reason: @autoclosure () -> String) throws(LoaderError) {
      if !holds { throw LoaderError.unusable(reason: reason()) }
    }
    let threads = options.workers ?? ProcessInfo.processInfo.activeProcessorCount
    try check(source.count > 0, "the dataset has no samples")
    try check((1...65536).contains(options.batchSize), "a batch needs 1 to 65536 samples, not \(options.batchSize)")
    try check((1...1024).contains(threads), "a loader needs 1 to 1024 threads, not \(threads)")
    try check((1...1024).contains(options.queueDepth), "a queue needs 1 to 1024 batches, not \(options.queueDepth)")
    let floats = source.inputCount + source.teacherCount + source.targetCounts.reduce(0, +)
    let gigabytes = 4 * Double(floats) * Double(options.batchSize) * Double(options.queueDepth) / 1e9
    try check(
      gigabytes <= 256, "\(options.queueDepth) batches of \(options.batchSize) samples need \(Int(gigabytes)) GB")
    let sampler = Sampler(
      count: source.count, shuffles: options.shuffles, root: RandomStream(seed: seed), shard: options.shard)
    let batches = BatchSampler(sampler: sampler, batchSize: options.batchSize, dropsLast: options.dropsLast)
    try check(batches.perEpoch > 0, "\(source.count) samples fill no batch of \(options.batchSize)")
    try check(
      (0..<1 << 40).contains(position.epoch) && (0..<batches.perEpoch).contains(position.batch),
      "there is no batch \(position.batch) in epoch \(position.epoch): an epoch has \(batches.perEpoch)")
    batchesPerEpoch = batches.perEpoch
    self.position = position
    ring = BatchRing(
      source, batches: batches, policy: options.damagedPictures, depth: options.queueDepth,
      start: position)
    for number in 0..<threads {
      DispatchQueue(label: "samples \(number)").async(group: workers) { [ring] in
        ring.work(source.maker(seed))
      }
    }
  }

  deinit {
    ring.stop()
    workers.wait()
  }

  /// Lends the next batch, waiting for it where it is not ready; epochs follow each other without end.
  ///
  /// - Throws: what `body` throws, and ``LoaderError`` where a picture cannot be read and may not be replaced; the next
  ///   call goes on with the batch after.
  public func withNextBatch<Result>(_ body: (SampleBatch) throws -> Result) throws -> Result {
    defer {
      position.batch += 1
      if position.batch == batchesPerEpoch { position = LoaderPosition(epoch: position.epoch + 1) }
    }
    return try ring.withNext(at: position, body)
  }
}

/// Why samples cannot be loaded.
public enum LoaderError: UserError {
  /// A dataset or an option that makes no sense.
  case unusable(reason: String)
  /// A picture that cannot be read.
  case picture(path: String, reason: String)
  /// So many samples in a row could not be read that something else must be wrong.
  case tooManyDamaged(path: String, attempts: Int, reason: String)

  public var description: String {
    switch self {
    case .unusable(let reason): "no batches can be made: \(reason)"
    case .picture(_, let reason): "\(reason), or let the loader replace damaged pictures"
    case .tooManyDamaged(let path, let attempts, let reason):
      "\(attempts) pictures in a row cannot be read, the first '\(path)': \(reason)"
    }
  }
}
