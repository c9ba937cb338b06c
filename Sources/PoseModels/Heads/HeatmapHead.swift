import PoseGraph

/// One heatmap a joint from the finest features, by a 1x1 convolution (`TopDownSimpleHead` without deconvolutions).
public struct HeatmapHead: Head {
  public var joints: Int

  public init(joints: Int) { self.joints = joints }

  /// Makes `heatmaps`: `N x joints x H/4 x W/4` for backbones of stride 4.
  public func callAsFunction(_ features: [Value], in scope: Scope) -> KeyValuePairs<String, Value> {
    guard let finest = features.first else {
      scope.reject("a heatmap head needs features")
      return [:]
    }
    let heatmaps = (scope / "final_layer").conv(
      finest, to: joints, bias: true, initializer: .normal(deviation: 0.001))
    return ["heatmaps": heatmaps]
  }
}
