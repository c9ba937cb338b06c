import Foundation
import PoseConfiguration
import PoseCore
import PoseData
import PoseExperiments
import PoseFormats
import PoseGraph
import PoseTorch
import Testing
import TrainingTestSupport

@testable import PoseTraining

extension TrainingTests {
  /// A small Lite-HRNet learns which pixels are rectangles'.
  @Suite("Segmentation")
  final class SegmentationTests {
    let run: RectangleRun

    init() throws { run = try RectangleRun() }

    /// The rectangles' outlines, or their masks in a folder.
    private func data(_ part: String, masks: Bool) -> [String] {
      masks
        ? ["train.data.\(part)={kind: masks, annotations: \(run.masksFolder), images: \(run.folder)}"]
        : ["train.data.\(part)={annotations: \(run.annotationsPath), images: \(run.folder)}"]
    }

    private func configuration(_ more: [String] = [], masks: Bool = false) throws -> ModelConfiguration {
      let settings = [
        "model.classes=[background, box]", "model.input=64x64", "train.batch=8", "train.epochs=2",
        "model.backbone={name: lite_hrnet, modules: [1, 1, 1], channels: [16, 32, 64, 128]}", "train.log_every=3",
        "train.validate_every=0", "train.checkpoint.keep=1000", "train.schedule.warmup=4",
        "train.data.loader_workers=1",
      ]
      return try Zoo.configuration(
        named: "litehrnet_18_cityscapes_512x1024",
        settings: settings + data("train.0", masks: masks) + data("validation", masks: masks) + more)
    }

    private func experiment(_ more: [String] = [], masks: Bool = false) throws -> Experiment {
      LibTorch.threads = 1
      return try Experiment(configuration(more, masks: masks))
    }

    @Test("a network learns from scratch to tell rectangles from the background", arguments: [false, true])
    func learns(masks: Bool) throws {
      let settings = [
        "train.epochs=16", "train.validate_every=16", "train.checkpoint.epochs=16",
        "train.optimizer={name: adam, lr: 5e-3}", "train.schedule={kind: polynomial, power: 0.9, warmup: 4}",
        "train.masks={resize: [0.8, 1.5], largest_share: 0.9\(masks ? ", hard_pixels: { least: 512 }" : "")}",
      ]
      let folder = try run.folder("learning")
      let experiment = try experiment(settings, masks: masks)
      let trainer = try Trainer(experiment, in: folder)
      trainer.validation = try MaskValidation(experiment.configuration, threads: 2)
      let log = try JSONLinesLog(folder.file("log.jsonl"), resumedAt: 0)
      trainer.logs = [log]
      #expect(try trainer.run() == .done)
      // Background everywhere has a mIoU of less than a half.
      let best = try #require(trainer.progress.bestScore)
      #expect(best > 0.75, "mIoU \(best)")
      let weights = try Checkpoint(contentsOf: folder.file("best.safetensors"))
      let validation = try #require(trainer.validation)
      let values = try validation(weights, of: experiment.configuration)
      #expect(values.map(\.name) == ["mIoU", "aAcc", "mAcc", "mDice"] && values[0].value == best)
    }

    @Test("a run that was interrupted ends as if it had not been")
    func interrupted() throws {
      let whole = try Trainer(experiment(), in: run.folder("whole"))
      #expect(try whole.run() == .done)
      let folder = try run.folder("parts")
      let first = try Trainer(experiment(), in: folder)
      first.interrupt(after: 3)
      #expect(try first.run() == .interrupted(checkpoint: folder.newestCheckpoints[0]))
      let last = try Trainer(experiment(), in: folder, from: folder.newestCheckpoints.first)
      #expect(try last.run() == .done)
      #expect(try state(last) == state(whole))
    }

    @Test(
      "every network that says how it learns classes of pixels can learn them",
      arguments: Zoo.all.filter { $0.segmentsPictures && $0.train != nil }.map(\.name))
    func zoo(_ name: String) throws {
      let settings = [
        "model.classes=[background, box]", "model.input=64x64", "train.batch=2", "train.data.loader_workers=1",
      ]
      LibTorch.threads = 1
      let experiment = try Experiment(
        Zoo.configuration(
          named: name, settings: settings + data("train.0", masks: true) + data("validation", masks: true)))
      let batch = try experiment.loader(from: .init()).withNextBatch { try experiment.batch($0) }
      let loss = try experiment.step(batch, rate: 1e-3).loss.item()
      #expect(loss > 0 && loss.isFinite)
    }

    @Test(
      "what does not go with segmentation is refused, with what to set",
      arguments: [
        ("train.loss.name=mse", "train.loss"), ("image.geometry=stretch", "letterbox"),
        ("train.pictures.mosaic=1", "train.masks"), ("train.data.train.0.part=1/2", "part"),
      ])
    func refuses(_ setting: String, _ remedy: String) throws {
      let error = #expect(throws: (any Error).self) { try experiment([setting], masks: true) }
      #expect(error.map { "\($0)" }?.contains(remedy) == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test("classes that the annotations do not have are refused")
    func otherClasses() throws {
      #expect(throws: TrainingDataError.self) { try experiment(["model.classes=[background, ship]"]) }
    }

    @Test("the head with a first head's scores learns from both")
    func auxiliary() throws {
      let ocr = [
        "model.backbone={name: hrnet, channels: [8, 16, 32, 64], multiscale: true}",
        "model.head={name: ocr, channels: 16, ocr_channels: 8}",
      ]
      let trainer = try Trainer(experiment(ocr + ["train.epochs=1"]), in: run.folder("ocr"))
      #expect(trainer.experiment.loss.ports.map(\.output) == ["logits", "auxiliary_logits"])
      #expect(try trainer.run() == .done)
    }
  }
}
