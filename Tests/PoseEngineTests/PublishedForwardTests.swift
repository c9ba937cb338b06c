import Foundation
import PoseConfiguration
import PoseEngine
import PoseFormats
import PoseGraph
import TestSupport
import Testing

/// The relatives' outputs from recipe weights, and their parameters, beside those of their published code.
struct PublishedForwardTests {
  /// A configuration, and the golden values of its network.
  static let networks = [
    ("deeppose_res50_coco_256x192", "deeppose_res50_256x192"),
    ("hrformer_base_coco_256x192", "hrformer_base_256x192"),
    ("hrformer_small_coco_256x192", "hrformer_small_256x192"),
    ("hrnet_w32_coco_256x192", "hrnet_w32_256x192"),
    ("hrnet_w32_coco_256x192_udp_regress", "hrnet_w32_udp_regress"),
    ("hrnet_w48_coco_256x192", "hrnet_w48_256x192"),
    ("ipr_res50_coco_256x256", "ipr_res50_256x256"),
    ("ipr_res50_dsnt_coco_256x256", "ipr_res50_dsnt_256x256"),
    ("litehrnet_18_coco_256x192", "mmpose_litehrnet_18_256x192"),
    ("mobilenetv2_coco_256x192", "mobilenetv2_256x192"),
    ("movenet_fire717_coco_192x192", "movenet_fire717_192"),
    ("res50_coco_256x192", "simplebaseline_res50_256x192"),
    ("shufflenetv2_coco_256x192", "shufflenetv2_256x192"),
    ("poseur_mobilenetv2_coco_256x192", "poseur_mobilenetv2_256x192"),
    ("poseur_res50_coco_256x192", "poseur_res50_256x192"),
    ("rle_res50_coco_256x192", "rle_res50_256x192"),
    ("rtmpose_m_coco_256x192", "rtmpose_m_256x192"),
    ("rtmpose_s_coco_256x192", "rtmpose_s_256x192"),
    ("rtmpose_t_coco_256x192", "rtmpose_t_256x192"),
    ("sa_simdr_hrnet_w48_coco_256x192", "simcc_official_hrnet_sa_simdr_w48_256x192_adam_lr1e-3_split2_sigma4"),
    ("simcc_mobilenetv2_coco_256x192", "simcc_mobilenetv2_256x192"),
    ("simcc_res50_coco_256x192", "simcc_res50_256x192"),
    ("simdr_hrnet_w32_coco_256x192", "simcc_official_hrnet_simdr_nmt_w32_256x192_adam_lr1e-3"),
    ("td-reg_res50_rle_coco_256x192", "rle1_res50_256x192"),
    ("tokenpose_b_coco_256x192", "tokenpose_b_256_192_patch43_dim192_depth12_heads8"),
    ("tokenpose_l_d24_coco_256x192", "tokenpose_L_D24_256_192_patch43_dim192_depth24_heads12"),
    ("tokenpose_s_v1_coco_256x192", "tokenpose_s_v1_256_192_patch43_dim192_depth12_heads8"),
    ("tokenpose_s_v2_coco_256x192", "tokenpose_s_v2_256_192_patch22_dim192_depth12_heads8"),
    ("tokenpose_t_coco_256x192", "tokenpose_t_256_192_patch1612_dim192_depth12_heads16"),
    ("vipnas_mbv3_coco_256x192", "vipnas_mbv3_256x192"),
    ("vitpose_base_coco_256x192", "vitpose_base_256x192"),
    ("vitpose_small_coco_256x192", "vitpose_small_256x192"),
    ("vitpose_small_simple_coco_256x192", "vitpose_small_simple_256x192"),
  ]

