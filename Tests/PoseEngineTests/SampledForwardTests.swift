import PoseConfiguration
import PoseEngine
import PoseGraph
import Testing

/// Outputs from recipe weights beside those of the published code, computed with PyTorch 2.11 (2.13 for HRNetV2 and
/// RTMPose-l and -x, 2.4 for segmentation) and thinned out, for networks without shared golden values. (Those of RTMPose have blocks whose
/// weights were drawn at random.)
struct SampledForwardTests {
  /// A network's outputs, every so-manieth value of each.
  struct Sample: Sendable, CustomTestStringConvertible {
    var name: String
    var step: Int
    var outputs: [[Float]]
    var normGain: Float
    var testDescription: String { name }

    init(_ name: String, _ step: Int, normGain: Float = 1, _ outputs: [[Float]]) {
      (self.name, self.step, self.outputs, self.normGain) = (name, step, outputs, normGain)
    }
  }

  @Test("outputs of recipe weights equal the published code's", arguments: samples)
  func outputs(_ sample: Sample) throws {
    let graph = try Zoo.configuration(named: sample.name).graph()
    let engine = try Engine(graph, WeightRecipe.checkpoint(for: graph, normGain: sample.normGain))
    let results = try engine(WeightRecipe.input(shape: graph.shape(of: graph.inputs[0].value)))
    #expect(results.count == sample.outputs.count)
    for (result, expected) in zip(results, sample.outputs) {
      let floats = result.tensor.floats
      let ours = stride(from: 0, to: floats.count, by: sample.step).map { floats[$0] }
      #expect(ours.count == expected.count)
      let worst = zip(ours, expected).map { abs($0 - $1) }.max() ?? .infinity
      // Where the largest numbers are 3, float32 is 3e-6 from double precision in the published code itself.
      let largest = expected.reduce(sample.normGain < 1 ? 0.3 : 3) { max($0, $1.magnitude) }
      #expect(worst < 1e-5 * largest, "\(sample.name) \(result.name)")
    }
  }

  static let samples: [Sample] = [
    Sample(
      "ditehrnet_18_coco_256x192", 4999,
      [
        [
          -7.0327892, 6.7231564, 4.0009359, 6.4151662, 10.0009171, 9.7690838, -11.5067977, 0.7060371, -0.491477,
          -10.6949243, -8.9580237,
        ]
      ]
    ),
    Sample(
      "rtmpose_t_coco_256x192", 613,
      [
        [
          1.148925, 0.7306865, 0.4002722, 0.008469833, 1.194093, 0.275724, -1.22256, -0.2087007, 0.769088, 0.007744614,
          0.5912406,
        ],
        [
          0.760586, 1.214888, 1.520642, -1.007042, -0.7196988, 0.05353157, 0.23668, -0.2799033, -0.004507982, 0.1749916,
          1.794707, -0.5158935, 1.172672, -0.09806843, -2.319285,
        ],
      ]
    ),
    Sample(
      "rtmpose_s_coco_256x192", 613,
      [
        [
          0.846594, 0.7403163, 0.2255626, -0.1376102, 1.105363, 0.2570054, -1.109577, -0.1813263, 0.2439916, 0.3821137,
          0.3980333,
        ],
        [
          0.8731524, 1.14587, 1.513286, -0.5157812, -1.1896, -0.1559523, 0.1786986, -0.2133672, 0.4142895, -0.3591435,
          1.687553, -0.4917248, 1.178607, -0.3688602, -2.292954,
        ],
      ]
    ),
    Sample(
      "rtmpose_m_coco_256x192", 613,
      [
        [
          0.6175017, 0.876512, 0.22436, -0.2344277, 0.963103, -0.1790616, -1.087013, -0.2668697, 0.004245312,
          0.01634598,
          1.197739,
        ],
        [
          0.8179631, 1.095631, 1.433965, -0.9104896, -1.279815, -0.6424865, -0.09434774, 0.07450941, -0.2469838,
          -0.3419889, 1.727222, -0.4318445, 1.266714, -0.3259773, -2.28871,
        ],
      ]
    ),
    Sample(
      "fcn_hr18s_cityscapes_512x1024", 49999,
      [
        [
          22.158867, 102.61206, -44.226986, -10.158937, 47.819008, 10.943069, -8.2338161, -31.989964, 82.458412,
          36.175461,
          43.902214, -19.627771, 143.00275,
        ]
      ]
    ),
    Sample(
      "fcn_litehr18_cityscapes_512x1024", 49999,
      [
        [
          -0.8108409, 29.157919, -10.921502, -33.617516, -10.711364, 7.4758191, 4.7364054, -22.270672, -49.558414,
          -67.02774, -48.21204, -1.6078404, -0.097745642,
        ]
      ]
    ),
    // With larger activations its many layers would turn the rounding of float32 into other digits.
    Sample(
      "fcn_litehr30_cityscapes_512x1024", 49999, normGain: 0.5,
      [
        [
          -4.1856246, 16.384584, 10.234001, -3.8982468, 2.6352801, 8.9250717, -1.3469613, -1.779511, -3.3104873,
          -3.3666129, -7.3572893, -7.2638235, -0.85820633,
        ]
      ]
    ),
    // With larger activations its softmax over all places would turn the rounding of float32 into other digits.
    Sample(
      "ocrnet_hr18s_cityscapes_512x1024", 49999, normGain: 0.5,
      [
        [
          -0.21322416, -0.29771712, -0.051771034, 0.2422311, 0.0069278646, -0.24447869, 0.12892047, -0.16869298,
          0.13329624, -0.19530016, -0.00033932249, -0.038369521, 0.23262413,
        ],
        [
          0.023683116, 0.5080443, -0.39104733, 0.075156033, -0.49207661, -0.20353201, 0.39713126, 1.0748103, 0.24006262,
          0.24382491, 0.22918725, -0.40886813, -0.36127919,
        ],
      ]
    ),
    Sample(
      "hrnetv2_w18_wflw_256x256", 39999,
      [
        [1075.782, 1120.715, 2872.099, 3265.321, -3063.887, 4467.607, -3596.928, 3943.51, 691.7633, -2665.424, 14449]
      ]
    ),
    Sample(
      "rtmpose_l_wholebody_256x192", 4999,
      [
        [
          0.520964, -1.144252, 0.2371753, 0.9668861, -0.6103691, 0.7809784, -0.8858691, 0.2887689, -0.08665234,
          1.524727, -0.3110498,
        ],
        [
          0.7777293, -0.5121169, 0.3238346, -1.456218, 1.116848, -0.03926149, -0.9002464, 0.3485642, 0.7790516,
          -0.6421795, -0.1298452, -1.398126, -0.2385691, 1.067072,
        ],
      ]
    ),
    Sample(
      "rtmpose_x_wholebody_384x288", 7919,
      [
        [
          0.9392515, 0.5331983, -0.724484, 0.7190083, 1.172092, -0.6827191, 0.0636979, -0.4264469, -1.238987, 0.7175029,
        ],
        [
          -0.8781232, 0.4442502, -0.5193245, 0.218052, -0.09427854, -1.554595, 0.2410585, -2.285691, -0.5246852,
          -0.9384312, -1.006763, 0.243214, 0.6578412,
        ],
      ]
    ),
    Sample(
      "vipnas_res50_coco_256x192", 4999,
      [
        [
          -0.2926578, -0.8310179, 0.09689446, -0.6153236, 0.1972803, -0.05327227, -1.063807, 0.6093162, -0.6607632,
          0.09479735, -0.1318461,
        ]
      ]
    ),
  ]
}
