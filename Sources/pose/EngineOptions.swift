import ArgumentParser
import PoseEngine
import PoseEstimation
import PoseGraph

/// How any network is compiled for the CPU.
struct CompilerOptions: ParsableArguments {
  @Option(help: "Precision of matrix products: float32, or bfloat16 on CPUs with AVX512-BF16.")
  var precision = Precision.float32

  @Option(
    help: ArgumentHelp(
      "The most memory that the compiled network may take, in bytes, or with a suffix M or G. Defaults to 2G.",
      valueName: "bytes"), transform: ScaledCount.bytes)
  var memoryLimit = ScaledCount(Engine.defaultMemoryLimit, step: 1024)

  /// An estimator's options, the others as they are by default.
  var estimator: PoseEstimator.Options {
    var options = PoseEstimator.Options()
    options.precision = precision
    options.memoryLimit = memoryLimit.count
    return options
  }
}

/// The options of commands that run one network on all threads.
struct EngineOptions: ParsableArguments {
  @OptionGroup var threadsOption: ThreadsOption

  @OptionGroup var compiler: CompilerOptions

  /// Nil for one for each processor.
  var threads: Int? { threadsOption.count }

  var estimator: PoseEstimator.Options {
    var options = compiler.estimator
    options.threads = threads
    return options
  }

  /// Compiles a network with these options.
  func engine(_ graph: Graph, _ checkpoint: Checkpoint) throws -> Engine {
    try Engine(
      graph, checkpoint, threads: threads, precision: compiler.precision, memoryLimit: compiler.memoryLimit.count)
  }
}
