import PoseGraph

/// MobileNetV2 (Sandler et al., CVPR 2018): inverted residuals with linear bottlenecks; features of strides 4 to 32.
///
/// Follows MMPose's `mobilenet_v2.py`, names included.
public struct MobileNetV2: Backbone {
  public init() {}

  public static let catalogue: [String: any Backbone] = ["mobilenet_v2": MobileNetV2()]

  /// Expansion, channels, blocks and the first block's stride of each layer.
  private static let layers = [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
  ]

  public func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    var x = (scope / "conv1").convModule(
      image, to: 32, kernel: 3, stride: 2, activation: .relu6, initializer: initializer)
    var features: [Value] = []
    for (index, (expansion, channels, blocks, stride)) in Self.layers.enumerated() {
      for block in 0..<blocks {
        x = invertedResidual(
          x, to: channels, expansion: expansion, stride: block == 0 ? stride : 1,
          in: scope / "layer\(index + 1)" / block)
      }
      features.append(x)
    }
    let last = (scope / "conv2").convModule(x, to: 1280, activation: .relu6, initializer: initializer)
    return [features[1], features[2], features[4], last]
  }
}

private let initializer = Initializer.kaimingNormal(.output)

private func invertedResidual(
  _ x: Value, to channels: Int, expansion: Int, stride: Int, in scope: Scope
) -> Value {
  var (y, index) = (x, 0)
  if expansion > 1 {
    y = (scope / "conv" / index).convModule(
      y, to: x.channels * expansion, activation: .relu6, initializer: initializer)
    index += 1
  }
  y = (scope / "conv" / index).convModule(
    y, to: y.channels, kernel: 3, stride: Size(stride), groups: y.channels, activation: .relu6,
    initializer: initializer)
  y = (scope / "conv" / (index + 1)).convModule(y, to: channels, initializer: initializer)
  return x.shape == y.shape ? x.named(scope) + y : y
}
