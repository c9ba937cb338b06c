import PoseConfiguration
import PoseData
import PoseEngine
import PoseEstimation
import PoseGraph
import PoseTorch
import Testing
import TrainingTestSupport

@testable import PoseTraining

extension TrainingTests {
  @Suite("Teachers", .needsSharedData)
  final class TeacherTests {
    /// Our own model's, with LSP's smaller part.
    static func configuration(_ settings: [String] = []) throws -> ModelConfiguration {
      try Zoo.configuration(
        named: "litehrnet_18_person_256x192",
        settings: [
          "data.root=\(SharedData.path("data"))", "train.data.train.0.annotations=lspet/lspet_val.json",
          "train.data.train.0.images=lspet/val",
          "train.teacher.weights=\(SharedData.path("weights/wider_naive_litehrnet_18_person_256x192.pth"))",
          "train.teacher.start_batches=1", "train.batch=8", "train.data.loader_workers=1",
        ] + settings)
    }

    @Test("our own model starts near its teacher, from other datasets' joints too, and gets nearer")
    func own() throws {
      let configuration = try Self.configuration()
      let experiment = try Experiment(configuration)
      // LSP's extension once, the part of COCO and its pictures' like several times.
      #expect(experiment.samples.count == 600 + 8 * (35 + 12) + 6 * (5 + 4 + 9 + 5) + 4 * 14)
      let features = try #require(configuration.train?.teacher).features.count
      #expect(features == 8 && experiment.network.graph.outputs.count > features)
      let loader = try experiment.loader(from: .init())
      let losses = try (0..<6).map { _ in
        let batch = try loader.withNextBatch { try experiment.batch($0) }
        #expect(batch.targets.count == experiment.network.graph.outputs.count + 1)
        return try experiment.step(batch, rate: 1e-4).loss.item()
      }
      // A student that says nothing has 1 of the heatmaps, .05 of the labels and .5 of the features: 1.55.
      #expect(losses[0] < 1.4 && losses.allSatisfy(\.isFinite), "\(losses)")
      try configuration.graph().check(experiment.weights())
    }

    @Test("people without a labelled joint are learnt from where asked, none of their joints labelled")
    func unlabelled() throws {
      func samples(_ settings: String...) throws -> [TrainingSample] {
        let configuration = try Self.configuration(settings)
        return try TrainingData(configuration, graph: configuration.graph()).samples
      }
      let (labelled, all) = (try samples(), try samples("train.data.train.1.unlabelled=true"))
      func isUnlabelled(_ sample: TrainingSample) -> Bool { !sample.person.joints.contains(where: \.isLabelled) }
      #expect(!labelled.contains(where: isUnlabelled) && all.filter { !isUnlabelled($0) } == labelled)
      #expect(all.count > labelled.count && all.allSatisfy { $0.person.joints.count == 17 })
    }

