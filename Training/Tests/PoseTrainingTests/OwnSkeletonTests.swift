import PoseConfiguration
import PoseCore
import PoseData
import PoseEstimation
import PoseEvaluation
import PoseExperiments
import PoseFormats
import PoseTorch
import Testing

@testable import PoseTraining

extension TrainingTests {
  @Suite struct OwnSkeletonTests {
    private static let dog = Skeleton(
      name: "dog", joints: ["nose", "left_paw", "right_paw"], flipPairs: [.init(1, 2)],
      limbs: [.init(0, 1), .init(0, 2)],
      sigmas: [0.026, 0.062, 0.062])

    private static let skeletonFile = """
      joints: [nose, left_paw, right_paw]
      limbs: [[nose, left_paw], [nose, right_paw]]
      sigmas: [0.026, 0.062, 0.062]
      """

    private static let configurationFile = """
      model: { backbone: { name: lite_hrnet, modules: [1, 1], channels: [16, 32, 64] }, joints: dog.yaml, input: 64x64 }
      train: { batch: 1, epochs: 1 }
      """

    @Test("a network for a skeleton of one's own is trained, predicts and is scored")
    func learns() throws {
      let run = try TinyRun()
      LibTorch.threads = 1
      let kind = DatasetKind(skeleton: Self.dog)
      try FileBytes.write(Array(Self.skeletonFile.utf8), to: run.folder + "/dog.yaml")
      try FileBytes.write(Array(Self.configurationFile.utf8), to: run.folder + "/dognet.yaml")
      try run.writeOnePerson(kind, to: "dogs.json")
      let annotations = run.folder + "/dogs.json"
      let configuration = try Zoo.configuration(
        named: run.folder + "/dognet.yaml",
        settings: ["train.data.train.0.annotations=\(annotations)", "train.data.train.0.images=\(run.folder)"])
      let experiment = try Experiment(configuration)
      let loader = try experiment.loader(from: .init())
      for step in 0..<2 {
        let batch = try loader.withNextBatch { try experiment.batch($0) }
        #expect(try experiment.step(batch, rate: experiment.schedule.rate(at: step)).loss.item().isFinite)
      }
      let folder = try run.folder("work")
      try folder.write(experiment.network.checkpoint(), of: configuration, to: "best.safetensors")

      // The file carries the skeleton, so nothing else is needed.
      let model = try Model(contentsOf: folder.file("best.safetensors"))
      #expect(model.configuration.model.skeleton?.joints == Self.dog.joints)
      let truth = try GroundTruth(kind, annotations: annotations, pictures: run.folder)
      let found = try DatasetRun(PoseEstimator(model: .model(model)).pipeline, truth.annotated, threads: 1)
      #expect(found.estimates.map(\.keypoints.count) == [3])
      let score = try truth.score(found, found.results())
      #expect(score?.values.first?.name == "AP")
    }
  }
}