  /// Networks of whole pictures, which the golden values saw small.
  static let detectors = [
    ("rtmdet_nano_person", "rtmdet_nano_person_320"),
    ("rtmdet_m_person", "rtmdet_m_person_320"),
    ("rtmdet_tiny_coco", "rtmdet_tiny_coco_320"),
    ("yolox_nano_coco", "yolox_nano_320"),
    ("yolox_s_coco", "yolox_s_320"),
    ("yolox_tiny_coco", "yolox_tiny_320"),
    ("yoloxpose_tiny_coco_416x416", "yoloxpose_tiny_320"),
    ("rtmo_s_coco_640x640", "rtmo_s_320"),
    ("rtmo_t_body7_416x416", "rtmo_t_320"),
    ("hrnet_w32_ae_coco_512x512", "ae_hrnet_w32_256"),
    ("higherhrnet_w32_coco_512x512", "ae_higherhrnet_w32_256"),
    ("dekr_hrnet_w32_coco_512x512", "dekr1_hrnet_w32_256"),
    ("dekr_official_hrnet_w32_coco_512x512", "dekr_official_w32_256"),
    ("adaptive_pose_hrnet_w32_coco_512x512", "adaptivepose_hrnet_w32_128"),
  ]

  @Test("names, shapes and order of parameters equal the published code's", arguments: networks)
  func parameters(_ name: String, _ file: String) throws {
    try expectParameters(of: Zoo.configuration(named: name).graph(), equal: file)
  }

  /// Float32 in another order: as far from the published result as that is from double precision, ten times over.
  @Test(
    "outputs of recipe weights equal the published code's",
    arguments: networks.filter { !$0.0.hasPrefix("poseur") })
  func outputs(_ name: String, _ file: String) throws {
    try expectOutputs(of: Zoo.configuration(named: name).graph(), equal: file)
  }

  @Test(
    "parameters and outputs of detectors and single-stage networks equal the published code's", arguments: detectors)
  func boxes(_ name: String, _ file: String) throws {
    let shape = try Golden(file).input.shape
    let graph = try Zoo.configuration(named: name, settings: ["model.input=\(shape[2])x\(shape[3])"]).graph()
    try expectParameters(of: graph, equal: file)
    try expectOutputs(of: graph, equal: file)
  }

  /// YOLO-Pose's published code gives each level's numbers anchor by anchor and place by place, the joints decoded.
  static let anchored = [
    ("yolo_pose_s6_coco_640x640", "yolopose_s6_kpts"),
    ("yolo_pose_s6_ti_lite_coco_640x640", "yolopose_s6_kpts_ti_lite"),
  ]

