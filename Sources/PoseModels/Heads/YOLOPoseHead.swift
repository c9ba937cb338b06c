import PoseCore
import PoseGraph

/// YOLO-Pose's head (Maji et al., CVPRW 2022): for each anchor of each place a box, whether there is a person, and the
/// person's joints.
///
/// Written from the paper and the names and shapes of published weights.
struct YOLOPoseHead: Head {
  /// Pairs of a depthwise 3x3 and a 1x1 convolution before the joints.
  var convolutions = 5
  /// Widths and heights of each level's anchors in pixels of the input.
  var anchors = YOLOPoseAnchors.sides
  /// The number of the head among the layers.
  var layer = 33

  static let catalogue: [String: any Head] = [
    "yolo_pose": YOLOPoseHead(), "yolo_pose_lite": YOLOPoseHead(convolutions: 0),
  ]

  /// Makes `anchor_preds.L` for each level, the finest first: `N x anchors (6 + 3 joints) x H/stride x W/stride`: anchor by
  /// anchor its box, whether there is an object, whether it is a person, and x, y and how clear each joint is, before any
  /// sigmoid.
  ///
  /// As published, the two branches' channels are joined before they are dealt out to anchors: what is an anchor's does not
  /// come from its part of each branch.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard scope.acceptsLevels(features, task), let joints = scope.joints(of: task),
      scope.acceptsRepeats([convolutions], of: "convolutions"),
      scope.acceptsRepeats([layer], of: "layers before a head"),
      scope.accepts(
        anchors.count == features.count && anchors.allSatisfy { $0.count == anchors[0].count && $0.count % 2 == 0 },
        "YOLO-Pose needs as many anchors for each of the \(features.count) levels"),
      scope.accepts(
        anchors.allSatisfy { $0.allSatisfy((1...8192).contains) }, "an anchor has sides of 1 to 8192 pixels")
    else { return [:] }
    let here = scope / layer
    here.parameterOrder("anchors", "anchor_grid", "m", "m_kpt")
    let count = anchors[0].count / 2
    let sides = zip(anchors, features).map { sides, x in
      sides.map { Float($0) * Float(x.size.width) / Float(task.input.width) }
    }
    here.unusedParameter(
      "anchors", shape: [anchors.count, count, 2], .values(sides.flatMap(\.self)), role: .buffer())
    here.unusedParameter(
      "anchor_grid", shape: [anchors.count, 1, count, 1, 1, 2], .values(anchors.flatMap { $0.map(Float.init) }),
      role: .buffer())
    let layers = YOLOv5Layers()
    var predictions: [Value] = []
    for (level, x) in features.enumerated() {
      let boxes = (here / "m" / level).conv(x, to: count * (5 + task.classes), bias: true)
      let branch = here / "m_kpt" / level
      var y = x
      for index in 0..<convolutions * 2 {
        let isDepthwise = index % 2 == 0
        y = layers.unit(
          y, to: x.channels, kernel: isDepthwise ? 3 : 1, groups: isDepthwise ? x.channels : 1, in: branch / index)
      }
      if convolutions > 0 {
        y = layers.unit(y, to: x.channels, kernel: 3, groups: x.channels, in: branch / (2 * convolutions))
      }
      let last = convolutions > 0 ? branch / (2 * convolutions + 1) : branch
      predictions.append(here.concat([boxes, last.conv(y, to: count * 3 * joints, bias: true)]))
    }
    return .init(levels: [("anchor_preds", predictions)])
  }
}
