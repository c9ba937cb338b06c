import Foundation
import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseData
import PoseExperiments
import PoseFormats
import PoseGraph
import PoseMetrics
import Testing

@testable import PoseEvaluation
@testable import PoseTraining

extension TrainingTests {
  @Suite("Runs that diverge")
  final class DivergenceTests {
    let run: TinyRun

    init() throws { run = try TinyRun() }

    /// Ten people are two batches, so that each epoch has two iterations.
    private func trainer(_ settings: [String]) throws -> Trainer {
      try Trainer(run.experiment(["train.validate_every=1"] + settings), in: run.folder("run"))
    }

    private func expectAdvice(_ error: TrainingError?, checkpoint: String?) {
      let text = error?.description ?? ""
      for words in ["the run diverged in epoch", "train.optimizer.lr", "train.schedule.warmup", "train.clip_norm"] {
        #expect(text.contains(words), "\(text)")
      }
      #expect(text.contains(checkpoint.map { "--resume-from '\($0)'" } ?? "no good checkpoint"), "\(text)")
      #expect(!text.contains(".json"), "\(text)")
      #expect(error?.exitCode == TrainingError.nothingToResume(folder: "").exitCode)
    }

    @Test("a rate that is far too large is blamed, not the data")
    func rate() throws {
      let settings = [
        "train.batch=10", "train.epochs=3", "train.validate_every=1", "train.schedule.warmup=0",
        "train.optimizer={name: sgd, lr: 1000}", "train.data.validation.annotations=\(run.annotationsPath)",
        "train.data.validation.images=\(run.folder)",
      ]
      let configuration = try run.configuration(settings, named: "naive_litehrnet_18_coco_256x192")
      let trainer = try Trainer(Experiment(configuration), in: run.folder("run"))
      trainer.validation = try #require(try Validation(configuration, threads: 1))
      let error = #expect(throws: TrainingError.self) { try trainer.run() }
      guard case .diverged(_, _, let checkpoint, _)? = error else {
        Issue.record("\(error.map(\.description) ?? "no error")")
        return
      }
      expectAdvice(error, checkpoint: checkpoint)
      #expect(trainer.folder.newestCheckpoints.first == checkpoint)
    }

    @Test("the last checkpoint that was validated stays and is named, however few are kept", arguments: [1, 2])
    func keepsValidated(_ validateEvery: Int) throws {
      let settings = ["train.validate_every=\(validateEvery)", "train.checkpoint.keep=1"]
      let trainer = try trainer(settings)
      trainer.validation = FailingValidation(Divergence("its poses are no poses"), after: 2 * validateEvery)
      let error = #expect(throws: TrainingError.self) { try trainer.run() }
      let (folder, validated) = (trainer.folder, trainer.folder.checkpoint(2 * validateEvery))
      #expect(error?.description.contains("its poses are no poses") == true)
      expectAdvice(error, checkpoint: validated)
      #expect(error?.description.contains("The last checkpoint that still gave poses") == true)
      #expect(folder.newestCheckpoints.last == validated && folder.newestCheckpoints.count == validateEvery)

      let again = try Trainer(run.experiment(settings), in: folder, from: validated)
      again.validation = FakeValidation()
      #expect(try again.run() == .done)
    }

    @Test("weights that are not finite are never saved", arguments: [1, 2])
    func weights(_ epoch: Int) throws {
      let trainer = try trainer(["train.log_every=1"])
      let bias = try #require(trainer.experiment.network.parameters.first { $0.name == "head.bias" })
      trainer.logs = [
        HookLog { iteration in
          guard iteration == 2 * epoch, let spoilt = try? Tensor(shape: [14], [Float](repeating: .nan, count: 14))
          else { return }
          try? bias.copy(from: spoilt)
        }
      ]
      let error = #expect(throws: TrainingError.self) { try trainer.run() }
      #expect(error?.description.contains("'head.bias'") == true)
      let good = epoch == 1 ? nil : trainer.folder.checkpoint(2)
      expectAdvice(error, checkpoint: good)
      #expect(trainer.folder.newestCheckpoints == [good].compactMap(\.self))
    }

    @Test(
      "poses are no poses where a number is not finite or lies in no picture",
      arguments: [
        (0.0, 0.0, 1.0, true), (-500, 9000, 0, true), (.nan, 0, 1, false), (0, .infinity, 1, false),
        (0, 0, .nan, false), (1e12, 0, 1, false), (0, -1e12, 1, false),
      ] as [(Double, Double, Double, Bool)])
    func poses(_ x: Double, _ y: Double, _ score: Double, _ isPose: Bool) throws {
      let kind = try #require(DatasetKind.all.first { $0.skeleton == .lsp14 })
      let dataset = try Dataset(kind, annotations: run.annotationsPath, pictures: run.folder)
      let joint = Keypoint(position: Point(x: x, y: y), score: score)
      let estimate = DatasetRun.Estimate(
        picture: 3, person: 3, keypoints: Array(repeating: joint, count: 14), score: 1, area: 1)
      let divergence = Divergence([estimate], of: dataset)
      #expect((divergence == nil) == isPose)
      #expect(isPose || divergence?.reason.contains("/3.png") == true)
    }
  }

  @Suite("Validations that fail")
  final class FailedValidationTests {
    let run: TinyRun

    init() throws { run = try TinyRun() }

    @Test("the epoch before is not lost: its checkpoint goes on, and its weights are there")
    func keepsEpoch() throws {
      let folder = try run.folder("run")
      let settings = ["train.validate_every=1"]
      let trainer = try Trainer(run.experiment(settings), in: folder)
      trainer.validation = FailingValidation(FileError.noSpace("somewhere"), after: 0)
      #expect(throws: FileError.self) { try trainer.run() }
      #expect(folder.newestCheckpoints == [folder.checkpoint(2)])
      #expect(try FileBytes.read(folder.file("last.safetensors")).count > 0)

      let resumed = try Trainer(run.experiment(settings), in: folder, from: folder.checkpoint(2))
      #expect(resumed.validationIsDue == false)
      resumed.validation = FakeValidation()
      #expect(resumed.validationIsDue)
      #expect(try resumed.run() == .done)
      let whole = try Trainer(run.experiment(settings), in: run.folder("whole"))
      whole.validation = FakeValidation()
      #expect(try whole.run() == .done)
      #expect(try state(resumed) == state(whole))
    }
  }
}

/// Fails after more iterations than so many.
private struct FailingValidation: Validating {
  let error: any Error
  let iterations: Int

  init(_ error: any Error, after iterations: Int) { (self.error, self.iterations) = (error, iterations) }

  func callAsFunction(_ weights: Checkpoint, of configuration: ModelConfiguration) throws -> [MetricValue] {
    let steps = try #require(weights["backbone.stem.0.bn.num_batches_tracked"]?.floats.first)
    if Int(steps) > iterations { throw error }
    return [MetricValue("score", 1)]
  }
}
