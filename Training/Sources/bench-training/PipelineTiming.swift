import PoseConfiguration
import PoseData
import PoseTorch
import PoseTraining

/// What the input pipeline costs training: steps on a batch that is in memory, and steps on batches that are read, varied
/// and cut out meanwhile, in turns.
struct PipelineTiming {
  let experiment: Experiment
  private static let (turns, steps) = (7, 10)

  /// - Parameter arguments: a configuration, and values of it to replace.
  init(_ arguments: [String]) throws {
    let configuration = try Zoo.configuration(named: arguments.first ?? "", settings: Array(arguments.dropFirst()))
    LibTorch.threads = max(1, LibTorch.threads / (configuration.train?.microbatches ?? 1))
    experiment = try Experiment(configuration)
  }

  func run() throws {
    let loader = try experiment.loader(from: LoaderPosition())
    let held = try loader.withNextBatch(experiment.batch)
    func step(_ batch: TrainingBatch) throws { _ = try experiment.step(batch, rate: 1e-4).loss.item() }
    func seconds(_ body: () throws -> Void) rethrows -> Double {
      let time = try ContinuousClock().measure { for _ in 0..<Self.steps { try body() } }
      return time / .seconds(1)
    }
    try step(held)
    var times: (held: [Double], read: [Double]) = ([], [])
    for _ in 0..<Self.turns {
      times.held.append(try seconds { try step(held) })
      times.read.append(try seconds { try step(loader.withNextBatch(experiment.batch)) })
    }
    let rates = [times.held, times.read].map {
      Double(experiment.train.batch * Self.steps) / $0.sorted()[Self.turns / 2]
    }
    print("in memory \(rates[0]) samples/s, read meanwhile \(rates[1]), \(rates[1] / rates[0])")
  }
}
