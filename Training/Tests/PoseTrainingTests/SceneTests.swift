import Foundation
import PoseConfiguration
import PoseCore
import PoseData
import PoseExperiments
import PoseFormats
import PoseGraph
import PoseImage
import PoseMedia
import PoseTorch
import Testing
import TrainingTestSupport

@testable import PoseTraining

extension TrainingTests {
  /// Networks that look for everybody in a picture at once.
  @Suite("Scenes")
  final class SceneTests {
    let run: SceneRun

    init() throws { run = try SceneRun() }

    @Test(
      "steps lower the loss",
      arguments: [
        ("hrnet_w32_ae_coco_512x512", ["train.pictures.affine={rotation: 10}"]),
        ("hrnet_w32_ae_coco_512x512", ["train.pictures={mosaic: 0.5, mixup: 0.5, affine: {fit: canvas, shear: 2}}"]),
        ("dekr_hrnet_w32_coco_512x512", []), ("dekr_official_hrnet_w32_coco_512x512", []),
        ("adaptive_pose_hrnet_w32_coco_512x512", []),
      ])
    func learns(_ name: String, _ settings: [String]) throws {
      let experiment = try run.experiment(["train.optimizer.lr=5e-3"] + settings, named: name)
      let loader = try experiment.loader(from: .init())
      let losses = try (0..<40).map { step in
        let batch = try loader.withNextBatch { try experiment.batch($0) }
        return try experiment.step(batch, rate: 5e-3).loss.item()
      }
      let (first, last) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
      #expect(last < 0.7 * first, "\(losses)")
    }

    @Test(
      "a run that was interrupted ends as if it had not been",
      arguments: [[], ["train.pictures.mosaic=0.5", "train.pictures.mixup=0.5"], ["train.precision=bfloat16"]])
    func interrupted(_ settings: [String]) throws {
      let whole = try Trainer(run.experiment(settings), in: run.folder("whole"))
      #expect(try whole.run() == .done)
      let folder = try run.folder("parts")
      for stop in [1, 3] {
        let trainer = try Trainer(run.experiment(settings), in: folder, from: folder.newestCheckpoints.first)
        trainer.interrupt(after: stop)
        #expect(try trainer.run() == .interrupted(checkpoint: folder.newestCheckpoints[0]))
      }
      let last = try Trainer(run.experiment(settings), in: folder, from: folder.newestCheckpoints.first)
      #expect(try last.run() == .done)
      #expect(try state(last) == state(whole))
    }

    @Test("the losses of YOLOX-Pose and RTMO change in the epochs in which published training changes them")
    func phases() throws {
      let settings = ["train.epochs=10", "train.pictures.plain_epochs=2"]
      func losses<T>(_ name: String, _ more: [String] = [], as type: T.Type) throws -> [T] {
        let experiment = try Experiment(run.configuration(settings + more, named: name))
        return [0, 3, 4, 7, 8, 9].compactMap { epoch in
          (experiment.loss.inEpoch(epoch) as? MatchedLoss)?.loss as? T
        }
      }
      let rtmo = try losses("rtmo_s_coco_640x640", ["train.loss.classifier_from=4"], as: RTMOLoss.self)
      #expect(rtmo.map(\.learnsFromClassifier) == [false, false, true, true, true, true])
      #expect(rtmo.map(\.usesAuxiliaryLoss) == [false, false, false, false, true, true])
      #expect(rtmo.map(\.likelihoodWeight) == [1, 1, 5, 5, 5, 5])
      #expect(rtmo.map(\.similarityWeight) == [30, 30, 10, 10, 10, 10])
      #expect(rtmo.allSatisfy { $0.classWeight == 1 && $0.overlapsPower == 0.5 })
      let medium = try losses("rtmo_m_coco_640x640", ["train.loss.classifier_from=4"], as: RTMOLoss.self)
      #expect(
        medium.map(\.classWeight) == [1, 1, 2, 2, 2, 2] && medium.map(\.overlapsPower) == [0.5, 0.5, 1, 1, 1, 1])
      let yolox = try losses("yoloxpose_tiny_coco_416x416", as: YOLOXPoseLoss.self)
      #expect(yolox.map(\.usesAuxiliaryLoss) == [false, false, false, false, true, true])
    }

    @Test("a network that looks for everybody is validated by the poses that it finds")
    func validates() throws {
      let settings = [
        "train.data.validation.annotations=\(run.annotationsPath)", "train.data.validation.images=\(run.folder)",
        "test.flip=false",
      ]
      let configuration = try run.configuration(settings)
      let validation = try #require(try Validation(configuration, threads: 2))
      let graph = try configuration.graph()
      let values = try validation(graph.initialized(seed: 1), of: configuration)
      #expect(values.first?.name == "AP" && values.first.map { $0.value >= 0 && $0.value < 0.5 } == true)
    }

    @Test(
      "what such a network cannot be trained by is refused with what to do",
      arguments: [
        (["train.teacher.weights=/teacher.pth"], "leave train.teacher out"),
        (["train.loss.name=mse"], "train.loss out"), (["train.loss.likelihood=2"], "train.loss out"),
        (["train.augmentation.rotation=30"], "Set train.pictures"),
        (["train.data.train.0.kind=mpii"], "in COCO's form"),
      ])
    func refused(_ settings: [String], _ remedy: String) throws {
      let error = #expect(throws: (any Error).self) { try self.run.experiment(settings) }
      #expect(error.map { "\($0)".contains(remedy) } == true, "\(error.map { "\($0)" } ?? "")")
    }

