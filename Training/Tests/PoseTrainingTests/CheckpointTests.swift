import Foundation
import PoseExperiments
import PoseFormats
import PoseGraph
import Testing

@testable import PoseTraining

extension TrainingTests {
  @Suite("Checkpoints")
  final class CheckpointTests {
    let run: TinyRun
    let experiment: Experiment
    let path: String

    init() throws {
      run = try TinyRun()
      experiment = try run.experiment()
      path = run.folder + "/state.safetensors"
      try TrainingCheckpoint(experiment, TrainingProgress()).write(to: path)
    }

    @Test("a checkpoint is read as it was written")
    func roundTrip() throws {
      var progress = TrainingProgress()
      progress.position.epoch = 3
      (progress.iteration, progress.bestScore, progress.seconds) = (7, 0.1, 1.0 / 3)
      progress.interval.losses = 0.1 + 0.2
      try TrainingCheckpoint(experiment, progress).write(to: path)
      let checkpoint = try TrainingCheckpoint(contentsOf: path)
      #expect(checkpoint.progress == progress)
      #expect(checkpoint.configuration == experiment.configuration)
      #expect(try checkpoint.model == experiment.network.checkpoint())
    }

    @Test("a file that is cut off is an error")
    func truncated() throws {
      let bytes = try FileBytes.read(path)
      for count in [0, 1, 7, 8, 9, 100, bytes.count / 2, bytes.count - 1] {
        try Data(bytes.prefix(count)).write(to: URL(filePath: path))
        #expect(throws: FormatError.self) { try TrainingCheckpoint(contentsOf: self.path) }
      }
    }

    @Test("weights alone are no checkpoint, and the error says what takes them")
    func weights() throws {
      try experiment.network.checkpoint().write(to: path)
      let error = #expect(throws: TrainingError.self) { try TrainingCheckpoint(contentsOf: self.path) }
      #expect(error?.description.contains("--load-from") == true)
    }

    @Test(
      "damaged metadata is an error",
      arguments: [
        ("progress", ""), ("progress", "{}"), ("progress", "[1]"), ("details", "{"), ("details", "{\"samples\":\"x\"}"),
      ])
    func metadata(_ key: String, _ value: String) throws {
      var file = try Checkpoint(contentsOf: path)
      file.metadata[key] = value
      try file.write(to: path)
      #expect(throws: TrainingError.self) { try TrainingCheckpoint(contentsOf: self.path) }
    }

    @Test(
      "a place that no run can be at is an error",
      arguments: [
        "\"batch\":-1", "\"batch\":99", "\"epoch\":-5", "\"epoch\":9223372036854775807",
        "\"iteration\":9223372036854775807", "\"replaced\":9223372036854775807", "\"samples\":-1",
      ])
    func places(_ place: String) throws {
      var file = try Checkpoint(contentsOf: path)
      let key = place.prefix { $0 != ":" }
      file.metadata["progress"] = file.metadata["progress"]?.replacingOccurrences(of: "\(key):0", with: place)
      try file.write(to: path)
      #expect(throws: TrainingError.self) {
        try TrainingCheckpoint(contentsOf: self.path).restore(self.experiment, path: self.path)
      }
    }

    @Test("a tensor that is missing, misshapen or nobody's is an error")
    func tensors() throws {
      let whole = try Checkpoint(contentsOf: path)
      for name in ["optimizer.head.weight.mean", "optimizer.steps", "model.head.weight"] {
        var file = whole
        file[name] = nil
        try file.write(to: path)
        #expect(throws: TrainingError.self) {
          try TrainingCheckpoint(contentsOf: self.path).restore(self.experiment, path: self.path)
        }
      }
      for name in ["model.head.weight", "gradient.nobody", "optimizer.nobody"] {
        var file = whole
        file[name] = try Tensor(shape: [1], [0])
        try file.write(to: path)
        #expect(throws: TrainingError.self, "\(name)") {
          try TrainingCheckpoint(contentsOf: self.path).restore(self.experiment, path: self.path)
        }
      }
    }

    @Test(
      "another run's checkpoint is refused with what differs",
      arguments: [
        ("train.seed=5", "--seed 0"), ("model.input=64x64", "another network"),
        ("train.precision=float16", "precision"),
        ("train.optimizer.name=sgd", "optimizer"),
      ])
    func otherRuns(_ setting: String, _ words: String) throws {
      let configuration = try run.configuration([setting])
      let graph = try TinyRun.graph("default")
      guard !setting.hasPrefix("model") else {
        var checkpoint = try TrainingCheckpoint(contentsOf: path)
        checkpoint.configuration.model.input = 64
        let error = #expect(throws: TrainingError.self) {
          try checkpoint.restore(self.experiment, path: self.path)
        }
        #expect(error?.description.contains(words) == true)
        return
      }
      let other = try Experiment(configuration, graph: graph)
      let error = #expect(throws: TrainingError.self) {
        try TrainingCheckpoint(contentsOf: self.path).restore(other, path: self.path)
      }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }
}
