import PoseCore
import PoseGraph

extension Scope {
  /// MMCV's `ConvModule`: convolution, batch norm, activation, as `conv`, `bn` and `activate` below this scope. Without
  /// a norm (nil) the convolution has a bias.
  func convModule(
    _ x: Value, to channels: Int, kernel: Size = 1, stride: Size = 1, groups: Int = 1, norm: NormConstants? = .init(),
    activation: Unary? = nil, initializer: Initializer? = nil
  ) -> Value {
    var x = (self / "conv").conv(
      x, to: channels, kernel: kernel, stride: stride, groups: groups, bias: norm == nil, initializer: initializer)
    if let norm { x = (self / "bn").batchNorm(x, norm) }
    if let activation { x = (self / "activate").activation(activation, x) }
    return x
  }
}
