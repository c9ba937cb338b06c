import PoseCore
import PoseGraph

/// MoveNet's backbone as it can be trained in PyTorch: MobileNetV2 (Sandler et al., CVPR 2018) and a pyramid back to stride 4.
///
/// Follows `movenet_mobilenetv2.py` of fire717's movenet.pytorch, names included; pictures come in 0...255.
struct MoveNet: Backbone {
  /// Channels of the features that leave.
  var channels = 24

  static let catalogue: [String: any Backbone] = ["movenet": MoveNet()]

  func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    scope.parameterOrder(
      "features1", "features2", "features3", "features4", "upsample2", "upsample1", "conv3", "conv2", "conv1", "conv4")
    let (first, last) = (scope / "features1", scope / "features4")
    var x = image.named(scope) / 127.5 - 1
    x = (first / 0 / 2).relu((first / 0 / 1).batchNorm((first / 0 / 0).conv(x, to: 32, kernel: 3, stride: 2)))
    let depth = (first / 1 / 2).relu((first / 1 / 1).batchNorm((first / 1 / 0).depthwise(x)))
    x = (first / 1 / 4).batchNorm((first / 1 / 3).conv(depth, to: 16))
    let quarter = residuals(x, to: 24, stride: 2, blocks: 1, in: first / 2)
    let eighth = residuals(quarter, to: 32, stride: 2, blocks: 2, in: scope / "features2")
    let sixteenth = residuals(eighth, to: 64, stride: 2, blocks: 3, in: scope / "features3")
    x = residuals(sixteenth, to: 96, stride: 1, blocks: 2, in: last / 0)
    x = residuals(x, to: 160, stride: 2, blocks: 2, in: last / 1)
    x = residuals(x, to: 320, stride: 1, blocks: 0, in: last / 2)
    x = (last / 3 / 2).relu((last / 3 / 1).batchNorm((last / 3 / 0).conv(x, to: 1280)))
    x = (last / 4).conv(x, to: 64)

    func joined(_ coarse: Value, _ fine: Value, _ layer: String) -> Value {
      coarse.named(scope).resized(to: fine.size, .bilinear(alignCorners: false))
        + (scope / layer).conv(fine, to: fine.channels, bias: true)
    }
    func narrowed(_ x: Value, to channels: Int, in scope: Scope) -> Value {
      let y = (scope / 1).relu((scope / 0).depthwise(x, bias: true))
      return (scope / 2 / 2).relu((scope / 2 / 1).batchNorm((scope / 2 / 0).conv(y, to: channels)))
    }
    x = joined(x, sixteenth, "conv3")
    x = joined(narrowed(x, to: 32, in: scope / "upsample2"), eighth, "conv2")
    x = joined(narrowed(x, to: channels, in: scope / "upsample1"), quarter, "conv1")
    return [(scope / "conv4").moveNetSeparable(x, to: channels)]
  }

  /// An inverted residual that changes size and channels, and others that add to what they get.
  private func residuals(_ x: Value, to channels: Int, stride: Int, blocks: Int, in scope: Scope) -> Value {
    let wide = 6 * x.channels
    func inverted(_ x: Value, stride: Int, bias: Bool, in scope: Scope) -> Value {
      var y = (scope / 2).relu((scope / 1).batchNorm((scope / 0).conv(x, to: wide)))
      y = (scope / 5).relu((scope / 4).batchNorm((scope / 3).depthwise(y, stride: stride, bias: bias)))
      return (scope / 7).batchNorm((scope / 6).conv(y, to: channels))
    }
    var x = inverted(x, stride: stride, bias: true, in: scope / "conv1")
    for block in 0..<blocks {
      x = x.named(scope) + inverted(x, stride: 1, bias: false, in: scope / "conv2" / block)
    }
    return x
  }
}

extension Scope {
  fileprivate func depthwise(_ x: Value, stride: Int = 1, bias: Bool = false) -> Value {
    conv(x, to: x.channels, kernel: 3, stride: Size(stride), groups: x.channels, bias: bias)
  }

  /// A depthwise and a pointwise convolution, each with its norm, and a ReLU after both.
  func moveNetSeparable(_ x: Value, to channels: Int) -> Value {
    let y = (self / 1).batchNorm((self / 0).depthwise(x))
    return (self / 4).relu((self / 3).batchNorm((self / 2).conv(y, to: channels)))
  }
}
