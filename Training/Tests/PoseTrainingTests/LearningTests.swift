import Foundation
import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseTorch
import Testing
import TrainingTestSupport

@testable import PoseTraining

extension TrainingTests {
  /// The zoo learns: each network's own loss, codec and optimiser on people of COCO as they are in their pictures, without
  /// variation, a few at a time.
  ///
  /// `POSE_TRAIN_ALL=1` takes a hundred steps with all networks, or with those that it names with commas between them;
  /// otherwise a few take fewer.
  @Suite("Learning", .needsSharedData)
  struct LearningTests {
    static let named: [String]? = ProcessInfo.processInfo.environment["POSE_TRAIN_ALL"].map { names in
      names == "1" ? networks : names.split(separator: ",").map(String.init)
    }
    /// How many a network takes: some begin slowly.
    static func steps(_ name: String) -> Int {
      if named != nil || ["rtmo", "yolo"].contains(where: name.hasPrefix) { return 100 }
      return ["cid", "hrnet", "rle"].contains(where: name.hasPrefix) ? 60 : 40
    }

    /// The first by name of those that share backbone, head and loss: they differ in joints, input and how they are read.
    /// COCO's people teach them, so that those with COCO's joints go first and those of hands and faces are left out.
    static let networks: [String] = {
      var seen: Set<[String]> = []
      let taught = Zoo.all.filter { configuration in
        configuration.train != nil
          && configuration.model.skeleton.map { !Set($0.joints).isDisjoint(with: Skeleton.coco17.joints) } ?? false
      }
      let others = taught.filter { $0.model.skeleton != .coco17 }
      return (taught.filter { $0.model.skeleton == .coco17 } + others).filter { configuration in
        let grid = TargetGrid(joints: 1, input: Size(height: 64, width: 64), maps: Size(height: 16, width: 16))
        let ports = (try? configuration.codec.target?.ports(for: grid)) ?? []
        let loss = configuration.train.map { "\($0.loss)" } ?? ""
        return seen.insert([configuration.model.backbone.name, configuration.model.head.name, "\(ports)", loss])
          .inserted
      }.map(\.name)
    }()

    /// One of each kind of loss.
    static let few = [
      "cid_hrnet_w32_coco_512x512", "higherhrnet_w32_coco_512x512", "hrnet_w32_coco_256x192_udp_regress",
      "ipr_res50_dsnt_coco_256x256",
      "movenet_fire717_coco_192x192", "naive_litehrnet_18_coco_256x192", "posefix_res50_coco_256x192",
      "poseur_mobilenetv2_coco_256x192",
      "rle_res50_coco_256x192", "rtmo_s_coco_640x640", "simcc_mobilenetv2_coco_256x192", "tokenpose_t_coco_256x192",
      "yolo_pose_s6_ti_lite_coco_640x640", "yoloxpose_tiny_coco_416x416",
    ]

    @Test("steps on real pictures lower the loss", arguments: named ?? few)
    func learns(_ name: String) throws {
      LibTorch.threads = max(1, ProcessInfo.processInfo.activeProcessorCount / 2)
      let configuration = try Self.configuration(name)
      let experiment = try Experiment(configuration)
      let start = ContinuousClock.now
      let loader = try experiment.loader(from: .init())
      let losses = try (0..<Self.steps(name)).map { step in
        let batch = try loader.withNextBatch { try experiment.batch($0) }
        return try experiment.step(batch, rate: experiment.schedule.rate(at: step)).loss.item()
      }
      func mean(_ losses: some Collection<Double>) -> Double { losses.reduce(0, +) / Double(losses.count) }
      let (first, last) = (mean(losses.prefix(10)), mean(losses.suffix(10)))
      // For the table of Benchmarks/RESULTS.md alone.
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let input = configuration.model.input
      print(
        "| \(name) | \(input.height)x\(input.width) |", String(format: "%.4g | %.4g | %.0f |", first, last, seconds))
      #expect(last < first - 0.1 * first.magnitude, "\(losses)")
    }

    /// A few people at the smallest input that the network can have, with a rate for a tiny batch.
    static func configuration(_ name: String) throws -> ModelConfiguration {
      let data = try SharedData.path("data/coco_mini")
      let still =
        try Zoo.configuration(named: name).findsEverybody
        ? "train.pictures={mosaic: 0, flip: 0, hue: 0, saturation: 0, value: 0}" : "train.augmentation={preset: none}"
      // RTMO's attention takes smaller steps.
      let rate = name.hasPrefix("rtmo") ? "4e-4" : "1e-3"
      let settings = [
        "train.batch=4", "train.optimizer.lr=\(rate)", "train.schedule={kind: constant, warmup: 10}",
        still, "train.data.loader_workers=1", "train.data.train.0.kind=coco",
        "train.data.train.0.part=1/4",
        "train.data.train.0.annotations=\(data)/person_keypoints.json", "train.data.train.0.images=\(data)/images",
      ]
      return try Zoo.configuration(named: name, settings: settings).withSmallInput
    }
  }
}
