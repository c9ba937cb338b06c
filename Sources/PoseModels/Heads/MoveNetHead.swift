import PoseCore
import PoseGraph

/// MoveNet's four heads (after CenterNet, Zhou et al., 2019): where joints are, where people's centers are, how far joints are
/// from the center, and where in its cell a joint is.
///
/// Follows `Header` of fire717's movenet.pytorch, names included.
struct MoveNetHead: Head {
  var channels = 96

  static let catalogue: [String: any Head] = ["movenet": MoveNetHead()]

  /// Makes `heatmaps`, `N x joints x H/4 x W/4`, and `centers`, `N x 1 x ...`, in 0...1; `regs`, `N x 2 joints x ...`: x and y of
  /// each joint from a center's cell in cells; and `offsets`, `N x 2 joints x ...`: x and y of each joint from its cell's corner.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let x = features.first, let joints = scope.joints(of: task) else { return [:] }
    func head(_ name: String, _ outputs: Int, isScore: Bool = false) -> Value {
      let here = scope / name
      let wide = (here / 0).moveNetSeparable(x, to: channels)
      let y = (here / 1).conv(wide, to: outputs, bias: true)
      return isScore ? (here / 2).activation(.sigmoid, y) : y
    }
    return [
      "heatmaps": head("header_heatmaps", joints, isScore: true), "centers": head("header_centers", 1, isScore: true),
      "regs": head("header_regs", 2 * joints), "offsets": head("header_offsets", 2 * joints),
    ]
  }
}
