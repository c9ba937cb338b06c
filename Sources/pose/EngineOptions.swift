import ArgumentParser
import PoseEngine
import PoseGraph

/// The options of commands that run a network on the CPU.
struct EngineOptions: ParsableArguments {
  @Option(help: "The most threads that one run uses. Defaults to one per processor.")
  var threads: Int?

  @Option(help: "Precision of matrix products: float32, or bfloat16 on CPUs with AVX512-BF16.")
  var precision = Precision.float32

  @Option(
    help: ArgumentHelp(
      "The most memory that the compiled network may take, in bytes, or with a suffix M or G.", valueName: "bytes"))
  var memoryLimit = ByteCount(bytes: Engine.defaultMemoryLimit)

  func validate() throws {
    if let threads, !(1...256).contains(threads) { throw ValidationError("--threads must be 1...256.") }
  }

  /// Compiles a network with these options.
  func engine(_ graph: Graph, _ checkpoint: Checkpoint) throws -> Engine {
    try Engine(graph, checkpoint, threads: threads, precision: precision, memoryLimit: memoryLimit.bytes)
  }
}
