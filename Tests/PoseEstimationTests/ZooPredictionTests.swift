import PoseCodecs
import PoseConfiguration
import PoseCore
import PoseEstimation
import PoseGraph
import PoseImage
import Testing

struct ZooPredictionTests {
  /// A network of each kind of head.
  static let names = [
    "deeppose_res50_coco_256x192", "hrnetv2_w18_wflw_256x256", "hrnet_w32_coco_256x192_udp_regress",
    "ipr_res50_coco_256x256", "poseur_mobilenetv2_coco_256x192", "rle_res50_coco_256x192", "rtmpose_t_coco_256x192",
    "rtmpose_t_wholebody_256x192", "simcc_mobilenetv2_coco_256x192", "simdr_hrnet_w32_coco_256x192",
    "tokenpose_t_coco_256x192", "vipnas_mbv3_coco_256x192", "vitpose_small_simple_coco_256x192",
  ]

  @Test("every kind of network predicts all joints, mirrored or not", arguments: names)
  func predicts(_ name: String) throws {
    let configuration = try Zoo.configuration(named: name)
    let checkpoint = WeightRecipe.checkpoint(for: try configuration.graph())
    let image = try Image(width: 40, height: 60, pixels: (0..<40 * 60 * 3).map { UInt8($0 % 251) })
    for flip in [false, true] {
      var options = PoseEstimator.Options()
      options.flipTest = flip
      let estimator = try PoseEstimator(
        model: .model(Model(configuration, checkpoint)), detector: .wholePicture, options: options)
      let poses = try estimator.poses(in: image)
      #expect(poses.count == 1)
      #expect(poses[0].keypoints.count == configuration.model.skeleton?.joints.count)
      for keypoint in poses[0].keypoints {
        #expect(keypoint.position.x.isFinite && keypoint.position.y.isFinite && keypoint.score.isFinite)
      }
    }
  }

  @Test(
    "a decoder of heatmaps is refused where the outputs are no heatmaps, when the model is loaded",
    arguments: ["simcc_mobilenetv2_coco_256x192", "hrnet_w32_coco_256x192_udp_regress"])
  func refusesDecoder(_ name: String) throws {
    let configuration = try Zoo.configuration(named: name)
    let checkpoint = WeightRecipe.checkpoint(for: try configuration.graph())
    var options = PoseEstimator.Options()
    options.decoder = QuarterShiftDecoder()
    let model = try Model(configuration, checkpoint)
    let error = #expect(throws: DecoderError.self) { try PoseEstimator(model: .model(model), options: options) }
    #expect(error?.description.contains("'heatmaps' of 17 x height x width") == true)
  }

  @Test(
    "heads whose outputs no decoder reads are refused when the model is loaded",
    arguments: [
      "heatmaps_and_tags", "higherhrnet",
    ])
  func refusesHeads(_ head: String) throws {
    var configuration = try Zoo.configuration(named: "hrnet_w32_coco_256x192")
    configuration.model.head = PartDescription(head)
    let model = try Model(configuration, WeightRecipe.checkpoint(for: configuration.graph()))
    #expect(throws: DecoderError.self) { try PoseEstimator(model: .model(model)) }
  }

  @Test("weights that are not finite, or too large, are one clear error", arguments: [Float.nan, .infinity, 1e38])
  func refusesWeights(_ value: Float) throws {
    let configuration = try Zoo.configuration(named: "litehrnet_18_coco_256x192")
    var checkpoint = WeightRecipe.checkpoint(for: try configuration.graph())
    let name = "keypoint_head.final_layer.weight"
    let shape = try #require(checkpoint[name]?.shape)
    checkpoint[name] = try Tensor(shape: shape, Array(repeating: value, count: shape.reduce(1, *)))
    let image = try Image(width: 40, height: 60, pixels: (0..<40 * 60 * 3).map { UInt8($0 % 251) })
    let thrown = #expect(throws: (any Error).self) {
      let model = try Model(configuration, checkpoint)
      _ = try PoseEstimator(model: .model(model), detector: .wholePicture).poses(in: image)
    }
    let error = thrown as? any UserError
    #expect(error?.exitCode == 65 && error?.description.contains(value.isFinite ? "too large" : name) == true)
  }

  @Test("people of one picture are the same side by side and one by one", arguments: [false, true])
  func sideBySide(_ flip: Bool) throws {
    let configuration = try Zoo.configuration(named: "wider_naive_litehrnet_18_person_128x96")
    let model = try Model(configuration, WeightRecipe.checkpoint(for: configuration.graph()))
    let image = try Image(width: 90, height: 70, pixels: (0..<90 * 70 * 3).map { UInt8($0 % 249) })
    let boxes = (0..<7).map { index in
      let step = Double(index)
      return Detection(BoundingBox(x: 5 * step - 8, y: 4 * step, width: 30, height: 40 - step), score: 0.5)
    }
    var options = PoseEstimator.Options()
    options.flipTest = flip
    options.threads = 1
    let alone = try boxes.map { box in
      try PoseEstimator(model: .model(model), options: options).poses(in: image, boxes: [box])[0]
    }
    for threads in [1, 2, 3] {
      options.threads = threads
      let estimator = try PoseEstimator(model: .model(model), options: options)
      for count in 0...7 {
        #expect(try estimator.poses(in: image, boxes: Array(boxes.prefix(count))) == Array(alone.prefix(count)))
      }
    }
  }
}
