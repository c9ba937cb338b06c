import ArgumentParser
import PoseCodecs
import PoseData
import PoseEngine
import PoseEstimation
import PoseEvaluation
import PoseFormats
import PoseMedia
import Synchronization

/// How a command runs a network over a dataset.
struct DatasetRunOptions: ParsableArguments {
  @Flag(help: "Look at the mirrored picture too and take the mean, as published numbers do: twice the work.")
  var flipTest = false

  @Option(help: "In how many bits to multiply: float32, or bfloat16 where the CPU does.")
  var precision = Precision.float32

  @Option(help: "How faithfully JPEGs are decoded: exact or reduced.")
  var decoding = Decoding.exact

  @Flag(help: "Stop at the first entry or picture that cannot be used, rather than leaving it out.")
  var strict = false

  @Option(help: "Pictures at once; one a processor unless given.")
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be 1...1024.") }
  }

  /// What becomes of entries and pictures that cannot be used.
  var bad: BadRecords { strict ? .refuse : .skip }

  /// - Parameter decoder: nil for the model's own.
  /// - Throws: ``InputError`` where no picture could be used.
  func run(
    _ model: Model, on dataset: Dataset, decoder: HeatmapDecoder? = nil, shard: Shard = .whole
  ) throws -> DatasetRun {
    var options = PoseEstimator.Options()
    options.decoder = decoder
    options.flipTest = flipTest
    options.precision = precision
    // Pictures run side by side.
    options.threads = 1
    let estimator = try PoseEstimator(model: .model(model), options: options)
    let progress = Mutex(Progress(total: shard.pictures(of: dataset)))
    defer { progress.withLock { $0.finish() } }
    let run = try DatasetRun(
      estimator, dataset, shard: shard, threads: threads ?? processorCount, decoding: decoding, bad: bad
    ) { progress.withLock { $0.advance() } }
    if run.estimates.isEmpty, let first = run.problems.first.first {
      throw InputError("no picture could be used; the first: \(first)")
    }
    return run
  }
}
