import PoseCore
import PoseGraph

/// Heatmaps from the features of all strides (HRNetV2, Wang et al., TPAMI 2021): brought to the finest grid, they are
/// concatenated and mixed by a 1x1 convolution, before another makes one heatmap a joint.
///
/// Follows MMPose 0.29's `TopdownHeatmapSimpleHead` with `resize_concat`, names included.
struct HRNetV2Head: Head {
  static let catalogue: [String: any Head] = ["hrnetv2": HRNetV2Head()]

  /// Makes `heatmaps`: `N x joints x H/4 x W/4` for backbones of stride 4.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let joined = FeatureConcatenation()(features, in: scope).first, let joints = task.joints else {
      scope.fail("a heatmap head needs features and joints")
      return [:]
    }
    let here = scope / "final_layer"
    let mixed = (here / 0).conv(joined, to: joined.channels, bias: true, initializer: initializer)
    let active = (here / 2).relu((here / 1).batchNorm(mixed))
    return ["heatmaps": (here / 3).conv(active, to: joints.joints.count, bias: true, initializer: initializer)]
  }
}

private let initializer = Initializer.normal(deviation: 0.001)
