import PoseCore
import PoseGraph

/// Joints as coordinates (DeepPose, Toshev and Szegedy, CVPR 2014), and with them their spread (RLE, Li et al., ICCV
/// 2021), from the features' means.
///
/// Follows MMPose's `DeepposeRegressionHead` and `RLEHead`, names included.
struct RegressionHead: Head {
  /// The name of the flow with which the residual log-likelihood is trained; nil for plain regression.
  var flow: String?

  static let catalogue: [String: any Head] = [
    "regression": RegressionHead(),
    "rle": RegressionHead(flow: "loss"),
    "rle_mmpose_1": RegressionHead(flow: "loss_module"),
  ]

  /// Makes `coordinates`: `N x joints x 2` in fractions of the input, or `N x joints x 4` with the spread before its
  /// sigmoid.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let coarsest = features.last, let joints = task.joints else {
      scope.fail("a regression head needs features and joints")
      return [:]
    }
    if let flow { (scope / flow / "flow_model").declareFlow() }
    let (count, numbers) = (joints.joints.count, flow == nil ? 2 : 4)
    let means = coarsest.named(scope).adaptiveAveragePool(to: 1).reshaped(to: [1, coarsest.channels])
    let result = (scope / "fc").linear(means, to: count * numbers, initializer: .normal(deviation: 0.01))
    return ["coordinates": result.reshaped(to: [1, count, numbers])]
  }
}
