import PoseCore
import PoseGraph

/// SimCC, once SimDR (Li et al., ECCV 2022): each joint's column and row classified among fractions of a pixel.
///
/// Follows `pose_hrnet.py` and `pose_resnet.py` of the published code, and MMPose's `SimCCHead`, names included.
public struct SimCCHead: Head {
  /// Classes a pixel of the input.
  public var splitRatio = 2.0
  /// What enlarges coarse features first, if anything does.
  public var enlargement: DeconvolutionHead?
  /// Where the enlarging layers live in the published names; nil beside the others.
  public var enlargementName: String?
  /// What mixes the features before they are classified; nil where nothing does.
  public var attention: Attention?
  /// By how much the coordinate attention narrows the channels.
  public var reduction = 32

  public enum Attention: String, Sendable, Hashable, Codable, CaseIterable {
    /// Weights for rows and columns (Hou et al., CVPR 2021), of the features.
    case coordinate
    /// Graph convolution over the skeleton (SemGCN, Zhao et al., CVPR 2019), of the joints' maps.
    case skeleton
  }

  public static let catalogue: [String: any Head] = [
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
  public func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> KeyValuePairs<String, Value> {
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
