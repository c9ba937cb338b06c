import Foundation
import PoseData
import PoseExperiments
import PoseFormats
import PoseGraph
import PoseTorch
import Testing

@testable import PoseTraining

extension TrainingTests {
  @Suite("Losses that are not finite")
  final class NonFiniteTests {
    let run: TinyRun

    init() throws { run = try TinyRun() }

    /// A trainer whose network has no numbers in some iterations, counted from 1.
    private func trainer(_ settings: [String], spoils: @escaping (Int) -> Bool) throws -> Trainer {
      // Without the checkpoints of most epochs, which refuse a network that has no numbers.
      let own = ["train.log_every=1", "train.checkpoint.epochs=3"]
      let trainer = try Trainer(run.experiment(own + settings), in: run.folder("run"))
      let bias = try #require(trainer.experiment.network.parameters.first { $0.name == "head.bias" })
      var whole: Tensor?
      trainer.logs = [
        HookLog { iteration in
          if let tensor = whole { try? bias.copy(from: tensor) }
          whole = nil
          guard spoils(iteration + 1) else { return }
          whole = try? bias.tensor.detached().tensor()
          if let spoilt = try? Tensor(shape: [14], [Float](repeating: .nan, count: 14)) { try? bias.copy(from: spoilt) }
        }
      ]
      return trainer
    }

    @Test("training stops, and says which pictures were in the batch")
    func stops() throws {
      let trainer = try trainer(["train.checkpoint.epochs=1"]) { $0 == 4 }
      let error = #expect(throws: TrainingError.self) { try trainer.run() }
      guard case .notFinite(4, let report)? = error else {
        Issue.record("\(error.map(\.description) ?? "no error")")
        return
      }
      #expect(error?.description.contains("train.non_finite=skip") == true)
      struct Report: Decodable { var pictures: [String] }
      let pictures = try JSONDecoder().decode(Report.self, from: Data(contentsOf: URL(filePath: report))).pictures
      #expect(pictures.count == 4 && pictures.allSatisfy { $0.hasPrefix(run.folder) })
      // What there was before goes on.
      #expect(trainer.folder.newestCheckpoints.first == trainer.folder.checkpoint(2))
    }

    @Test("batches are left out and counted, and leave nothing behind", arguments: [1, 3])
    func skips(_ accumulation: Int) throws {
      let trainer = try trainer(["train.non_finite=skip", "train.accumulation=\(accumulation)"]) { $0 % 3 == 2 }
      #expect(try trainer.run() == .done)
      #expect(trainer.progress.leftOut == 3)
      let weights = try trainer.experiment.weights()
      #expect(weights.names.allSatisfy { weights[$0]?.floats.allSatisfy(\.isFinite) ?? false })
    }

    @Test("a picture that cannot be read is named once and replaced, or ends the run")
    func damagedPictures() throws {
      try Data("no picture".utf8).write(to: URL(filePath: run.folder + "/3.png"))
      let trainer = try Trainer(run.experiment(), in: run.folder("damaged"))
      var warnings: [String] = []
      trainer.warn = { warnings.append($0) }
      #expect(try trainer.run() == .done)
      #expect(warnings.count == 1 && warnings[0].contains("/3.png"))
      #expect(trainer.progress.replaced > 1)
      let strict = try Trainer(run.experiment(["train.data.replace_damaged=false"]), in: run.folder("strict"))
      #expect(throws: LoaderError.self) { try strict.run() }
    }

    @Test("a run of nothing else ends")
    func neverFinite() throws {
      let trainer = try trainer(["train.non_finite=skip", "train.epochs=200", "train.checkpoint.epochs=200"]) { $0 > 1 }
      #expect(throws: TrainingError.self) { try trainer.run() }
      #expect(trainer.progress.leftOut == Trainer.mostLeftOutInARow)
    }

    @Test("LibTorch's own words for a lack of memory are known, and a smaller batch is found")
    func memory() throws {
      let error = #expect(throws: LibTorchError.self) { try TorchTensor.zeros([1 << 44]) }
      #expect(error?.isOutOfMemory == true, "\(error?.description ?? "")")
      let experiment = try run.experiment()
      let batch = try experiment.loader(from: .init()).withNextBatch { try experiment.batch($0) }
      #expect(experiment.step.largestFitting(of: batch) == 2)
      #expect(TrainingError.outOfMemory(batch: 64, fitting: 24, reason: "").description.contains("accumulation=3"))
    }
  }
}

final class HookLog: TrainingLog {
  private let hook: (Int) -> Void

  init(_ hook: @escaping (Int) -> Void) { self.hook = hook }

  func record(_ record: TrainingRecord) { hook(record.iteration) }
  func flush() {}
  func finish() {}
}
