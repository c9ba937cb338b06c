import Foundation
import PoseConfiguration
import PoseData
import PoseTraining

/// The batches that a run trains on, in its order, so that other code can train on the same: a line of JSON, then for
/// each batch the learning rate as a double, and as floats the inputs, the targets and the joints' weights.
struct BatchStream {
  let experiment: Experiment

  private struct Header: Encodable {
    let batch: Int
    let input: [Int]
    let targets: [[Int]]
    let joints: Int
    let iterations: Int
    let batchesPerEpoch: Int
  }

  init(_ arguments: [String]) throws {
    experiment = try Experiment(
      Zoo.configuration(named: arguments.first ?? "", settings: Array(arguments.dropFirst())))
  }

  func write() throws {
    let samples = experiment.samples
    let header = Header(
      batch: experiment.train.batch, input: samples.inputShape, targets: samples.targetShapes,
      joints: samples.weightCount, iterations: experiment.iterations, batchesPerEpoch: experiment.batchesPerEpoch)
    let output = FileHandle.standardOutput
    try output.write(contentsOf: JSONEncoder().encode(header) + Data("\n".utf8))
    let loader = try experiment.loader(from: LoaderPosition())
    for iteration in 0..<experiment.iterations {
      let rate = experiment.schedule.rate(at: iteration)
      try output.write(contentsOf: withUnsafeBytes(of: rate) { Data($0) })
      try loader.withNextBatch { batch in
        for floats in [batch.pixels] + batch.targets + [batch.weights] {
          try output.write(contentsOf: Data(buffer: floats))
        }
      }
    }
  }
}
