import Foundation
import PoseConfiguration
import PoseCore
import PoseData
import PoseExperiments
import PoseFormats
import PoseGraph
import PoseMetrics
import PoseTorch
import Testing
import TrainingTestSupport

@testable import PoseTraining

extension TrainingTests {
  /// RTMDet learns to find rectangles.
  @Suite("Detectors")
  final class DetectorTests {
    let run: RectangleRun

    init() throws { run = try RectangleRun() }

    private func validation(_ settings: [String] = []) throws -> BoxValidation? {
      let data = [
        "train.data.validation.annotations=\(run.annotationsPath)", "train.data.validation.images=\(run.folder)",
      ]
      return try BoxValidation(run.configuration(data + settings), threads: 2)
    }

    @Test("a detector learns from scratch to find rectangles, and its best weights find them")
    func learns() throws {
      let settings = [
        "train.batch=4", "train.epochs=60", "train.validate_every=60", "train.optimizer.lr=8e-3", "train.log_every=8",
        "train.checkpoint.epochs=60", "train.schedule={kind: cosine, start: 15, warmup: 10}",
        "train.ema={momentum: 0.02, update_buffers: true}",
        "train.pictures={mosaic: 0.3, resize: [0.8, 1.25], plain_epochs: 20}",
      ]
      let folder = try run.folder("learning")
      let trainer = try Trainer(run.experiment(settings), in: folder)
      trainer.validation = try validation()
      let log = try JSONLinesLog(folder.file("log.jsonl"), resumedAt: 0)
      trainer.logs = [log]
      #expect(try trainer.run() == .done)
      let losses = try JSONLinesLog.records(of: folder.file("log.jsonl")).compactMap { $0["loss"] }
      // It rises first: boxes that overlap nothing count nothing.
      let (most, last) = (losses.max() ?? 0, losses.last ?? 0)
      #expect(last < 0.5 * most, "\(losses)")
      let best = try #require(trainer.progress.bestScore)
      #expect(best > 0.5, "box AP \(best)")
      let weights = try Checkpoint(contentsOf: folder.file("best.safetensors"))
      let validation = try #require(trainer.validation)
      let values = try validation(weights, of: run.configuration())
      #expect(values.first?.name == "box AP" && values.first?.value == best)
    }

    @Test(
      "a run that was interrupted ends as if it had not been",
      arguments: [["train.pictures.mixup=0.5"], ["train.precision=bfloat16"], ["train.microbatches=2"]])
    func interrupted(_ settings: [String]) throws {
      let whole = try Trainer(run.experiment(settings), in: run.folder("whole"))
      #expect(try whole.run() == .done)
      let folder = try run.folder("parts")
      for stop in [3, 6] {
        let trainer = try Trainer(run.experiment(settings), in: folder, from: folder.newestCheckpoints.first)
        trainer.interrupt(after: stop)
        #expect(try trainer.run() == .interrupted(checkpoint: folder.newestCheckpoints[0]))
      }
      let last = try Trainer(run.experiment(settings), in: folder, from: folder.newestCheckpoints.first)
      #expect(try last.run() == .done)
      #expect(try state(last) == state(whole))
    }

    @Test("norms without statistics take those of the data, and the network computes what it did")
    func start() throws {
      let graph = try run.configuration().graph()
      var options = Experiment.Options()
      options.weights = graph.initialized(seed: 3)
      let before = try TrainableNetwork(graph, #require(options.weights))
      let experiment = try run.experiment(["train.start.norm_batches=2"], options: options)
      let input = try TorchTensor(WeightRecipe.input(shape: [2, 3, 64, 64]))
      let outputs = try withoutGradients {
        try (before(input, isTraining: false), experiment.network(input, isTraining: false))
      }
      for (one, other) in zip(outputs.0, outputs.1) {
        #expect(try worstDifference(other.floats(), one.floats()) < 1e-4)
      }
      let name = "backbone.stem.0.bn.running_var"
      #expect(try experiment.network.checkpoint()[name] != before.checkpoint()[name])
      // Weights that nobody trained have nothing to keep.
      let fresh = try run.experiment(["train.start.norm_batches=2"])
      #expect(try fresh.network.checkpoint()[name]?.floats.allSatisfy { $0 == 1 } == true)
    }

    @Test(
      "every detector that says how it is trained can be",
      arguments: Zoo.all.filter { !$0.model.classes.isEmpty && !$0.segmentsPictures && $0.train != nil }.map(\.name))
    func zoo(_ name: String) throws {
      var options = Experiment.Options()
      let configuration = try run.configuration(["train.batch=2"], named: name)
      let graph = try configuration.graph()
      // Fresh weights of the largest take seconds.
      var weights = Checkpoint()
      for parameter in graph.parameters {
        let count = Tensor.count(of: parameter.shape) ?? 0
        weights[parameter.name] =
          parameter.role == .buffer(isInteger: true)
          ? try Tensor(shape: parameter.shape, type: .int64, bytes: [UInt8](repeating: 0, count: count * 8))
          : try Tensor(shape: parameter.shape, [Float](repeating: 0, count: count))
      }
      options.weights = weights
      let experiment = try Experiment(configuration, options: options)
      let batch = try experiment.loader(from: .init()).withNextBatch { try experiment.batch($0) }
      #expect(batch.targets.map(\.shape) == [[2, 256, 5]] && batch.weights == nil)
      let loss = try experiment.step(batch, rate: 0).loss.item()
      #expect(loss > 0 && loss.isFinite)
    }

    @Test(
      "what a detector cannot be trained by is refused with what to do",
      arguments: [
        (["train.teacher.weights=/teacher.pth"], "leave train.teacher out"),
        (["train.loss.name=mse"], "leave train.loss out"),
        (["train.cuda_graph=true"], "--set train.cuda_graph=false"),
        (["model.classes=[dog]"], "--set 'model.classes=[box]'"),
        (["train.data.train.0.kind=coco"], "leave the kind out"),
      ])
    func refused(_ settings: [String], _ remedy: String) throws {
      let error = #expect(throws: (any Error).self) { try self.run.experiment(settings) }
      #expect(error.map { "\($0)".contains(remedy) } == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test("boxes alone teach no joints, and a validation without the class is refused")
    func others() throws {
      let configuration = try Zoo.configuration(
        named: "litehrnet_18_coco_256x192",
        settings: [
          "train.data.train.0.annotations=\(run.annotationsPath)", "train.data.train.0.images=\(run.folder)",
          "train.pictures.flip=0",
        ])
      let pictures = #expect(throws: TrainingError.self) { try Experiment(configuration) }
      #expect(pictures?.description.contains("set train.augmentation") == true)
      let boxes = #expect(throws: TrainingDataError.self) {
        try TrainingData(configuration, graph: configuration.graph())
      }
      #expect(boxes?.description.contains("train rtmdet_nano_person") == true, "\(boxes?.description ?? "")")
      let validation = #expect(throws: TrainingDataError.self) { try self.validation(["model.classes=[dog]"]) }
      #expect(validation?.description.contains("no category 'dog', but box") == true)
    }
  }
}
