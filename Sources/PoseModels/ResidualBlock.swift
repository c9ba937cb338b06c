import PoseCore
import PoseGraph

/// What residual networks repeat (He et al., CVPR 2016), with the names of their published code.
public enum ResidualBlock: String, Sendable, Hashable, Codable, CaseIterable {
  /// Two 3x3 convolutions.
  case basic
  /// 1x1, 3x3 and 1x1 convolutions; the last widens four times.
  case bottleneck

  var expansion: Int { self == .basic ? 1 : 4 }

  /// - Parameter width: channels within the block; its output has `expansion` times as many.
  func callAsFunction(
    _ x: Value, width: Int, stride: Int = 1, norm: NormConstants = .init(), initializer: Initializer, in scope: Scope
  ) -> Value {
    func conv(_ index: Int, _ x: Value, to channels: Int, kernel: Size, stride: Size = 1) -> Value {
      let y = (scope / "conv\(index)").conv(
        x, to: channels, kernel: kernel, stride: stride, initializer: initializer)
      return (scope / "bn\(index)").batchNorm(y, norm)
    }
    let relu = scope / "relu"
    var y: Value
    switch self {
    case .basic:
      y = relu.relu(conv(1, x, to: width, kernel: 3, stride: Size(stride)))
      y = conv(2, y, to: width, kernel: 3)
    case .bottleneck:
      y = relu.relu(conv(1, x, to: width, kernel: 1))
      y = relu.relu(conv(2, y, to: width, kernel: 3, stride: Size(stride)))
      y = conv(3, y, to: width * expansion, kernel: 1)
    }
    var shortcut = x
    if x.shape != y.shape {
      shortcut = (scope / "downsample" / 0).conv(
        x, to: width * expansion, stride: Size(stride), initializer: initializer)
      shortcut = (scope / "downsample" / 1).batchNorm(shortcut, norm)
    }
    return relu.relu(y.named(scope) + shortcut)
  }
}

/// The constants of a published code's batch norms; PyTorch's by default.
public struct NormConstants: Sendable, Hashable, Codable {
  public var epsilon: Float = 1e-5
  /// How far a training step moves the running statistics.
  public var momentum: Float = 0.1
}

extension Scope {
  func batchNorm(_ x: Value, _ norm: NormConstants) -> Value {
    batchNorm(x, epsilon: norm.epsilon, momentum: norm.momentum)
  }
}
