import PoseCore
import PoseGraph

/// What CSPNeXt and CSPDarknet, their pyramids and their heads are made of: convolutions with batch norm and SiLU, and
/// cross-stage blocks, which half of the channels pass by.
///
/// Follows MMDetection's `ConvModule`, `DepthwiseSeparableConvModule`, `CSPLayer` and `SPPBottleneck`, names included.
struct CrossStage: Sendable {
  /// What the half of the channels passes that is not passed by.
  var block = Block.next
  /// Whether 3x3 convolutions are depthwise separable, as in the smallest networks.
  var isDepthwise = false
  var norm = NormConstants()

  enum Block: String, Sendable, Hashable, Codable, CaseIterable {
    /// RTMDet's: a 3x3 convolution, then a depthwise separable one of 5x5.
    case next = "cspnext"
    /// YOLOX's: a 1x1 convolution, then one of 3x3.
    case darknet
  }

  /// A convolution with its norm and SiLU.
  func unit(
    _ x: Value, to channels: Int, kernel: Size = 1, stride: Size = 1, groups: Int = 1, in scope: Scope
  ) -> Value {
    scope.convModule(x, to: channels, kernel: kernel, stride: stride, groups: groups, norm: norm, activation: .silu)
  }

  /// The same, depthwise separable where the network's convolutions are.
  func conv(_ x: Value, to channels: Int, kernel: Size = 3, stride: Size = 1, in scope: Scope) -> Value {
    isDepthwise
      ? separable(x, to: channels, kernel: kernel, stride: stride, in: scope)
      : unit(x, to: channels, kernel: kernel, stride: stride, in: scope)
  }

  private func separable(_ x: Value, to channels: Int, kernel: Size, stride: Size = 1, in scope: Scope) -> Value {
    let y = unit(
      x, to: x.channels, kernel: kernel, stride: stride, groups: x.channels, in: scope / "depthwise_conv")
    return unit(y, to: channels, in: scope / "pointwise_conv")
  }

  /// Half the channels pass the blocks, half pass by; then both are joined.
  ///
  /// - Parameters:
  ///   - isResidual: whether blocks add to what they get.
  ///   - isWeighted: whether the channels are weighted by their means before they are joined.
  func callAsFunction(
    _ x: Value, to channels: Int, blocks: Int, isResidual: Bool, isWeighted: Bool = false, in scope: Scope
  ) -> Value {
    scope.parameterOrder("main_conv", "short_conv", "final_conv", "blocks", "attention")
    let short = unit(x, to: channels / 2, in: scope / "short_conv")
    var main = unit(x, to: channels / 2, in: scope / "main_conv")
    for index in 0..<blocks {
      let here = scope / "blocks" / index
      let y: Value
      switch block {
      case .next:
        let wide = conv(main, to: main.channels, in: here / "conv1")
        y = separable(wide, to: main.channels, kernel: 5, in: here / "conv2")
      case .darknet:
        let wide = unit(main, to: main.channels, in: here / "conv1")
        y = conv(wide, to: main.channels, in: here / "conv2")
      }
      main = isResidual ? y.named(here) + main : y
    }
    var joined = scope.concat([main, short])
    if isWeighted {
      let attention = scope / "attention"
      let means = (attention / "global_avgpool").adaptiveAveragePool(joined)
      let weights = (attention / "act").activation(
        .hardSigmoid, (attention / "fc").conv(means, to: joined.channels, bias: true))
      joined = joined.named(attention) * weights
    }
    return unit(joined, to: channels, in: scope / "final_conv")
  }

  /// Maxima over windows of several sizes side by side.
  func pyramid(_ x: Value, in scope: Scope) -> Value {
    let narrow = unit(x, to: x.channels / 2, in: scope / "conv1")
    let maxima = [5, 9, 13].enumerated().map { index, side in
      (scope / "poolings" / index).pool(
        narrow, Pooling(.max, kernel: Size(side), stride: 1, padding: Size(side / 2)))
    }
    return unit(scope.concat([narrow] + maxima), to: x.channels, in: scope / "conv2")
  }
}
