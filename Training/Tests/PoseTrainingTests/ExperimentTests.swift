import Foundation
import PoseCodecs
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
  @Suite("Experiments")
  final class ExperimentTests {
    let run: TinyRun

    init() throws { run = try TinyRun() }

    @Test("the learning rates equal the published table", .needsSharedData)
    func publishedRates() throws {
      struct Golden: Decodable {
        struct Table: Decodable {
          let itersPerEpoch: Int
          let iterToLr: [String: Double]
        }
        let lrSchedule: Table
      }
      let path = try SharedData.path("golden/train/litehrnet18_train.json")
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      let table = try decoder.decode(Golden.self, from: Data(contentsOf: URL(filePath: path))).lrSchedule
      let train = try #require(try Zoo.configuration(named: "litehrnet_18_coco_256x192").train)
      let schedule = train.schedule.schedule(
        base: train.optimizer.rate, epochs: train.epochs, batchesPerEpoch: table.itersPerEpoch)
      for (iteration, rate) in table.iterToLr {
        #expect(schedule.rate(at: try #require(Int(iteration))) == rate, "iteration \(iteration)")
      }
    }

    /// Those of joints that name no data of their own; of those that are trained alike, the first by name. The others differ in joints
    /// and input.
    static let trained: [String] = {
      var seen: Set<[AnyHashable]> = []
      return Zoo.all.filter { configuration in
        guard let train = configuration.train, train.data.train.isEmpty, configuration.model.classes.isEmpty else {
          return false
        }
        let (model, codec) = (configuration.model, configuration.codec.name)
        let parts: [AnyHashable] = [model.backbone, model.neck, model.head, codec]
        return seen.insert(parts + [train.loss, train.optimizer, train.freeze]).inserted
      }.map(\.name)
    }()

    @Test("every configuration that says how it is trained can be", arguments: trained)
    func zoo(_ name: String) throws {
      let configuration = try Zoo.configuration(
        named: name,
        settings: [
          "train.data.train.0.annotations=\(run.folder)/zoo.json", "train.data.train.0.images=\(run.folder)",
          "train.data.loader_workers=1", "train.batch=1",
        ]
      ).withSmallInput
      let kind = try DatasetKind(named: nil, for: #require(configuration.model.skeleton))
      try run.writeOnePerson(kind, to: "zoo.json")
      let graph = try configuration.graph()
      var weights = Checkpoint()
      // Fresh weights of the largest take seconds.
      for parameter in graph.parameters {
        let count = Tensor.count(of: parameter.shape) ?? 0
        weights[parameter.name] =
          parameter.role == .buffer(isInteger: true)
          ? try Tensor(shape: parameter.shape, type: .int64, bytes: [UInt8](repeating: 0, count: count * 8))
          : try Tensor(shape: parameter.shape, [Float](repeating: 0, count: count))
      }
      var options = Experiment.Options()
      options.weights = weights
      let experiment = try Experiment(configuration, options: options)
      #expect(experiment.batchesPerEpoch == 1)
      #expect(try !experiment.loader(from: .init()).withNextBatch { try experiment.batch($0) }.targets.isEmpty)
    }

    @Test("the ten published Lite-HRNets are trained as published")
    func published() throws {
      let names = Zoo.names.filter {
        $0.contains("litehrnet") && !$0.hasPrefix("mindspore") && ($0.contains("_coco_") || $0.contains("_mpii_"))
      }
      #expect(names.count == 10)
      for name in names {
        let train = try #require(try Zoo.configuration(named: name).train)
        #expect(train.epochs == 210 && train.schedule.steps == [170, 200] && train.schedule.warmUp == 500)
        #expect(train.optimizer == OptimizerDescription() && train.optimizer.rate == 2e-3)
        let isSmall = name.contains("coco_256x192")
        #expect(train.batch == (isSmall ? 64 : 32) && train.baseBatchSize == 8 * train.batch)
      }
    }

    @Test("what cannot be trained is refused with what to do")
    func refused() throws {
      let cases: [([String], String)] = [
        (["train.data.train.0.kind=coco"], "annotation 0 has 14 keypoints, but the skeleton has 17"),
        (["train.data.train.0.kind=lps"], "There are"),
        (["codec.name=simcc"], "cannot be trained with targets"),
        (
          ["train.loss.name=simcc"],
          "reads x (of the target's shape) for the target x, but the network's outputs are heatmaps [14, 8, 8]"
        ),
        (["train.loss.name=rle", "codec.name=default"], "reads coordinates (K x 4)"),
        (["train.freeze=[nowhere]"], "no layer of that path"),
        (
          ["train.norm_eval=true", "train.ema.norm_batches=2"], "leave train.sync_norms and train.ema.norm_batches out"
        ),
        (["train.cuda_graph=true"], "only steps on CUDA can be recorded"),
      ]
      for (settings, words) in cases {
        let error = #expect(throws: (any Error).self) { try self.run.experiment(settings) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(words))
      }
      var configuration = try run.configuration()
      configuration.train = nil
      #expect(throws: TrainingError.self) { try Experiment(configuration) }
      configuration.train = TrainingDescription()
      configuration.model.skeleton = .aic14
      #expect(throws: TrainingDataError.self) { try Experiment(configuration) }
    }

    @Test("a loss says what form SimCC's labels have")
    func labels() throws {
      func labels(_ loss: String) throws -> SimCCTarget? {
        let configuration = try run.configuration(["codec.name=simcc", "codec.sigma=6", "train.loss=\(loss)"])
        let train = try #require(configuration.train)
        return configuration.codec.target(for: train.loss) as? SimCCTarget
      }
      #expect(try labels("{}") == SimCCTarget(sigma: 6))
      #expect(
        try labels("{use_target_softmax: true}") == SimCCTarget(sigma: 6, labels: .gaussian(isNormalized: false)))
      #expect(try labels("{smoothing: 0.1}")?.labels == .oneHot(smoothing: 0.1))
      #expect(try labels("{laplace: 4}")?.labels == .laplace(scale: 4))
      #expect(throws: ConfigurationError.self) { try labels("{laplace: 4, smoothing: 0.1}") }
      #expect(throws: ConfigurationError.self) { try labels("{laplace: 0}") }
    }

    @Test("the rate grows with the batch where that is asked for")
    func scaledRate() throws {
      let configuration = try run.configuration(["train.batch=8", "train.accumulation=4", "train.base_batch_size=64"])
      var options = Experiment.Options()
      options.scalesRate = true
      let experiment = try Experiment(configuration, graph: TinyRun.graph("default"), options: options)
      #expect(experiment.schedule.base == 1e-3)
    }

    @Test("a network that refines poses learns from made-up ones, and is not validated without any")
    func poses() throws {
      try run.writeOnePerson(#require(DatasetKind(named: "coco")), to: "one.json")
      let settings = [
        "train.data.train.0.annotations=\(run.folder)/one.json", "train.data.train.0.images=\(run.folder)",
        "train.batch=1", "train.data.loader_workers=1", "model.input=64x64",
      ]
      let configuration = try Zoo.configuration(named: "posefix_res50_coco_256x192", settings: settings)
      let experiment = try Experiment(configuration)
      let input = try experiment.loader(from: .init()).withNextBatch { try experiment.batch($0) }.input
      #expect(input.shape == [1, 20, 64, 64])
      let peak = try input.floats().dropFirst(3 * 64 * 64).max() ?? 0
      #expect(peak > 250 && peak <= 255)
      #expect(try Validation(configuration, threads: 1) == nil)
      let description = DatasetDescription(kind: "coco", annotations: "\(run.folder)/one.json", images: run.folder)
      #expect(throws: TrainingDataError.self) { try Validation(description, for: configuration, threads: 1) }
    }
  }
}

final class MemoryLog: TrainingLog {
  var records: [TrainingRecord] = []
  func record(_ record: TrainingRecord) { records.append(record) }
  func flush() {}
  func finish() {}
}
