import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseEngine
import PoseGraph
import PoseImage
import Testing

@testable import PoseEstimation

struct RefinementTests {
  private static let name = "posefix_res50_coco_256x192"

  private static func model() throws -> Model {
    let configuration = try Zoo.configuration(named: name)
    return try Model(configuration, WeightRecipe.checkpoint(for: configuration.graph()))
  }

  /// Of the published code on TensorFlow 2.21: a picture of 60 times the recipe's input; joints on a line, one missing.
  @Test("parameters, drawn poses, joints and heatmaps equal the published code's")
  func published() throws {
    let model = try Self.model()
    #expect(model.graph.cost.parameters == 34_053_009)
    #expect(try Zoo.configuration(named: "posefix_res152_coco_384x288").graph().cost.parameters == 68_688_785)
    var input = try WeightRecipe.input(shape: [3, 256, 192], amplitude: 2).floats.map { $0 * 60 }
    let joints = (0..<17).map { index in
      let step = Double(index) / 16
      return LabelledKeypoint(x: 5.37 + 178 * step, y: 249.61 - 238 * step, isLabelled: index != 4)
    }
    input += Array(repeating: 7, count: 17 * 256 * 192)
    input.withUnsafeMutableBufferPointer { input in
      let planes = UnsafeMutableBufferPointer(rebasing: input[(3 * 256 * 192)...])
      InputPose(sigma: 7).draw(joints, width: 192, height: 256, into: planes)
    }
    let outputs = try Engine(model.graph, model.checkpoint)(Tensor(shape: [1, 20, 256, 192], input))
    for (index, (fraction, pixels)) in zip(outputs[0].tensor.floats, Self.coordinates).enumerated() {
      #expect(abs(fraction * (index % 2 == 0 ? 192 : 256) - pixels) < 5e-3, "\(index)")
    }
    let logits = outputs[1].tensor.floats
    for (index, expected) in Self.logits.enumerated() { #expect(abs(logits[index * 4999] - expected) < 5e-4) }
  }

  @Test("joints move, boxes and scores stay, poses without joints stay as they are", arguments: [false, true])
  func refines(_ flip: Bool) throws {
    var options = PoseEstimator.Options()
    options.flipTest = flip
    let estimator = try PoseEstimator(model: .model(Self.model()), options: options)
    let image = try Image(width: 80, height: 60, pixels: (0..<80 * 60 * 3).map { UInt8($0 % 251) })
    let box = BoundingBox(x: 1, y: 2, width: 30, height: 40)
    func pose(_ joint: (Int) -> Keypoint) -> Pose {
      Pose(boundingBox: box, score: 0.7, keypoints: (0..<17).map(joint), skeleton: .coco17)
    }
    let poses = [
      pose { Keypoint(x: 20 + Double($0), y: 10 + 2 * Double($0), score: 0.5) },
      pose { _ in Keypoint(x: 3, y: 4, score: 0) },
      pose { Keypoint(x: $0 == 3 ? .nan : 1e300, y: 4, score: 1) },
      pose { Keypoint(x: $0 == 3 ? 20 : .infinity, y: 20, score: 1) },
    ]
    let refined = try estimator.refined(poses, in: image)
    #expect(refined.map(\.boundingBox) == poses.map(\.boundingBox) && refined.map(\.score) == poses.map(\.score))
    #expect(refined[0].keypoints != poses[0].keypoints && refined[1] == poses[1])
    #expect(refined[0].keypoints.map(\.score) == poses[0].keypoints.map(\.score))
    for keypoint in refined[0].keypoints + refined[3].keypoints {
      #expect((-200...200).contains(keypoint.position.x) && (-200...200).contains(keypoint.position.y))
    }
    #expect(try estimator.refined([], in: image).isEmpty)
  }

  @Test("a network that refines finds nothing by itself, others refine nothing, other skeletons are refused")
  func refuses() throws {
    let estimator = try PoseEstimator(model: .model(Self.model()))
    let image = try Image(width: 8, height: 8, pixels: Array(repeating: 9, count: 192))
    let error = #expect(throws: EstimationError.self) { try estimator.poses(in: image) }
    #expect(error?.description.contains("refines poses: give one of coco17") == true)
    let four = Pose(
      boundingBox: BoundingBox(of: image), score: 1, keypoints: (0..<4).map { Keypoint(x: Double($0), y: 2, score: 1) },
      skeleton: .mpii16)
    #expect(throws: EstimationError.self) { try estimator.refined([four], in: image) }
    let configuration = try Zoo.configuration(named: "litehrnet_18_coco_256x192")
    let weights = WeightRecipe.checkpoint(for: try configuration.graph())
    let other = try PoseEstimator(model: .model(Model(configuration, weights)))
    #expect(throws: EstimationError.self) { try other.refined([four], in: image) }
  }

  @Test("a pose mirrored twice is itself, and left is right between")
  func mirrors() {
    let pose = (0..<17).map { LabelledKeypoint(x: Double($0), y: 3 * Double($0), isLabelled: $0 % 3 > 0) }
    let mirrored = pose.mirrored(Skeleton.coco17.flipPairs, width: 192)
    #expect(mirrored[5] == LabelledKeypoint(x: 185, y: 18, visibility: .unlabelled))
    #expect(mirrored.mirrored(Skeleton.coco17.flipPairs, width: 192) == pose)
  }

  @Test("a drawn pose peaks where its joints are, and missing joints leave their maps empty")
  func draws() {
    let joints = [
      LabelledKeypoint(x: 5, y: 9), LabelledKeypoint(x: 6.5, y: 2),
      LabelledKeypoint(x: 5, y: 9, visibility: .unlabelled),
      LabelledKeypoint(x: .nan, y: 1), LabelledKeypoint(x: 1, y: -.infinity), LabelledKeypoint(x: 1e8, y: 1),
    ]
    var maps = Array(repeating: Float.nan, count: 6 * 12 * 10)
    maps.withUnsafeMutableBufferPointer { InputPose(sigma: 2).draw(joints, width: 10, height: 12, into: $0) }
    #expect(maps[9 * 10 + 5] == 255 && maps.max() == 255)
    #expect(maps[120 + 2 * 10 + 6] == maps[120 + 2 * 10 + 7] && abs(maps[9 * 10 + 7] - 255 * 0.6065307) < 1e-3)
    #expect(maps[240...].allSatisfy { $0 == 0 })
  }

  @Test("a pose's box is a fifth larger than the pose, and has room where the pose has none")
  func boxes() {
    let box = InputPose.box(around: [
      LabelledKeypoint(x: 10, y: 20), LabelledKeypoint(x: 20, y: 40),
      LabelledKeypoint(x: 99, y: 99, visibility: .unlabelled),
    ])
    #expect(box == BoundingBox(x: 9, y: 18, width: 12, height: 24))
    let flat = InputPose.box(around: [LabelledKeypoint(x: 10, y: 20), LabelledKeypoint(x: 20, y: 20)])
    #expect(flat == BoundingBox(x: 9, y: 8, width: 12, height: 24))
    #expect(InputPose.box(around: []) == nil && InputPose.box(around: [LabelledKeypoint(x: 1e9, y: 0)]) == nil)
  }

  private static let coordinates: [Float] = [
    123.4734, 127.962234, 139.7249, 92.37854, 142.44878, 121.00212, 95.29361, 145.0031, 131.63542, 92.62123, 137.55045,
    106.29232, 132.519, 151.13991, 65.65379, 213.48589, 80.90972, 178.2061, 115.694305, 105.642235, 100.92265,
    146.98492, 115.26946, 121.36102, 144.70964, 105.9507, 109.842186, 141.38031, 77.56261, 148.2313, 146.79425,
    109.86478, 115.649254, 159.57602,
  ]

  private static let logits: [Float] = [
    0.0868155, -31.532211, 5.755632, 6.617692, 11.03669, 10.813644, -9.7387, -9.99479, 1.1870751, 14.68116, -5.6758537,
  ]
}
