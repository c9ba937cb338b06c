import PoseCore
import PoseGraph

/// RTMO's head (Lu et al., CVPR 2024): people and boxes of each level as YOLOX has them, and features of each place from
/// which a classifier of coordinates finds the joints of those who are kept.
///
/// Follows MMPose's `RTMOHead`, names included.
struct RTMOHead: TwoStageHead {
  /// Convolutions before the last, for people; boxes and poses have twice as many.
  var convolutions = 2
  /// Channels of the convolutions for boxes and poses.
  var poseChannels = 144
  /// Groups of those convolutions but the first.
  var groups = 8

  static let catalogue: [String: any Head] = ["rtmo": RTMOHead()]

  /// Makes, for each level, the finest first: `cls_scores.L`, `N x 1 x H/stride x W/stride`, before the sigmoid;
  /// `bbox_preds.L`, `N x 4 x ...`, as YOLOX's, from the middle of a cell; `kpt_offsets.L`, `N x 2 joints x ...`, which only
  /// training reads; `kpt_vis.L`, `N x joints x ...`, before the sigmoid; and `pose_feats.L`, `N x C x ...`.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard scope.acceptsLevels(features, task), scope.acceptsRepeats([convolutions], from: 1, of: "convolutions"),
      let joints = scope.joints(of: task), let channels = features.first?.channels,
      scope.accepts(
        channels % 2 == 0 && features.allSatisfy { $0.channels == channels },
        "RTMO's head needs levels of the same even number of channels"),
      scope.accepts(
        groups > 0 && (1...8192).contains(poseChannels) && poseChannels % max(groups, 1) == 0,
        "RTMO's head needs channels that its groups divide, not \(poseChannels) and \(groups)")
    else { return [:] }
    let csp = CrossStage(block: .darknet, norm: .yolox)
    let module = scope / "head_module"
    scope.lossDeviations(joints)
    module.parameterOrder("conv_cls", "out_cls", "conv_pose", "out_bbox", "out_kpt_reg", "out_kpt_vis", "out_pose")
    var outputs: [[Value]] = []
    for (level, x) in features.enumerated() {
      let halves = x.named(module).split(axis: 1, into: 2)
      func predict(_ x: Value, _ name: String, _ channels: Int, bias: Initializer? = nil) -> Value {
        (module / name / level).conv(x, to: channels, bias: true, biasInitializer: bias)
      }
      let seen = (0..<convolutions).reduce(halves[0]) { x, index in
        csp.unit(x, to: x.channels, kernel: 3, in: module / "conv_cls" / level / index)
      }
      let posed = (0..<2 * convolutions).reduce(halves[1]) { x, index in
        csp.unit(
          x, to: poseChannels, kernel: 3, groups: index == 0 ? 1 : groups, in: module / "conv_pose" / level / index)
      }
      outputs.append([
        predict(seen, "out_cls", task.classes, bias: .rareObjects), predict(posed, "out_bbox", 4),
        predict(posed, "out_kpt_reg", 2 * joints), predict(posed, "out_kpt_vis", joints),
        predict(posed, "out_pose", channels),
      ])
    }
    DynamicClassifier(joints: joints, featureChannels: channels).declare(in: scope / "dcc")
    return .init(
      levels: ["cls_scores", "bbox_preds", "kpt_offsets", "kpt_vis", "pose_feats"].enumerated().map { index, name in
        (name, outputs.map { $0[index] })
      })
  }

  func personInput(_ outputs: [String: [Int]], _ task: HeadTask) -> Int? {
    (outputs["pose_feats.0"]?.first).map { $0 + 6 }
  }

  /// Makes `keypoints`, `N x joints x 2`, in pixels of the input; `x_hms` and `y_hms`, `N x joints x 192` and `256`: how
  /// likely a joint is in each bin; and `sigmas`, `N x joints`, by which training weighs distances.
  ///
  /// - Parameter person: `N x (C + 6)`: the place's features, the center, width and height of the region that the bins divide,
  ///   and the middle of the place's cell, in pixels of the input.
  func outputs(of person: Value, _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let joints = scope.joints(of: task), scope.accepts(person.extent(1) > 6, "RTMO's joints need features") else {
      return [:]
    }
    return DynamicClassifier(joints: joints, featureChannels: person.extent(1) - 6)(person, in: scope / "dcc")
  }
}
