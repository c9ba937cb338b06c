import PoseConfiguration
import PoseCore
import PoseEstimation
import PoseGraph
import PoseImage
import Testing

struct ZooPredictionTests {
  /// A network of each kind of head.
  static let names = [
    "deeppose_res50_coco_256x192", "hrnet_w32_coco_256x192_udp_regress", "ipr_res50_coco_256x256",
    "poseur_mobilenetv2_coco_256x192", "rle_res50_coco_256x192", "rtmpose_t_coco_256x192",
    "simcc_mobilenetv2_coco_256x192", "simdr_hrnet_w32_coco_256x192", "tokenpose_t_coco_256x192",
    "vipnas_mbv3_coco_256x192", "vitpose_small_simple_coco_256x192",
  ]

  @Test("every kind of network predicts all joints, mirrored or not", arguments: names)
  func predicts(_ name: String) throws {
    let configuration = try Zoo.configuration(named: name)
    let checkpoint = WeightRecipe.checkpoint(for: try configuration.graph())
    let image = try Image(width: 40, height: 60, pixels: (0..<40 * 60 * 3).map { UInt8($0 % 251) })
    for flip in [false, true] {
      var options = PoseEstimator.Options()
      options.flipTest = flip
      let estimator = try PoseEstimator(model: .model(Model(configuration, checkpoint)), options: options)
      let poses = try estimator.poses(in: image)
      #expect(poses.count == 1)
      #expect(poses[0].keypoints.count == 17)
      for keypoint in poses[0].keypoints {
        #expect(keypoint.position.x.isFinite && keypoint.position.y.isFinite && keypoint.score.isFinite)
      }
    }
  }

  @Test("a decoder of heatmaps is refused where there are none")
  func refusesDecoder() throws {
    let configuration = try Zoo.configuration(named: "simcc_mobilenetv2_coco_256x192")
    let checkpoint = WeightRecipe.checkpoint(for: try configuration.graph())
    var options = PoseEstimator.Options()
    options.decoder = .standard
    let estimator = try PoseEstimator(model: .model(Model(configuration, checkpoint)), options: options)
    let image = try Image(width: 4, height: 4, pixels: Array(repeating: 0, count: 48))
    #expect(throws: (any Error).self) { try estimator.poses(in: image) }
  }
}
