import Foundation
import PoseConfiguration
import PoseGraph
import PoseTorch

/// Our side of `Benchmarks/training.py`: answers each line, `float32` or `bfloat16`, with the seconds of some steps; on CUDA
/// `recorded` before these words plays the step as a CUDA graph. And of `Benchmarks/compare_training.py`: writes a run's
/// batches. By itself: what the input pipeline costs.
@main
enum BenchTraining {
  static func main() throws {
    if CommandLine.arguments.dropFirst().first == "batches" {
      return try BatchStream(Array(CommandLine.arguments.dropFirst(2))).write()
    }
    if CommandLine.arguments.dropFirst().first == "pipeline" {
      return try PipelineTiming(Array(CommandLine.arguments.dropFirst(2))).run()
    }
    let numbers = CommandLine.arguments.dropFirst().compactMap(Int.init)
    guard numbers.count == 3, numbers.allSatisfy({ $0 > 0 }) else {
      print(
        "usage: bench-training BATCH THREADS STEPS [cuda], or bench-training batches|pipeline CONFIG [KEY=VALUE]...")
      return
    }
    let (batch, threads, count) = (numbers[0], numbers[1], numbers[2])
    LibTorch.threads = threads
    let device = CommandLine.arguments.last == "cuda" ? Device.cuda() : .cpu
    guard device.isCPU || Device.cudaCount > 0 else { return print("there is no GPU here that LibTorch can use") }
    let graph = try Zoo.configuration(named: "litehrnet_18_coco_256x192").graph()
    let network = try TrainableNetwork(graph, graph.initialized(seed: 1), device: device)
    let optimizer = try Optimizer(.adam(), groups: ParameterGroup.groups(network.parameters))
    let target = try WeightRecipe.input(shape: [batch, 17, 64, 48], name: "target", amplitude: 1)
    let data = TrainingBatch(
      input: try TorchTensor(WeightRecipe.input(shape: [batch, 3, 256, 192]), device: device),
      targets: [try TorchTensor(target, device: device)],
      weights: try TorchTensor.full([batch, 17, 1], 1).to(device))
    print(#"{"name": "pose, LibTorch \#(LibTorch.version), \#(device)", "parameters": \#(graph.cost.parameters)}"#)
    flush()
    while let precision = readLine() {
      var options = TrainingStep.Options()
      if precision.hasSuffix("bfloat16") { options.precision = .bfloat16 }
      let step = TrainingStep(network, loss: JointsMSE(), optimizer: optimizer, options: options)
      let recorded = precision.hasPrefix("recorded") ? try CUDAGraphStep(step, example: data) : nil
      func takeStep() throws { _ = try (recorded?(data, rate: 2e-3) ?? step(data, rate: 2e-3)).loss.item() }
      try takeStep()
      let time = try ContinuousClock().measure { for _ in 0..<count { try takeStep() } }
      print(time / .seconds(1))
      flush()
    }
  }

  private static func flush() { fflush(nil) }
}
