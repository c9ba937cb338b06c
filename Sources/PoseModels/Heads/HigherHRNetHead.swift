import PoseCore
import PoseGraph

/// HigherHRNet (Cheng et al., CVPR 2020): heatmaps and tags that group joints to people (associative embedding, Newell et
/// al., NIPS 2017), and from them heatmaps twice as fine.
///
/// Follows MMPose's `AEHigherResolutionHead`, names included.
struct HigherHRNetHead: Head {
  var channels = 32
  /// Residual blocks after the transposed convolution.
  var blocks = 4

  static let catalogue: [String: any Head] = ["higherhrnet": HigherHRNetHead()]

  /// Makes `heatmaps_and_tags`, `N x 2 * joints x H/4 x W/4`: heatmaps, then tags; and `fine_heatmaps`,
  /// `N x joints x H/2 x W/2`.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let finest = features.first, let joints = task.joints else {
      scope.fail("HigherHRNet needs features and joints")
      return [:]
    }
    guard scope.acceptsRepeats([blocks], of: "blocks") else { return [:] }
    scope.parameterOrder("final_layers", "deconv_layers")
    let count = joints.joints.count
    let coarse = (scope / "final_layers" / 0).conv(finest, to: 2 * count, bias: true, initializer: initializer)
    let layers = scope / "deconv_layers" / 0
    var x = (layers / 0 / 0).transposedConv(
      scope.concat([finest, coarse]), to: channels, kernel: 4, stride: 2, padding: 1, initializer: initializer)
    x = (layers / 0 / 2).relu((layers / 0 / 1).batchNorm(x))
    for block in 0..<blocks {
      x = ResidualBlock.basic(x, width: channels, initializer: initializer, in: layers / (block + 1) / 0)
    }
    let fine = (scope / "final_layers" / 1).conv(x, to: count, bias: true, initializer: initializer)
    return ["heatmaps_and_tags": coarse, "fine_heatmaps": fine]
  }
}

private let initializer = Initializer.normal(deviation: 0.001)
