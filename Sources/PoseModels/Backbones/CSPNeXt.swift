import PoseCore
import PoseGraph

/// CSPNeXt (RTMDet, Lyu et al., 2022), RTMPose's backbone: cross-stage blocks of large depthwise kernels; features of
/// stride 32.
///
/// Follows MMPose's `cspnext.py`, names included.
struct CSPNeXt: Backbone {
  /// Channels of the stem and of the four stages.
  var channels = [48, 96, 192, 384, 768]
  /// Blocks of the four stages.
  var blocks = [2, 4, 4, 2]

  static let catalogue: [String: any Backbone] = [
    "cspnext": CSPNeXt(),
    "cspnext_tiny": CSPNeXt(channels: [24, 48, 96, 192, 384], blocks: [1, 1, 1, 1]),
    "cspnext_small": CSPNeXt(channels: [32, 64, 128, 256, 512], blocks: [1, 2, 2, 1]),
    "cspnext_medium": CSPNeXt(channels: [48, 96, 192, 384, 768], blocks: [2, 4, 4, 2]),
  ]

  func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    guard
      scope.accepts(
        channels.count == blocks.count + 1, "CSPNeXt needs channels of the stem and of \(blocks.count) stages"),
      scope.acceptsRepeats(blocks, of: "blocks")
    else { return [image] }
    let half = channels[0] / 2
    var x = (scope / "stem" / 0).unit(image, to: half, kernel: 3, stride: 2)
    x = (scope / "stem" / 1).unit(x, to: half, kernel: 3)
    x = (scope / "stem" / 2).unit(x, to: channels[0], kernel: 3)
    for (stage, count) in blocks.enumerated() {
      let here = scope / "stage\(stage + 1)"
      let isLast = stage == blocks.count - 1
      x = (here / 0).unit(x, to: channels[stage + 1], kernel: 3, stride: 2)
      if isLast { x = pyramid(x, in: here / 1) }
      x = crossStage(x, blocks: count, isResidual: !isLast, in: here / (isLast ? 2 : 1))
    }
    return [x]
  }

  /// Maxima over windows of several sizes side by side (`SPPBottleneck`).
  private func pyramid(_ x: Value, in scope: Scope) -> Value {
    let narrow = (scope / "conv1").unit(x, to: x.channels / 2)
    let maxima = [5, 9, 13].enumerated().map { index, side in
      (scope / "poolings" / index).pool(
        narrow, Pooling(.max, kernel: Size(side), stride: 1, padding: Size(side / 2)))
    }
    return (scope / "conv2").unit(scope.concat([narrow] + maxima), to: x.channels)
  }

  /// Half the channels pass the blocks, half pass by; then both are weighted by their means and joined (`CSPLayer`).
  private func crossStage(_ x: Value, blocks: Int, isResidual: Bool, in scope: Scope) -> Value {
    scope.parameterOrder("main_conv", "short_conv", "final_conv", "blocks", "attention")
    let short = (scope / "short_conv").unit(x, to: x.channels / 2)
    var main = (scope / "main_conv").unit(x, to: x.channels / 2)
    for index in 0..<blocks {
      let here = scope / "blocks" / index
      var y = (here / "conv1").unit(main, to: main.channels, kernel: 3)
      y = (here / "conv2" / "depthwise_conv").unit(y, to: y.channels, kernel: 5, groups: y.channels)
      y = (here / "conv2" / "pointwise_conv").unit(y, to: y.channels)
      main = isResidual ? y.named(here) + main : y
    }
    let joined = scope.concat([main, short])
    let attention = scope / "attention"
    let means = (attention / "global_avgpool").adaptiveAveragePool(joined)
    let weights = (attention / "act").activation(
      .hardSigmoid, (attention / "fc").conv(means, to: joined.channels, bias: true))
    return (scope / "final_conv").unit(joined.named(attention) * weights, to: x.channels)
  }
}

extension Scope {
  fileprivate func unit(_ x: Value, to channels: Int, kernel: Size = 1, stride: Size = 1, groups: Int = 1) -> Value {
    convModule(
      x, to: channels, kernel: kernel, stride: stride, groups: groups, activation: .silu,
      initializer: .kaimingNormal(.input))
  }
}
