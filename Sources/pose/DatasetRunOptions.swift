import ArgumentParser
import PoseCodecs
import PoseCore
import PoseData
import PoseEngine
import PoseEstimation
import PoseEvaluation
import PoseFormats
import PoseMedia

extension ArgumentHelp {
  /// Of commands that estimate mirror images only where asked to.
  static let flipTest: ArgumentHelp = """
    Estimate the mirror image too and average both. This takes twice as long and is a little more accurate.
    """
}

/// How a command runs a network over a dataset.
struct DatasetRunOptions: ParsableArguments {
  @OptionGroup var compiler: CompilerOptions

  @Option(help: "How JPEGs are decoded: exact, or reduced to 1/2, 1/4 or 1/8 of their size where crops allow it.")
  var decoding = Decoding.exact

  @OptionGroup var pictures: PictureOptions

  @Flag(help: "Stop at the first entry or picture that cannot be used. By default it is left out and reported.")
  var strict = false

  @OptionGroup var threads: ThreadsOption

  /// What becomes of entries and pictures that cannot be used.
  var bad: BadRecords { strict ? .refuse : .skip }

  /// - Parameters:
  ///   - decoder: nil for the model's own.
  ///   - flipTest: whether the mirror images are estimated too.
  ///   - scales: the sizes of the network's inputs beside the configured one.
  func pipeline(
    _ model: Model, decoder: (any KeypointDecoder)? = nil, flipTest: Bool, scales: [Double] = [1]
  ) throws -> PosePipeline {
    var options = compiler.estimator
    options.decoder = decoder
    (options.flipTest, options.scales) = (flipTest, scales)
    // Evaluation wants everybody, however unsure.
    options.threshold = 0
    // Pictures run side by side.
    options.threads = 1
    // Datasets say where people are, so no detector has to be loaded.
    return try PoseEstimator(model: .model(model), detector: .wholePicture, options: options).pipeline
  }

  /// - Parameters:
  ///   - degradation: what happens to the pictures around people; nil for nothing.
  /// - Throws: ``InputError`` where no picture could be used.
  func run(
    _ pipeline: PosePipeline, on dataset: Dataset, degradation: PersonDegradation? = nil, shard: Shard = .whole
  ) throws -> DatasetRun {
    var progress = Progress(total: shard.pictures(of: dataset))
    defer { progress.finish() }
    let run = try DatasetRun(
      pipeline, dataset, degradation: degradation, shard: shard, threads: threads.count ?? processorCount,
      decoding: decoding,
      pixelLimit: pictures.pixelLimit, bad: bad
    ) { progress.advance() }
    // A network that finds people by itself may find nobody.
    let areAllUnreadable =
      pipeline.network.needsPeople || run.problems.count >= dataset.pictures.indices.count(where: shard.contains)
    if run.estimates.isEmpty, areAllUnreadable, let first = run.problems.first.first {
      throw InputError("no picture could be used; the first: \(first)")
    }
    return run
  }

  /// Looks for people in a dataset's pictures.
  ///
  /// - Parameter detector: should use one thread, as pictures run side by side.
  func run(_ detector: NetworkDetector, on dataset: Dataset, shard: Shard = .whole) throws -> DetectionRun {
    let indices = dataset.pictures.indices.filter(shard.contains)
    var progress = Progress(total: indices.count)
    defer { progress.finish() }
    return try DetectionRun(
      detector, dataset, pictures: indices, threads: threads.count ?? processorCount, decoding: decoding,
      pixelLimit: pictures.pixelLimit, bad: bad
    ) { progress.advance() }
  }
}
