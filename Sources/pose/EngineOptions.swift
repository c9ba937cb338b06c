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
      "The most memory that the compiled network may take, in bytes, or with a suffix M or G.", valueName: "bytes"))
  var memoryLimit = ByteCount(bytes: Engine.defaultMemoryLimit)

  /// An estimator's options, the others as they are by default.
  var estimator: PoseEstimator.Options {
    var options = PoseEstimator.Options()
    options.precision = precision
    options.memoryLimit = memoryLimit.bytes
    return options
  }
}

/// The options of commands that run one network on all threads.
struct EngineOptions: ParsableArguments {
  @Option(help: "The most threads that one run uses. Defaults to one per processor.")
  var threads: Int?

  @OptionGroup var compiler: CompilerOptions

  func validate() throws {
    if let threads, !(1...256).contains(threads) { throw ValidationError("--threads must be 1...256.") }
  }

  var estimator: PoseEstimator.Options {
    var options = compiler.estimator
    options.threads = threads
    return options
  }

  /// Compiles a network with these options.
  func engine(_ graph: Graph, _ checkpoint: Checkpoint) throws -> Engine {
    try Engine(
      graph, checkpoint, threads: threads, precision: compiler.precision, memoryLimit: compiler.memoryLimit.bytes)
  }
}
