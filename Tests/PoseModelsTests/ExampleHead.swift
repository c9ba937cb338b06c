import PoseCore
import PoseGraph
import PoseModels

/// ExampleHead (Author et al., VENUE YEAR): one heatmap for each joint by a square convolution.
///
/// Follows `example_head.py` of the published code, names included.
public struct ExampleHead: Head {
  public var kernel = 3

  public static let catalogue: [String: any Head] = ["example_head": ExampleHead()]

  public func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let finest = features.first, let joints = task.joints else {
      scope.fail("ExampleHead needs features and joints")
      return [:]
    }
    let heatmaps = (scope / "conv").conv(finest, to: joints.joints.count, kernel: Size(kernel), bias: true)
    return ["heatmaps": heatmaps]
  }
}