    @Test(
      "no CUDA graph is recorded of losses that choose people on the CPU",
      arguments: ["cid_hrnet_w32_coco_512x512", "yolo_pose_s6_coco_640x640", "rtmo_s_coco_640x640"])
    func recording(_ name: String) throws {
      let configuration = try run.configuration(["train.cuda_graph=true"], named: name)
      let error = #expect(throws: TrainingError.self) { try Experiment(configuration) }
      #expect(error?.description.contains("chooses places on the CPU") == true, "\(error?.description ?? "")")
    }

    @Test("pictures without a labelled person teach nothing, and the reason is named")
    func nobody() throws {
      let text = try String(contentsOfFile: run.annotationsPath, encoding: .utf8)
        .replacingOccurrences(of: #"iscrowd":0"#, with: #"iscrowd":1"#)
      try FileBytes.write(Array(text.utf8), to: run.folder + "/crowds.json")
      let error = #expect(throws: TrainingDataError.self) {
        try self.run.experiment(["train.data.train.0.annotations=\(self.run.folder)/crowds.json"])
      }
      #expect(error?.description.contains("nobody to learn from") == true, "\(error?.description ?? "")")
    }
  }
}

/// A folder with small pictures of people whose joints are bright spots, and runs that learn from them.
final class SceneRun {
  let folder: String
  static let pictures = 12

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "pose-train-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var random = UInt64(11)
    func below(_ limit: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(random >> 33) % limit
    }
    var (images, people): ([String], [String]) = ([], [])
    for picture in 0..<Self.pictures {
      var pixels = (0..<64 * 64 * 3).map { _ in UInt8(50 + below(30)) }
      images.append(#"{"id":\#(picture),"file_name":"\#(picture).png","width":64,"height":64}"#)
      for half in 0..<(1 + picture % 2) {
        let joints = (0..<17).map { _ in (x: 32 * half + 4 + below(24), y: 4 + below(56)) }
        for (joint, place) in joints.enumerated() {
          for y in place.y - 2...place.y + 2 {
            for x in place.x - 2...place.x + 2 {
              for channel in 0..<3 { pixels[3 * (y * 64 + x) + channel] = UInt8(90 + (joint >> channel) % 4 * 50) }
            }
          }
        }
        let numbers = joints.map { "\($0.x),\($0.y),2" }.joined(separator: ",")
        people.append(
          #"{"id":\#(people.count + 1),"image_id":\#(picture),"category_id":1,"iscrowd":0,"area":900,"#
            + #""bbox":[\#(32 * half),0,32,64],"num_keypoints":17,"keypoints":[\#(numbers)]}"#)
      }
      try Image(width: 64, height: 64, pixels: pixels).write(to: "\(folder)/\(picture).png")
    }
    let names = Skeleton.coco17.joints.map { #""\#($0.rawValue)""# }.joined(separator: ",")
    let text = """
      {"images":[\(images.joined(separator: ","))],"annotations":[\(people.joined(separator: ","))],
      "categories":[{"id":1,"name":"person","keypoints":[\(names)],"skeleton":[]}]}
      """
    try FileBytes.write(Array(text.utf8), to: annotationsPath)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var annotationsPath: String { folder + "/people.json" }

  /// What `--set` says of the data and of a short run.
  var settings: [String] {
    [
      "model.input=64x64", "train.batch=4", "train.epochs=2", "train.log_every=3", "train.validate_every=0",
      "train.checkpoint.keep=1000", "train.schedule.warmup=4", "train.data.loader_workers=1",
      "train.data.train.0.annotations=\(annotationsPath)", "train.data.train.0.images=\(folder)",
    ]
  }

  func configuration(
    _ more: [String] = [], named name: String = "hrnet_w32_ae_coco_512x512"
  ) throws -> ModelConfiguration {
    try Zoo.configuration(named: name, settings: settings + more)
  }

  /// A network of a few layers with the outputs of the configuration's.
  func experiment(
    _ more: [String] = [], named name: String = "hrnet_w32_ae_coco_512x512"
  ) throws -> Experiment {
    LibTorch.threads = 1
    let configuration = try configuration(more, named: name)
    return try Experiment(configuration, graph: Self.graph(like: configuration.graph()))
  }

  private static func graph(like graph: Graph) throws -> Graph {
    try Graph("tiny", input: [3, 64, 64]) { image, scope in
      var x = image
      for layer in 0..<2 {
        let here = scope / "stem" / layer
        x = (here / "bn").batchNorm((here / "conv").conv(x, to: 24, kernel: 5, stride: 2)).relu()
      }
      return GraphOutputs(
        graph.outputs.map { output in
          let channels = graph.shape(of: output.value)[1]
          return (name: output.name, value: (scope / output.name).conv(x, to: channels, bias: true))
        })
    }
  }

  func folder(_ name: String) throws -> WorkFolder { try WorkFolder(folder + "/" + name) }
}
