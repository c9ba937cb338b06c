import PoseCore
import PoseGraph

/// Heatmaps from coarse features, enlarged by transposed convolutions (Simple Baselines, Xiao et al., ECCV 2018;
/// `TopdownHeatmapSimpleHead`).
struct DeconvolutionHead: Head {
  /// Channels of each transposed convolution; each doubles the grid.
  var channels: [Int]
  /// In how many groups each transposed convolution is (ViPNAS, Xu et al., CVPR 2021).
  var groups: Int

  init(channels: [Int] = [256, 256, 256], groups: Int = 1) {
    (self.channels, self.groups) = (channels, groups)
  }

  static let catalogue: [String: any Head] = [
    "deconvolution": DeconvolutionHead(),
    "deconvolution_of_2": DeconvolutionHead(channels: [256, 256]),
    "vipnas_mbv3": DeconvolutionHead(channels: [160, 160, 160], groups: 160),
    "vipnas_res50": DeconvolutionHead(channels: [144, 144, 144], groups: 16),
  ]

  /// Makes `heatmaps`: `N x joints x H/4 x W/4` for backbones of stride 32.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let coarsest = features.last, let joints = task.joints else {
      scope.fail("a heatmap head needs features and joints")
      return [:]
    }
    return ["heatmaps": heatmaps(from: coarsest, count: joints.joints.count, in: scope)]
  }

  func heatmaps(from features: Value, count: Int, in scope: Scope) -> Value {
    guard scope.acceptsDoublings(channels) else { return features }
    let enlarged = enlarge(features, in: scope / "deconv_layers")
    return (scope / "final_layer").conv(enlarged, to: count, bias: true, initializer: initializer)
  }

  private func enlarge(_ features: Value, in scope: Scope) -> Value {
    channels.enumerated().reduce(features) { x, layer in
      let (index, channels) = layer
      let y = (scope / (3 * index)).transposedConv(
        x, to: channels, kernel: 4, stride: 2, padding: 1, groups: groups, initializer: initializer)
      return (scope / (3 * index + 2)).relu((scope / (3 * index + 1)).batchNorm(y))
    }
  }
}

private let initializer = Initializer.normal(deviation: 0.001)
