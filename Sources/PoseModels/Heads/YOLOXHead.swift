import PoseCore
import PoseGraph

/// YOLOX's head (Ge et al., 2021): each level's classes, boxes, and whether there is an object at all, by two branches.
///
/// Follows MMDetection's `YOLOXHead`, names included.
struct YOLOXHead: Head {
  /// Convolutions before the last, for classes and for boxes each.
  var convolutions = 2
  /// Whether 3x3 convolutions are depthwise separable.
  var depthwise = false

  static let catalogue: [String: any Head] = ["yolox": YOLOXHead(), "yolox_nano": YOLOXHead(depthwise: true)]

  /// Makes `cls_scores.L`, `N x classes x H/stride x W/stride`, and `objectnesses.L`, `N x 1 x H/stride x W/stride`, before
  /// the sigmoid, and `bbox_preds.L`, `N x 4 x H/stride x W/stride`: the center from a cell's corner in cells, and the
  /// logarithms of width and height in cells. Level 0 is the finest.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard scope.acceptsLevels(features, task), scope.acceptsRepeats([convolutions], of: "convolutions") else {
      return [:]
    }
    scope.parameterOrder(
      "multi_level_cls_convs", "multi_level_reg_convs", "multi_level_conv_cls", "multi_level_conv_reg",
      "multi_level_conv_obj")
    let csp = CrossStage(block: .darknet, isDepthwise: depthwise, norm: .yolox)
    func branch(_ x: Value, _ name: String, _ level: Int) -> Value {
      (0..<convolutions).reduce(x) { x, index in csp.conv(x, to: x.channels, in: scope / name / level / index) }
    }
    var classes: [Value] = []
    var boxes: [Value] = []
    var objects: [Value] = []
    for (level, x) in features.enumerated() {
      let seen = branch(x, "multi_level_cls_convs", level)
      let placed = branch(x, "multi_level_reg_convs", level)
      func predict(_ x: Value, _ name: String, _ channels: Int, bias: Initializer? = nil) -> Value {
        (scope / name / level).conv(x, to: channels, bias: true, biasInitializer: bias)
      }
      classes.append(predict(seen, "multi_level_conv_cls", task.classes, bias: .rareObjects))
      boxes.append(predict(placed, "multi_level_conv_reg", 4))
      objects.append(predict(placed, "multi_level_conv_obj", 1, bias: .rareObjects))
    }
    return .init(levels: [("cls_scores", classes), ("bbox_preds", boxes), ("objectnesses", objects)])
  }
}
