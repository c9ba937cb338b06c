import PoseCore
import PoseGraph

/// YOLOX-Pose's head (after Maji et al., YOLO-Pose, CVPRW 2022): YOLOX's, with a third branch for the joints of the person
/// whom a place shows.
///
/// Follows MMPose's `YOLOXPoseHead`, names included.
struct YOLOXPoseHead: Head {
  /// Convolutions before the last, for people and for boxes each; joints have twice as many.
  var convolutions = 2

  static let catalogue: [String: any Head] = ["yolox_pose": YOLOXPoseHead()]

  /// Makes, for each level, the finest first: `cls_scores.L` and `objectnesses.L`, `N x 1 x H/stride x W/stride`, before the
  /// sigmoid; `bbox_preds.L`, `N x 4 x ...`, as YOLOX's; `kpt_offsets.L`, `N x 2 joints x ...`: x and y of each joint from a
  /// cell's corner in cells; and `kpt_vis.L`, `N x joints x ...`, before the sigmoid.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard scope.acceptsLevels(features, task), scope.acceptsRepeats([convolutions], of: "convolutions"),
      let joints = scope.joints(of: task)
    else { return [:] }
    let csp = CrossStage(block: .darknet, norm: .yolox)
    let module = scope / "head_module"
    module.parameterOrder(
      "conv_cls", "out_cls", "out_obj", "conv_reg", "out_bbox", "conv_pose", "out_kpt", "out_kpt_vis")
    func branch(_ x: Value, _ name: String, _ level: Int, _ count: Int) -> Value {
      (0..<count).reduce(x) { x, index in csp.conv(x, to: x.channels, in: module / name / level / index) }
    }
    var outputs: [[Value]] = []
    for (level, x) in features.enumerated() {
      func predict(_ x: Value, _ name: String, _ channels: Int, bias: Initializer? = nil) -> Value {
        (module / name / level).conv(x, to: channels, bias: true, biasInitializer: bias)
      }
      let seen = branch(x, "conv_cls", level, convolutions)
      let placed = branch(x, "conv_reg", level, convolutions)
      let posed = branch(x, "conv_pose", level, 2 * convolutions)
      outputs.append([
        predict(seen, "out_cls", task.classes, bias: .rareObjects), predict(placed, "out_obj", 1, bias: .rareObjects),
        predict(placed, "out_bbox", 4), predict(posed, "out_kpt", 2 * joints),
        predict(posed, "out_kpt_vis", joints),
      ])
    }
    scope.lossDeviations(joints)
    return .init(
      levels: ["cls_scores", "objectnesses", "bbox_preds", "kpt_offsets", "kpt_vis"].enumerated().map { index, name in
        (name, outputs.map { $0[index] })
      })
  }
}
