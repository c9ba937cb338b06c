import PoseCore
import PoseGraph

/// One heatmap a joint from the finest features, by a 1x1 convolution (`TopDownSimpleHead` without deconvolutions).
package struct HeatmapHead: Head {
  /// Channels of each joint: a heatmap, with two of offsets beside it where UDP regresses them (Huang et al., CVPR 2020);
  /// or all heatmaps and then all tags, where people are grouped by them (Newell et al., NIPS 2017).
  package var channelsPerJoint: Int

  package init(channelsPerJoint: Int = 1) { self.channelsPerJoint = channelsPerJoint }

  package static let catalogue: [String: any Head] = [
    "heatmap": HeatmapHead(),
    "heatmaps_and_tags": HeatmapHead(channelsPerJoint: 2),
    "heatmap_and_offsets": HeatmapHead(channelsPerJoint: 3),
  ]

  /// Makes `heatmaps`: `N x joints x H/4 x W/4` for backbones of stride 4.
  package func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let finest = features.first, let joints = task.joints else {
      scope.fail("a heatmap head needs features and joints")
      return [:]
    }
    guard scope.acceptsRepeats([channelsPerJoint], from: 1, of: "channels of a joint") else { return [:] }
    let heatmaps = (scope / "final_layer").conv(
      finest, to: joints.joints.count * channelsPerJoint, bias: true, initializer: .normal(deviation: 0.001))
    return ["heatmaps": heatmaps]
  }
}
