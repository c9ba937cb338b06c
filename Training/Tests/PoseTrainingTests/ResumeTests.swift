import Foundation
import PoseConfiguration
import PoseFormats
import PoseGraph
import PoseMetrics
import PoseTorch
import Testing

@testable import PoseExperiments
@testable import PoseTraining

extension TrainingTests {
  @Suite("Resuming")
  final class ResumeTests {
    let run: TinyRun

    init() throws { run = try TinyRun() }

    struct Variant: Sendable, CustomTestStringConvertible {
      let name: String
      var settings: [String] = []
      var testDescription: String { name }
    }

    static let variants: [Variant] = [
      .init(name: "Adam"),
      .init(
        name: "SGD with momentum, clipping, a cosine",
        settings: ["train.optimizer.name=sgd", "train.clip_norm=0.1", "train.schedule.kind=cosine"]),
      .init(
        name: "AdamW without decay of norms, averaged weights",
        settings: [
          "train.optimizer={name: adamw, weight_decay: 0.1, no_decay: [norms]}",
          "train.ema={momentum: 0.1, fade: 3, norm_batches: 2}",
        ]),
      .init(name: "bfloat16", settings: ["train.precision=bfloat16"]),
      .init(name: "float16 and its scale", settings: ["train.precision=float16"]),
      .init(name: "gradients that wait", settings: ["train.accumulation=3"]),
      .init(
        name: "segments and frozen layers",
        settings: ["train.activation_checkpointing_segments=3", "train.freeze=[backbone.stem.0]"]),
      .init(
        name: "a loss with weights of its own",
        settings: ["codec={name: regression}", "train.loss.name=rle", "train.ema.momentum=0.1"]),
      .init(name: "colours, blurs and noise", settings: ["train.augmentation={colors: true, blur: 1, erasing: 1}"]),
    ]

    @Test("a run that was interrupted in the middle of an epoch ends as if it had not been", arguments: variants)
    func interrupted(_ variant: Variant) throws {
      let whole = try Trainer(run.experiment(variant.settings), in: run.folder("whole"))
      #expect(try whole.run() == .done)
      let expected = try state(whole)

      for stops in [[1], [3, 4], [2, 5, 7]] {
        let folder = try run.folder("parts \(stops)")
        for stop in stops {
          let trainer = try Trainer(
            run.experiment(variant.settings), in: folder, from: folder.newestCheckpoints.first)
          trainer.interrupt(after: stop)
          let outcome = try trainer.run()
          #expect(outcome == .interrupted(checkpoint: folder.newestCheckpoints[0]))
          #expect(trainer.progress.iteration == stop)
        }
        let last = try Trainer(run.experiment(variant.settings), in: folder, from: folder.newestCheckpoints.first)
        #expect(try last.run() == .done)
        #expect(try state(last) == expected, "interrupted after \(stops)")
      }
    }

    @Test("any checkpoint of a run leads to the same end, validation and best weights included")
    func everyCheckpoint() throws {
      let settings = ["train.checkpoint.iterations=1", "train.validate_every=1"]
      let experiment = try run.experiment(settings)
      let folder = try run.folder("whole")
      let whole = try Trainer(experiment, in: folder)
      whole.validation = FakeValidation()
      #expect(try whole.run() == .done)
      let expected = try (state(whole), FileBytes.read(folder.file("best.safetensors")))
      #expect(folder.newestCheckpoints.count == experiment.iterations)
      for path in folder.newestCheckpoints {
        let other = try run.folder("other")
        defer { try? FileManager.default.removeItem(atPath: other.path) }
        try FileManager.default.copyItem(
          atPath: folder.file("best.safetensors"), toPath: other.file("best.safetensors"))
        let resumed = try Trainer(run.experiment(settings), in: other, from: path)
        resumed.validation = FakeValidation()
        #expect(try resumed.run() == .done)
        #expect(try state(resumed) == expected.0, "from \(path)")
        #expect(try FileBytes.read(other.file("best.safetensors")) == expected.1)
      }
    }

    @Test("logs of a resumed run say each iteration once")
    func logs() throws {
      let folder = try run.folder("logged")
      func records(_ stop: Int?) throws -> [TrainingRecord] {
        let trainer = try Trainer(
          run.experiment(), in: folder, from: folder.newestCheckpoints.first)
        let log = try JSONLinesLog(folder.file("log.jsonl"), resumedAt: trainer.progress.iteration)
        trainer.logs = [log]
        if let stop { trainer.interrupt(after: stop) }
        _ = try trainer.run()
        return try JSONLinesLog.records(of: folder.file("log.jsonl"))
      }
      _ = try records(4)
      let all = try records(nil)
      #expect(all.map(\.iteration) == Array(Set(all.map(\.iteration))).sorted())
      #expect(all.last?.iteration == 8 && all.last?.epoch == 4)
      #expect(all.allSatisfy { $0["loss"] != nil && $0["rate"] != nil })
    }

