import PoseCore
import PoseGraph

/// Heatmaps from coarse features without transposed convolutions: ViTPose's simple decoder (Xu et al., NeurIPS 2022).
///
/// Follows MMPose's `FeatureMapProcessor` with a `HeatmapHead` of one 3x3 convolution.
struct UpsamplingHead: Head {
  /// By how much the grid grows.
  var factor = 4

  static let catalogue: [String: any Head] = ["upsampling": UpsamplingHead()]

  /// Makes `heatmaps`: `N x joints x H/4 x W/4` for backbones of stride 16.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let coarsest = features.last, let joints = task.joints else {
      scope.fail("a heatmap head needs features and joints")
      return [:]
    }
    guard scope.acceptsRepeats([factor], from: 1, of: "times the grid") else { return [:] }
    let size = Size(height: coarsest.size.height * factor, width: coarsest.size.width * factor)
    let enlarged = coarsest.named(scope).relu().resized(to: size, .bilinear(alignCorners: false))
    return [
      "heatmaps": (scope / "final_layer").conv(
        enlarged, to: joints.joints.count, kernel: 3, bias: true, initializer: .normal(deviation: 0.001))
    ]
  }
}
