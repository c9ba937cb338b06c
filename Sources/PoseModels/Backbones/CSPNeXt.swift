import PoseGraph

/// CSPNeXt (RTMDet, Lyu et al., 2022), the backbone of RTMDet and RTMPose: cross-stage blocks of large depthwise kernels;
/// features of strides 8, 16 and 32.
///
/// Follows MMDetection's `cspnext.py`, names included.
struct CSPNeXt: Backbone {
  /// Channels of the stem and of the four stages.
  var channels = [48, 96, 192, 384, 768]
  /// Blocks of the four stages.
  var blocks = [2, 4, 4, 2]
  /// Whether 3x3 convolutions after the stem are depthwise separable.
  var depthwise = false

  static let catalogue: [String: any Backbone] = [
    "cspnext": CSPNeXt(),
    "cspnext_nano": CSPNeXt(channels: [16, 32, 64, 128, 256], blocks: [1, 2, 2, 1], depthwise: true),
    "cspnext_tiny": CSPNeXt(channels: [24, 48, 96, 192, 384], blocks: [1, 1, 1, 1]),
    "cspnext_small": CSPNeXt(channels: [32, 64, 128, 256, 512], blocks: [1, 2, 2, 1]),
    "cspnext_medium": CSPNeXt(channels: [48, 96, 192, 384, 768], blocks: [2, 4, 4, 2]),
    "cspnext_large": CSPNeXt(channels: [64, 128, 256, 512, 1024], blocks: [3, 6, 6, 3]),
    "cspnext_x": CSPNeXt(channels: [80, 160, 320, 640, 1280], blocks: [4, 8, 8, 4]),
  ]

  func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    guard scope.acceptsStages(channels: channels, blocks: blocks, of: "CSPNeXt") else { return [image] }
    let csp = CrossStage(isDepthwise: depthwise)
    let half = channels[0] / 2
    var x = csp.unit(image, to: half, kernel: 3, stride: 2, in: scope / "stem" / 0)
    x = csp.unit(x, to: half, kernel: 3, in: scope / "stem" / 1)
    x = csp.unit(x, to: channels[0], kernel: 3, in: scope / "stem" / 2)
    var features: [Value] = []
    for (stage, count) in blocks.enumerated() {
      let here = scope / "stage\(stage + 1)"
      let isLast = stage == blocks.count - 1
      x = csp.conv(x, to: channels[stage + 1], stride: 2, in: here / 0)
      if isLast { x = csp.pyramid(x, in: here / 1) }
      x = csp(
        x, to: channels[stage + 1], blocks: count, isResidual: !isLast, isWeighted: true,
        in: here / (isLast ? 2 : 1))
      if stage > 0 { features.append(x) }
    }
    return features
  }
}