    @Test(
      "a run goes on with another batch, whose epochs, iterations and rates are said",
      arguments: [(4, 2), (2, 4), (2, 10), (10, 3)])
    func otherBatch(_ before: Int, _ after: Int) throws {
      let folder = try run.folder("batches")
      func trainer(batch: Int, epochs: Int) throws -> Trainer {
        let settings = [
          "train.batch=\(batch)", "train.epochs=\(epochs)", "train.log_every=1", "train.schedule.steps=[3]",
        ]
        return try Trainer(run.experiment(settings), in: folder, from: folder.newestCheckpoints.first)
      }
      #expect(try trainer(batch: before, epochs: 2).run() == .done)
      let resumed = try trainer(batch: after, epochs: 4)
      let log = try JSONLinesLog(folder.file("log.jsonl"))
      var text = ""
      let memory = MemoryLog()
      resumed.logs = [log, memory, TerminalLog(columns: { nil }, write: { text += $0 })]
      #expect(try resumed.run() == .done)

      // Ten people, without those that fill no batch.
      let perEpoch = 10 / after
      let places = [3, 4].flatMap { epoch in (1...perEpoch).map { (epoch: epoch, iteration: $0) } }
      let records = memory.records
      #expect(records.map(\.epoch) == places.map(\.epoch))
      #expect(records.map(\.iterationInEpoch) == places.map(\.iteration))
      #expect(records.allSatisfy { $0.epochs == 4 && $0.iterationsPerEpoch == perEpoch })
      #expect(records.last.map { $0.iteration == $0.iterations && $0.secondsLeft == 0 } == true)
      let rates = places.map { resumed.experiment.schedule.rate(at: ($0.epoch - 1) * perEpoch + $0.iteration - 1) }
      #expect(records.map { $0["rate"] } == rates)
      #expect(text.hasPrefix("epoch 3/4  1/\(perEpoch)  ") && text.contains("\nepoch 4/4  \(perEpoch)/\(perEpoch)  "))
      let lines = try String(contentsOfFile: folder.file("log.jsonl"), encoding: .utf8)
      #expect(lines.contains(#""epoch":3,"epochs":4,"#) && lines.contains(#""iteration_in_epoch":\#(perEpoch),"#))
    }

    @Test("another batch goes on after the samples that an epoch has had, rounded down to whole batches")
    func otherBatchWithinEpoch() throws {
      let folder = try run.folder("within")
      let first = try Trainer(run.experiment(["train.batch=2"]), in: folder)
      first.interrupt(after: 3)
      _ = try first.run()
      let resumed = try Trainer(
        run.experiment(["train.batch=4", "train.log_every=1"]), in: folder, from: folder.checkpoint(3))
      let memory = MemoryLog()
      resumed.logs = [memory]
      #expect(try resumed.run() == .done)
      // Six of ten samples are one batch of four, and two that come again.
      #expect(memory.records.map(\.epoch) == [1, 2, 2, 3, 3, 4, 4])
      #expect(memory.records.map(\.iterationInEpoch) == [2, 1, 2, 1, 2, 1, 2])
      #expect(memory.records.map(\.iteration) == Array(4...10))
    }

    @Test("a log's numbers that contradict each other are no place, and no trap")
    func contradictions() {
      let record = TrainingRecord(epoch: .max, iteration: .min, iterationsPerEpoch: 0, iterations: .max, values: [])
      #expect(record.epochs == .max && record.iterationInEpoch == 1 && record.epochsDone.isFinite)
      let past = TrainingRecord(epoch: 2, iteration: 9, iterationsPerEpoch: 3, iterations: 6, values: [])
      #expect(past.epochs == 2 && past.iterationInEpoch == 3)
    }

    @Test("old checkpoints go, and those of a future that did not come to be")
    func keeps() throws {
      let folder = try run.folder("kept")
      let settings = ["train.checkpoint={iterations: 1, keep: 3}"]
      let trainer = try Trainer(run.experiment(settings), in: folder)
      #expect(try trainer.run() == .done)
      #expect(folder.newestCheckpoints.map { $0.suffix(13).prefix(1) } == ["8", "7", "6"])
      let again = try Trainer(run.experiment(settings), in: folder, from: folder.newestCheckpoints[2])
      again.interrupt(after: 7)
      _ = try again.run()
      #expect(folder.newestCheckpoints.map { $0.suffix(13).prefix(1) } == ["7", "6"])
    }

    @Test("a full disk ends the run with what is missing, and the last checkpoint goes on")
    func fullDisk() throws {
      let settings = ["train.checkpoint={iterations: 2, epochs: 9}", "train.log_every=1"]
      let whole = try Trainer(run.experiment(settings), in: run.folder("whole"))
      _ = try whole.run()
      let folder = try run.folder("full")
      let trainer = try Trainer(run.experiment(settings), in: folder)
      trainer.logs = [
        HookLog { iteration in
          guard iteration == 3 else { return }
          // Nothing can be written there.
          try? FileManager.default.createSymbolicLink(
            atPath: folder.checkpoint(4), withDestinationPath: "/dev/full")
        }
      ]
      let error = #expect(throws: FormatError.self) { try trainer.run() }
      #expect(error?.description.contains("no space is left") == true)
      try FileManager.default.removeItem(atPath: folder.checkpoint(4))
      #expect(folder.newestCheckpoints == [folder.checkpoint(2)])
      let resumed = try Trainer(run.experiment(settings), in: folder, from: folder.checkpoint(2))
      #expect(try resumed.run() == .done)
      #expect(try state(resumed) == state(whole))
    }
  }
}

extension Trainer {
  /// Ends the run after so many iterations of all.
  func interrupt(after iteration: Int) {
    interruption = Interruption(mostLooks: iteration - progress.iteration)
  }
}

/// Later epochs are better, but for the last.
struct FakeValidation: Validating {
  func callAsFunction(_ weights: Checkpoint, of configuration: ModelConfiguration) throws -> [MetricValue] {
    let steps = try #require(weights["backbone.stem.0.bn.num_batches_tracked"]?.floats.first)
    return [MetricValue("score", steps > 6 ? 0 : Double(steps))]
  }
}
