import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseEngine
import PoseFormats
import PoseGraph
import PoseImage
import TestSupport
import Testing

@testable import PoseEstimation

struct SingleStageNetworkTests {
  /// Float32 in another order, where the published code's own float32 is 3e-4 pixels from double precision.
  @Test("RTMO's people, boxes and joints equal the published code's")
  func rtmo() throws {
    let golden = try GoldenFile.archive("golden/detect/decode_heads.npz")
    let configuration = try Zoo.configuration(named: "rtmo_t_body7_416x416", settings: ["model.input=160x160"])
    let graph = try #require(try configuration.personGraph(of: configuration.graph()))
    let engine = try Engine(graph, WeightRecipe.checkpoint(for: graph, normGain: 1.22))
    let placement = Placement(.identity, input: 160)
    for image in 0..<2 {
      var outputs = Outputs()
      for port in ["cls_scores", "bbox_preds", "kpt_vis", "pose_feats"] {
        for level in 0..<2 {
          let all = try golden.tensor("rtmo.input.\(port).\(level)")
          let count = all.floats.count / 2
          outputs["\(port).\(level)"] = OutputTensor(
            shape: Array(all.shape.dropFirst()), values: Array(all.floats[image * count..<(image + 1) * count]))
        }
      }
      let decoder = RTMODecoder()
      let candidates = decoder.decode(outputs, placement)
      func floats(_ key: String) throws -> [Float] { try golden.tensor("rtmo.nms.\(image).\(key)").floats }
      let (boxes, scores) = (try floats("bboxes"), try floats("scores"))
      let (joints, clear) = (try floats("keypoints"), try floats("keypoint_scores"))
      try #require(candidates.count == scores.count)
      for (index, candidate) in candidates.enumerated() {
        let given = try engine(Tensor(shape: [1, candidate.inputs[0].count], candidate.inputs[0]))
        let values = try #require(given.first { $0.name == "keypoints" }).tensor.floats
        let person = try #require(
          decoder.person(
            candidate, [Outputs(["keypoints": OutputTensor(shape: [17, 2], values: values)])], .coco17, placement))
        let box = person.detection.boundingBox
        expect([box.x, box.y, box.x + box.width, box.y + box.height], near: boxes, index, within: 2e-4)
        expect([person.detection.score], near: scores, index, within: 1e-6)
        expect(
          person.keypoints.flatMap { [$0.position.x, $0.position.y] }, near: joints, index, within: 1e-3)
        expect(person.keypoints.map(\.score), near: clear, index, within: 1e-6)
      }
    }
  }

  private func expect(_ ours: [Double], near theirs: [Float], _ index: Int, within limit: Double) {
    let theirs = theirs[index * ours.count..<(index + 1) * ours.count]
    let worst = zip(ours, theirs).map { abs($0 - Double($1)) }.max() ?? .infinity
    #expect(worst < limit)
  }

  static let networks = ["yoloxpose_tiny_coco_416x416", "rtmo_t_body7_416x416"]

  private static func model(_ name: String, _ settings: String...) throws -> Model {
    let configuration = try Zoo.configuration(named: name, settings: ["model.input=96x96"] + settings)
    return try Model(configuration, WeightRecipe.checkpoint(for: configuration.graph()))
  }

  @Test("everybody comes from one run on the whole picture, the surest first, in its pixels", arguments: networks)
  func poses(_ name: String) throws {
    let model = try Self.model(name, "codec.threshold=0.3", "codec.overlap=0.2")
    #expect(model.findsPeople)
    let image = try Image(
      width: 60, height: 40, pixels: (0..<60 * 40 * 3).map { UInt8(truncatingIfNeeded: $0 * $0 * 31 >> 5) })
    var options = PoseEstimator.Options()
    let poses = try PoseEstimator(model: .model(model), options: options).poses(in: image)
    #expect(poses.count > 1)
    #expect(zip(poses, poses.dropFirst()).allSatisfy { $0.score >= $1.score })
    #expect(poses.allSatisfy { $0.keypoints.count == 17 && $0.score == $0.boxScore })
    // Boxes are clipped to the input, which reaches ten pixels beyond the picture above and below.
    #expect(poses.allSatisfy { $0.boundingBox.x >= -1e-3 && $0.boundingBox.y >= -10.001 && $0.boundingBox.x <= 60.001 })
    options.threshold = poses[1].score
    let surer = try PoseEstimator(model: .model(model), options: options).poses(in: image)
    #expect(surer == poses.filter { $0.score >= poses[1].score })
    // Boxes that the caller gives are not looked at.
    let given = try PoseEstimator(model: .model(model), options: options).poses(in: image, boxes: [])
    #expect(given == surer)
  }

  @Test("turned pictures are looked at as well where that is asked for", arguments: networks)
  func rotations(_ name: String) throws {
    let model = try Self.model(name, "codec.threshold=0.3", "codec.overlap=0.2")
    let image = try Image(
      width: 60, height: 40, pixels: (0..<60 * 40 * 3).map { UInt8(truncatingIfNeeded: $0 * $0 * 31 >> 5) })
    var pipeline = PosePipeline(network: try model.network())
    let upright = try pipeline.poses(in: Picture(image))
    pipeline.rotations = true
    let turned = try pipeline.poses(in: Picture(image))
    #expect(turned.contains { !upright.contains($0) })
    pipeline.choice = PeopleChoice(1)
    #expect(try pipeline.poses(in: Picture(image)).count == 1)
  }

  @Test("a network that groups joints sees each picture at its own aspect, and its mirror image where asked")
  func grouping() throws {
    let configuration = try Zoo.configuration(
      named: "hrnet_w32_ae_coco_512x512", settings: ["model.input=64x64", "codec.threshold=0"])
    let model = try Model(configuration, WeightRecipe.checkpoint(for: configuration.graph(), normGain: 0.7))
    var options = PoseEstimator.Options()
    options.threshold = 0
    let estimator = try PoseEstimator(model: .model(model), options: options)
    func picture(_ width: Int, _ height: Int) throws -> Image {
      try Image(
        width: width, height: height,
        pixels: (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 * $0 * 31 >> 5) })
    }
    let shapes = [(64, 64), (60, 130), (130, 60), (64, 200), (200, 64), (64, 300), (300, 64)]
    let found = try shapes.map { try estimator.poses(in: picture($0.0, $0.1)) }
    #expect(found.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.keypoints.count == 17 } })
    // Sizes that were given up meanwhile are compiled again.
    for (shape, poses) in zip(shapes, found) {
      #expect(try estimator.poses(in: picture(shape.0, shape.1)) == poses)
    }
    options.flipTest = true
    let flipped = try PoseEstimator(model: .model(model), options: options).poses(in: picture(64, 64))
    #expect(!flipped.isEmpty && flipped != found[0])
    for settings in [["codec=udp"], ["model.head=yolox_pose", "codec=yolox_pose"]] {
      let error = #expect(throws: ConfigurationError.self) {
        try Zoo.configuration(named: "hrnet_w32_ae_coco_512x512", settings: settings)
      }
      #expect(error?.key == "image")
    }
  }

  @Test("what the network cannot do is refused with what to do")
  func refused() throws {
    func error(_ model: Model, _ change: (inout PoseEstimator.Options) -> Void = { _ in }) -> String {
      var options = PoseEstimator.Options()
      change(&options)
      let error = #expect(throws: (any Error).self) { try SingleStageNetwork(model, options: options) }
      return error.map { "\($0)" } ?? ""
    }
    let name = Self.networks[0]
    #expect(error(try Self.model(name)) { $0.scales = [0.5, 2] }.contains("among them 1"))
    #expect(error(try Self.model(name)) { $0.decoder = UDPDecoder() }.contains("its own codec"))
    let detector = #expect(throws: EstimationError.self) { try NetworkDetector(Self.model(name)) }
    #expect(detector?.description.contains("give it as the model") == true)
    #expect(error(try Self.model(name, "image.geometry=crop")).contains("whole pictures"))
    #expect(error(try Self.model(name, "codec=rtmo")).contains("pose_feats"))
    #expect(error(try Self.model(Self.networks[1], "codec=yolox_pose")).contains("objectnesses"))
    #expect(throws: EstimationError.self) { try TopDownNetwork(Self.model(name)) }
  }
}
