import PoseGraph
import PoseModels
import PoseTorch
import Testing
import TrainingTestSupport

@testable import PoseTraining

extension TrainingTests {
  @Suite("Teachers", .needsSharedData)
  final class TeacherTests {
    static func settings() throws -> [String] {
      let data = try SharedData.path("data")
      return [
        "train.teacher.weights=\(try SharedData.path("weights/wider_naive_litehrnet_18_person_256x192.pth"))",
        "train.data.train.0.annotations=\(data)/lspet/lspet_val.json",
        "train.data.train.0.images=\(data)/lspet/val",
        "train.data.train.1.annotations=\(data)/coco_mini/person_keypoints.json",
        "train.data.train.1.images=\(data)/coco_mini/images",
        "train.teacher.start_batches=1", "train.batch=8", "train.data.workers=1",
      ]
    }

    @Test("our own model starts near its teacher, from other datasets' joints too, and gets nearer")
    func own() throws {
      let configuration = try Zoo.configuration(named: "litehrnet_18_person_256x192", settings: Self.settings())
      let experiment = try Experiment(configuration)
      // LSP's extension once, the part of COCO's ten times.
      #expect(experiment.data.samples.count == 600 + 10 * 35)
      let features = try #require(configuration.train?.teacher).features.count
      #expect(features == 8 && experiment.network.graph.outputs.count > features)
      let loader = try experiment.loader(from: .init())
      let losses = try (0..<6).map { _ in
        let batch = try loader.withNextBatch { try experiment.batch($0) }
        #expect(batch.targets.count == experiment.network.graph.outputs.count + 1)
        return try experiment.step(batch, rate: 1e-4).loss.item()
      }
      // A student that says nothing has 1 of the heatmaps, .2 of the labels and .5 of the features: 1.7.
      #expect(losses[0] < 1.5 && losses.allSatisfy(\.isFinite), "\(losses)")
      try configuration.graph().check(experiment.weights())
    }

    @Test(
      "a teacher that cannot teach is refused",
      arguments: [
        ("model.input=128x96", "need the same input"), ("train.teacher.features=[backbone.stage9]", "backbone.stage9"),
        ("train.teacher.weights=/nowhere.pth", "/nowhere.pth"), ("train.data.train.1.part=3/2", "3/2"),
        ("train.data.train.0.kind=nonsense", "nonsense"),
      ])
    func refused(_ setting: String, _ text: String) throws {
      let configuration = try Zoo.configuration(
        named: "litehrnet_18_person_256x192", settings: Self.settings() + [setting])
      do {
        _ = try Experiment(configuration)
        Issue.record("nothing was thrown")
      } catch {
        #expect("\(error)".contains(text), "\(error)")
      }
    }
  }
}