  @Test("YOLO-Pose's parameters and outputs equal the published code's", arguments: anchored)
  func anchors(_ name: String, _ file: String) throws {
    let graph = try Zoo.configuration(named: name, settings: ["model.input=256x256"]).graph()
    try expectParameters(of: graph, equal: file)
    let golden = try Golden(file)
    let engine = try Engine(graph, WeightRecipe.checkpoint(for: graph, normGain: golden.normGain))
    let results = try engine(WeightRecipe.input(shape: golden.input.shape))
    let archive = try GoldenFile.archive("golden/forward/\(file).npz")
    for level in 0..<4 {
      let values = try #require(results.first { $0.name == "anchor_preds.\(level)" }).tensor.floats
      let side = 32 >> level
      let stride = Float(8 << level)
      var ours: [Float] = []
      for anchor in 0..<3 {
        for place in 0..<side * side {
          for channel in 0..<57 {
            let value = values[(57 * anchor + channel) * side * side + place]
            switch channel % 3 {
            case _ where channel < 6: ours.append(value)
            case 0: ours.append((value * 2 - 0.5 + Float(place % side)) * stride)
            case 1: ours.append((value * 2 - 0.5 + Float(place / side)) * stride)
            default: ours.append(1 / (1 + exp(-value)))
            }
          }
        }
      }
      let sample = try archive.sample("1.\(level)")
      let limit = try #require(golden.outputs["1.\(level)"])
      let worst = zip(sample.places(in: ours), sample.values).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst < max(10 * limit.rounding, 1e-5 * limit.largest), "\(file) \(level)")
    }
  }

  private func expectParameters(of graph: Graph, equal file: String) throws {
    let golden = try Golden(file)
    #expect(graph.parameters.map(\.name) == golden.tensors.map(\.name))
    #expect(graph.parameters.map(\.shape) == golden.tensors.map(\.shape))
    #expect(graph.cost.parameters == golden.parameters)
  }

  private func expectOutputs(of graph: Graph, equal file: String) throws {
    let golden = try Golden(file)
    let engine = try Engine(graph, WeightRecipe.checkpoint(for: graph, normGain: golden.normGain))
    let results = try engine(WeightRecipe.input(shape: golden.input.shape))
    // Features are stored beside some networks' outputs; the outputs are named as ours, or in their order.
    let ours = Set(results.map(\.name))
    let named = golden.outputs.keys.filter { ours.contains($0) }
    let keys =
      named.count == results.count
      ? results.map(\.name) : golden.outputs.keys.filter { !$0.hasPrefix("feat") }.sorted()
    try #require(results.count == keys.count)
    let archive = try GoldenFile.archive("golden/forward/\(file).npz")
    for (key, result) in zip(keys, results) {
      let expected = try #require(golden.outputs[key])
      #expect(result.tensor.shape == expected.shape)
      let floats = result.tensor.floats
      let sample = try archive.sample(key)
      let ours = sample.places(in: floats)
      #expect(ours.count == sample.values.count)
      let worst = zip(ours, sample.values).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst < max(10 * expected.rounding, 1e-5 * expected.largest), "\(file) \(key)")
    }
  }

  @Test(
    "Poseur's coordinates and spreads of all layers equal the published code's",
    arguments: networks.filter { $0.0.hasPrefix("poseur") })
  func poseur(_ name: String, _ file: String) throws {
    let golden = try Golden(file)
    let graph = try Zoo.configuration(named: name).graph()
    let engine = try Engine(graph, WeightRecipe.checkpoint(for: graph, normGain: golden.normGain))
    let results = try engine(WeightRecipe.input(shape: golden.input.shape))
    let archive = try GoldenFile.archive("golden/forward/\(file).npz")
    for (output, coordinates, spread) in [
      ("proposal", "enc.pred_jts", "enc.sigma"), ("layers", "dec.pred_jts", "dec.sigma"),
      ("coordinates", "coords", nil),
    ] {
      let ours = try #require(results.first { $0.name == output }).tensor.floats
      for (key, range) in [(coordinates, 0..<2), (spread, 2..<4)] {
        guard let key else { continue }
        let sample = try archive.sample(key)
        let numbers = sample.places(
          in: ours.indices.filter { range.contains($0 % 4) }.map {
            range.lowerBound == 2 ? 1 / (1 + exp(-ours[$0])) : ours[$0]
          })
        #expect(numbers.count == sample.values.count)
        let worst = zip(numbers, sample.values).map { abs($0 - $1) }.max() ?? .infinity
        let limit = try #require(golden.outputs[key])
        #expect(worst < max(10 * limit.rounding, 1e-5 * limit.largest), "\(name) \(key)")
      }
    }
  }

  struct Golden: Decodable {
    var parameters: Int
    var normGain: Float
    var input: Input
    var outputs: [String: Output]
    var tensors: [Parameter]

    struct Input: Decodable { var shape: [Int] }
    struct Parameter: Decodable {
      var name: String
      var shape: [Int]
    }
    struct Output: Decodable {
      var shape: [Int]
      var largest: Float
      var rounding: Float

      enum CodingKeys: String, CodingKey {
        case shape
        case largest = "absmax"
        case rounding = "f32_vs_f64_maxabs"
      }
    }

    enum CodingKeys: String, CodingKey {
      case input, outputs, tensors
      case parameters = "num_params"
      case normGain = "norm_gain"
    }

    init(_ name: String) throws {
      self = try JSONDecoder().decode(Golden.self, from: GoldenFile.data("golden/forward/\(name).json"))
    }
  }
}
