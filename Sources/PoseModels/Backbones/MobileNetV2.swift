import PoseCore
import PoseGraph

/// MobileNetV2 (Sandler et al., CVPR 2018): inverted residuals with linear bottlenecks; features of strides 4 to 32.
///
/// Follows MMPose's `mobilenet_v2.py`, names included.
struct MobileNetV2: Backbone {
  var layers = [
    Layer(expansion: 1, channels: 16, blocks: 1, stride: 1), Layer(expansion: 6, channels: 24, blocks: 2, stride: 2),
    Layer(expansion: 6, channels: 32, blocks: 3, stride: 2), Layer(expansion: 6, channels: 64, blocks: 4, stride: 2),
    Layer(expansion: 6, channels: 96, blocks: 3, stride: 1), Layer(expansion: 6, channels: 160, blocks: 3, stride: 2),
    Layer(expansion: 6, channels: 320, blocks: 1, stride: 1),
  ]
  /// The layers, from 0, whose results are features beside those of the last convolution.
  var outputs = [1, 2, 4]

  struct Layer: Sendable, Hashable, Codable {
    var expansion, channels, blocks: Int
    /// The stride of the first block.
    var stride: Int
  }

  init() {}

  static let catalogue: [String: any Backbone] = ["mobilenet_v2": MobileNetV2()]

  func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    guard
      scope.acceptsRepeats(layers.map(\.blocks), of: "blocks"),
      scope.accepts(
        outputs.allSatisfy(layers.indices.contains), "MobileNetV2 has \(layers.count) layers, not \(outputs)")
    else { return [image] }
    var x = (scope / "conv1").convModule(
      image, to: 32, kernel: 3, stride: 2, activation: .relu6, initializer: initializer)
    var features: [Value] = []
    for (index, layer) in layers.enumerated() {
      for block in 0..<layer.blocks {
        x = invertedResidual(
          x, to: layer.channels, expansion: layer.expansion, stride: block == 0 ? layer.stride : 1,
          in: scope / "layer\(index + 1)" / block)
      }
      features.append(x)
    }
    let last = (scope / "conv2").convModule(x, to: 1280, activation: .relu6, initializer: initializer)
    return outputs.map { features[$0] } + [last]
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
