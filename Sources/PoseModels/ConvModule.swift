import PoseCore
import PoseGraph

extension Scope {
  /// MMCV's `ConvModule`: convolution, batch norm, activation, as `conv`, `bn` and `activate` below this scope. Without
  /// a norm the convolution has a bias.
  func convModule(
    _ x: Value, to channels: Int, kernel: Size = 1, stride: Size = 1, groups: Int = 1, norm: Bool = true,
    activation: Unary? = nil, initializer: Initializer
  ) -> Value {
    var x = (self / "conv").conv(
      x, to: channels, kernel: kernel, stride: stride, groups: groups, bias: !norm, initializer: initializer)
    if norm { x = (self / "bn").batchNorm(x) }
    if let activation { x = (self / "activate").activation(activation, x) }
    return x
  }
}