    @Test("pictures are mixed the same each time, and labels do not count for those that are", arguments: [0, 0.5, 1])
    func mixing(_ share: Double) throws {
      func batch(_ share: Double) throws -> (pixels: [Float], weights: [Float]) {
        let settings = ["train.teacher.mixing=\(share)", "train.teacher.start_batches=0"]
        let experiment = try Experiment(Self.configuration(settings))
        let batch = try experiment.loader(from: .init()).withNextBatch { try experiment.batch($0) }
        return (try batch.input.floats(), try #require(batch.weights).floats())
      }
      let (plain, mixed) = (try batch(0), try batch(share))
      #expect(try mixed == batch(share))
      let (size, joints) = (mixed.pixels.count / 8, mixed.weights.count / 8)
      let changed = (0..<8).filter {
        mixed.pixels[$0 * size..<($0 + 1) * size] != plain.pixels[$0 * size..<($0 + 1) * size]
      }
      #expect(share == 0.5 ? !changed.isEmpty && changed.count < 8 : changed.count == Int(8 * share))
      for row in 0..<8 {
        let weights = mixed.weights[row * joints..<(row + 1) * joints]
        #expect(changed.contains(row) ? weights.allSatisfy { $0 == 0 } : weights.contains { $0 > 0 })
      }
    }

    @Test(
      "a teacher with the flip test teaches the same, mirrored, about a mirrored picture", arguments: [false, true])
    func flipped(_ flip: Bool) throws {
      let configuration = try Self.configuration(["train.teacher.flip=\(flip)", "train.teacher.features=[]"])
      let experiment = try Experiment(configuration)
      let pixels = try experiment.loader(from: .init()).withNextBatch { Array($0.pixels) }
      let pictures = try Tensor(shape: [8] + experiment.samples.inputShape, pixels)
      let teacher = try #require(experiment.teacher)
      let given = try teacher.targets(for: pictures, device: .cpu)[0]
      let mirrored = try teacher.targets(for: pictures.mirrored, device: .cpu)[0]
      let (maps, shape) = (try given.floats(), given.shape)
      let back = try configuration.skeleton().flipPairs
      var other = try mirrored.floats()
      let map = shape[2] * shape[3]
      for sample in 0..<shape[0] {
        for pair in back {
          let (first, second) = ((sample * shape[1] + pair.first) * map, (sample * shape[1] + pair.second) * map)
          for index in 0..<map { other.swapAt(first + index, second + index) }
        }
      }
      for start in stride(from: 0, to: other.count, by: shape[3]) { other[start..<start + shape[3]].reverse() }
      let worst = zip(maps, other).map { abs($0 - $1) }.max() ?? 1
      // Without the flip test the two differ by tenths.
      #expect(flip ? worst < 1e-5 : worst > 0.02, "\(worst)")
    }

    @Test("the teacher sees the crops clean that the student sees degraded, mixed or not", arguments: [0, 1])
    func degraded(_ mixing: Int) throws {
      func batch(_ settings: String...) throws -> (input: [Float], taught: [[Float]]) {
        let common = ["train.teacher.mixing=\(mixing)", "train.teacher.start_batches=0"]
        let experiment = try Experiment(Self.configuration(common + settings))
        let batch = try experiment.loader(from: .init()).withNextBatch { try experiment.batch($0) }
        // The labels' target comes first.
        return (try batch.input.floats(), try batch.targets.dropFirst().map { try $0.floats() })
      }
      let (plain, degraded) = (try batch(), try batch("train.augmentation.degrade.probability=1"))
      #expect(plain.input != degraded.input && plain.taught == degraded.taught)
    }

    @Test("a teacher with a larger input teaches at the places of the student's heatmaps")
    func larger() throws {
      let name = "wider_naive_litehrnet_18_person"
      let configuration = try Zoo.configuration(
        named: "wider_naive_litehrnet_18_everyday_128x96",
        settings: [
          "data.root=\(SharedData.path("data"))", "train.batch=8", "train.data.loader_workers=1",
          "train.augmentation.degrade.probability=0",
          "train.teacher.weights=\(SharedData.path("weights/\(name)_256x192.pth"))",
        ])
      let student = try Model(
        contentsOf: SharedData.path("weights/\(name)_128x96.pth"), configuration: configuration.name)
      var options = Experiment.Options()
      options.weights = student.checkpoint
      let experiment = try Experiment(configuration, options: options)
      let batch = try experiment.loader(from: .init()).withNextBatch { try experiment.batch($0) }
      let own = try Engine(student.graph, student.checkpoint)(batch.input.tensor())[0].tensor
      #expect(batch.targets[1].shape == own.shape && own.shape == [8, 17, 32, 24])
      let (found, taught) = (own.floats, try batch.targets[1].floats())
      func peak(_ values: [Float], _ map: Int) -> (row: Int, column: Int, height: Float) {
        let place = (0..<768).max { values[map * 768 + $0] < values[map * 768 + $1] } ?? 0
        return (place / 24, place % 24, values[map * 768 + place])
      }
      // Where the teacher sees a joint well, a network that knows small crops sees it at the same place.
      let sure = (0..<8 * 17).filter { peak(taught, $0).height > 0.5 }
      let near = sure.count { map in
        let (first, second) = (peak(found, map), peak(taught, map))
        return abs(first.row - second.row) <= 1 && abs(first.column - second.column) <= 1
      }
      #expect(sure.count > 8 * 17 / 4 && near * 10 > sure.count * 9, "\(near) of \(sure.count)")
    }

    @Test(
      "a teacher that cannot teach is refused",
      arguments: [
        ("model.input=128x96", "need the same input"), ("train.teacher.input=300x192", "not a multiple"),
        ("train.teacher.input=512x384", "needs image.warp: standard"),
        ("train.teacher.features=[backbone.stage9]", "backbone.stage9"),
        ("train.teacher.weights=/nowhere.pth", "/nowhere.pth"), ("train.data.train.1.part=3/2", "3/2"),
        ("train.data.train.0.kind=nonsense", "nonsense"),
      ])
    func refused(_ setting: String, _ text: String) throws {
      let configuration = try Self.configuration([setting])
      do {
        _ = try Experiment(configuration)
        Issue.record("nothing was thrown")
      } catch {
        #expect("\(error)".contains(text), "\(error)")
      }
    }
  }
}
