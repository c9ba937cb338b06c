import PoseCore
import PoseGraph

/// RTMDet's head (Lyu et al., 2022): each level's classes and distances to the sides of boxes, by convolutions that the
/// levels may share and norms of their own.
///
/// Follows MMDetection's `RTMDetSepBNHead`, names included.
struct RTMDetHead: Head {
  /// Convolutions before the last, for classes and for boxes each.
  var convolutions = 2
  /// Whether the levels share the weights of those convolutions. A checkpoint holds a copy for each level.
  var shared = true
  /// Whether distances are exponentials of the network's numbers.
  var exponential = false
  /// Whether 3x3 convolutions are depthwise separable.
  var depthwise = false

  static let catalogue: [String: any Head] = [
    "rtmdet": RTMDetHead(), "rtmdet_nano": RTMDetHead(shared: false, depthwise: true),
    "rtmdet_large": RTMDetHead(exponential: true),
  ]

  /// Makes `cls_scores.L`, `N x classes x H/stride x W/stride`, before the sigmoid, and `bbox_preds.L`, `N x 4 x H/stride x
  /// W/stride`: the distances in pixels of the input from a cell's corner to the left, top, right and bottom side. Level 0 is
  /// the finest.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard scope.acceptsLevels(features, task), scope.acceptsRepeats([convolutions], of: "convolutions") else {
      return [:]
    }
    scope.parameterOrder("cls_convs", "reg_convs", "rtm_cls", "rtm_reg")
    let csp = CrossStage(isDepthwise: depthwise)
    func branch(_ x: Value, _ name: String, _ level: Int) -> Value {
      (0..<convolutions).reduce(x) { x, index in
        let here = scope / name / level / index
        guard shared, !depthwise else { return csp.conv(x, to: x.channels, in: here) }
        let y = here.sharedConv(x, weights: scope / name / 0 / index / "conv")
        return (here / "activate").activation(.silu, (here / "bn").batchNorm(y))
      }
    }
    var classes: [Value] = []
    var boxes: [Value] = []
    for (level, x) in features.enumerated() {
      let (seen, placed) = (branch(x, "cls_convs", level), branch(x, "reg_convs", level))
      classes.append(
        (scope / "rtm_cls" / level).conv(
          seen, to: task.classes, bias: true, initializer: .normal(deviation: 0.01), biasInitializer: .rareObjects))
      let distances = (scope / "rtm_reg" / level).conv(
        placed, to: 4, bias: true, initializer: .normal(deviation: 0.01))
      let stride = Float(task.input.width) / Float(max(x.size.width, 1))
      boxes.append((exponential ? distances.unary(.exp) : distances) * stride)
    }
    return .init(levels: [("cls_scores", classes), ("bbox_preds", boxes)])
  }
}

extension Scope {
  /// A 3x3 convolution of the weights at another scope, which this scope's checkpoint entry repeats.
  fileprivate func sharedConv(_ x: Value, weights: Scope) -> Value {
    if (self / "conv").path != weights.path {
      (self / "conv").unusedParameter(
        "weight", shape: [x.channels, x.channels, 3, 3], .constant(0), role: .buffer())
    }
    return weights.conv(x, to: x.channels, kernel: 3)
  }
}
