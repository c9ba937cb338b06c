import PoseCore
import PoseGraph

/// Joints as the mean positions of heatmaps: integral regression (Sun et al., ECCV 2018) and DSNT (Nibali et al., 2018),
/// which differ in their losses only.
///
/// Follows MMPose's `IntegralRegressionHead`, names included.
struct IntegralHead: Head {
  var deconvolution = DeconvolutionHead()
  /// The factor on heatmaps before their softmax.
  var sharpness: Float = 1
  /// Whether the pull of a softmax's tail towards the middle is taken out (Gu et al., ICCV 2021).
  var isUnbiased = false

  static let catalogue: [String: any Head] = [
    "integral": IntegralHead(), "integral_unbiased": IntegralHead(sharpness: 10, isUnbiased: true),
  ]

  /// Makes `coordinates`: `N x joints x 2` in fractions of the input, and `heatmaps` that sum to one each.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let coarsest = features.last, let joints = task.joints else {
      scope.fail("an integral head needs features and joints")
      return [:]
    }
    scope.parameterOrder("linspace_x", "linspace_y", "simplebaseline_head")
    let count = joints.joints.count
    let raw = deconvolution.heatmaps(from: coarsest, count: count, in: scope / "simplebaseline_head")
      .named(scope)
    let (height, width) = (raw.size.height, raw.size.width)
    let flat = raw.reshaped(to: [1, count, height * width])
    let heatmaps = (sharpness == 1 ? flat : flat * sharpness).softmax(axis: 2).reshaped(to: raw.shape)
    func mean(_ name: String, _ extent: Int, shape: [Int]) -> Value {
      let places = (0..<extent).map { Float($0) / Float(extent) }
      let table = scope.parameter(name, shape: shape, .values(places), role: .fixed)
      let mean = (heatmaps * table).reduced(.sum, axes: [2, 3]).reshaped(to: [1, count, 1])
      guard isUnbiased else { return mean }
      let total = flat.unary(.exp).reduced(.sum, axes: [2]).reshaped(to: [1, count, 1])
      return total / (total - 1) * (mean - (total * 2).combined(.power, -1))
    }
    let x = mean("linspace_x", width, shape: [1, 1, 1, width])
    let y = mean("linspace_y", height, shape: [1, 1, height, 1])
    return ["coordinates": scope.concat([x, y], axis: 2), "heatmaps": heatmaps]
  }
}
