import PoseCore
import PoseGraph

/// SimCC, once SimDR (Li et al., ECCV 2022): each joint's column and row classified among fractions of a pixel.
///
/// Follows `pose_hrnet.py` and `pose_resnet.py` of the published code, and MMPose's `SimCCHead`, names included.
struct SimCCHead: Head {
  /// Classes a pixel of the input.
  var splitRatio = 2.0
  /// The layers that enlarge coarse features first; nil for none.
  var enlargement: DeconvolutionHead?
  /// The name of the enlarging layers in the published parameters; nil if they have no scope of their own.
  var enlargementName: String?
  /// The layers that mix the features before they are classified; nil for none.
  var attention: Attention?
  /// By how much the coordinate attention narrows the channels.
  var reduction = 32

  enum Attention: String, Sendable, Hashable, Codable, CaseIterable {
    /// Weights for rows and columns (Hou et al., CVPR 2021), of the features.
    case coordinate
    /// Graph convolution over the skeleton (SemGCN, Zhao et al., CVPR 2019), of the joints' maps.
    case skeleton
  }

  static let catalogue: [String: any Head] = [
    "simcc": SimCCHead(),
    "simcc_1.5": SimCCHead(splitRatio: 1.5),
    "simcc_coordinate_attention": SimCCHead(attention: .coordinate),
    "simcc_deconvolution": SimCCHead(enlargement: DeconvolutionHead(), enlargementName: "deconv_head"),
    "simcc_skeleton": SimCCHead(attention: .skeleton),
    "simcc_vipnas_mbv3": SimCCHead(
      enlargement: DeconvolutionHead(channels: [160, 160, 160], groups: 160), enlargementName: "deconv_head"),
    "simdr_deconvolution": SimCCHead(enlargement: DeconvolutionHead()),
  ]

  /// Makes `x` and `y`: `N x joints x (width or height) * splitRatio`.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard var x = features.last, let joints = task.joints else {
      scope.fail("a SimCC head needs features and joints")
      return [:]
    }
    if attention == .coordinate {
      x = CoordinateAttention(reduction: reduction)(x, in: scope / "coordinate_attention")
    }
    let count = joints.joints.count
    let maps =
      if let enlargement {
        enlargement.heatmaps(from: x, count: count, in: enlargementName.map { scope / $0 } ?? scope)
      } else {
        (scope / "final_layer").conv(x, to: count, bias: true, initializer: .normal(deviation: 0.001))
      }
    var tokens = maps.reshaped(to: [1, count, maps.size.height * maps.size.width])
    if attention == .skeleton { tokens = SemanticGraphConvolution(joints)(tokens, in: scope / "graph") }
    func classify(_ name: String, _ side: Int) -> Value {
      (scope / name).linear(
        tokens, to: Int(Double(side) * splitRatio), initializer: .normal(deviation: 0.01))
    }
    return ["x": classify("mlp_head_x", task.input.width), "y": classify("mlp_head_y", task.input.height)]
  }
}
