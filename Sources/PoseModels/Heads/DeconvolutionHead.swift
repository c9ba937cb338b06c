import PoseGraph

/// Heatmaps from coarse features, enlarged by transposed convolutions (Simple Baselines, Xiao et al., ECCV 2018;
/// `TopdownHeatmapSimpleHead`).
public struct DeconvolutionHead: Head {
  public var joints: Int
  /// Channels of each transposed convolution; each doubles the grid.
  public var channels = [256, 256, 256]
  /// Whether each channel has a filter of its own (ViPNAS).
  public var isDepthwise = false

  public init(joints: Int) { self.joints = joints }

  /// Makes `heatmaps`: `N x joints x H/4 x W/4` for backbones of stride 32.
  public func callAsFunction(_ features: [Value], in scope: Scope) -> KeyValuePairs<String, Value> {
    guard var x = features.last else {
      scope.reject("a heatmap head needs features")
      return [:]
    }
    let initializer = Initializer.normal(deviation: 0.001)
    let layers = scope / "deconv_layers"
    for (index, channels) in channels.enumerated() {
      x = (layers / (3 * index)).transposedConv(
        x, to: channels, kernel: 4, stride: 2, padding: 1, groups: isDepthwise ? channels : 1,
        initializer: initializer)
      x = (layers / (3 * index + 2)).relu((layers / (3 * index + 1)).batchNorm(x))
    }
    return ["heatmaps": (scope / "final_layer").conv(x, to: joints, bias: true, initializer: initializer)]
  }
}
