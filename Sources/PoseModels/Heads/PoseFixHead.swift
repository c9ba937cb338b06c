import PoseCore
import PoseGraph

/// The end of PoseFix (Moon, Chang and Lee, CVPR 2019): transposed convolutions, and joints as the mean positions of
/// heatmaps.
///
/// Follows `head_net` and `extract_coordinate` of the published code, names included.
struct PoseFixHead: Head {
  /// Channels of each transposed convolution; each doubles the grid.
  var channels = [256, 256, 256]

  static let catalogue: [String: any Head] = ["posefix": PoseFixHead()]

  /// Makes `coordinates`: `N x joints x 2` in fractions of the input, and `logits`, the heatmaps before their softmax.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard var x = features.last, let joints = task.joints else {
      scope.fail("PoseFix needs features and joints")
      return [:]
    }
    guard scope.acceptsDoublings(channels) else { return [:] }
    for (index, channels) in channels.enumerated() {
      let here = scope / "up\(index + 1)"
      x = here.transposedConv(
        x, to: channels, kernel: 4, stride: 2, padding: 1, initializer: .truncatedNormal(deviation: 0.01))
      x = (here / "BatchNorm").batchNorm(x, PoseFix.norm).relu()
    }
    let count = joints.joints.count
    let logits = (scope / "out").conv(x, to: count, bias: true, initializer: .kaimingNormal(.input))
      .named(scope)
    let (height, width) = (logits.size.height, logits.size.width)
    let maps = logits.reshaped(to: [1, count, height * width]).softmax(axis: 2).reshaped(to: logits.shape)
    func mean(_ extent: Int, shape: [Int]) -> Value {
      let places = scope.constant((0..<extent).map { Float($0) / Float(extent) }, shape: shape)
      return (maps * places).reduced(.sum, axes: [2, 3]).reshaped(to: [1, count, 1])
    }
    let coordinates = scope.concat(
      [mean(width, shape: [1, 1, 1, width]), mean(height, shape: [1, 1, height, 1])], axis: 2)
    return ["coordinates": coordinates, "logits": logits]
  }
}
