import PoseCore
import PoseGraph

/// ViPNAS on ResNet's bottlenecks (Xu et al., CVPR 2021), the architecture searched; features of stride 32.
///
/// Follows MMPose's `vipnas_resnet.py`, names included.
struct ViPNASResNet: Backbone {
  /// What the search found for each stage.
  var stages = [
    Stage(channels: 80, blocks: 4, kernel: 3, hasContext: true),
    Stage(channels: 160, blocks: 6, kernel: 5, hasContext: false),
    Stage(channels: 304, blocks: 7, kernel: 5, hasContext: true),
    Stage(channels: 608, blocks: 3, kernel: 5, hasContext: true),
  ]

  struct Stage: Sendable, Hashable, Codable {
    var channels, blocks, kernel: Int
    var hasContext: Bool
  }

  static let catalogue: [String: any Backbone] = ["vipnas_res50": ViPNASResNet()]

  func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    guard scope.acceptsRepeats(stages.map(\.blocks), of: "blocks") else { return [image] }
    var x = (scope / "conv1").conv(image, to: 48, kernel: 7, stride: 2, initializer: initializer)
    x = (scope / "relu").relu((scope / "bn1").batchNorm(x))
    x = (scope / "maxpool").pool(x, Pooling(.max, kernel: 3, stride: 2, padding: 1))
    for (index, stage) in stages.enumerated() {
      for block in 0..<stage.blocks {
        x = stage.bottleneck(
          x, stride: block == 0 && index > 0 ? 2 : 1, in: scope / "layer\(index + 1)" / block)
      }
    }
    return [x]
  }
}

private let initializer = Initializer.normal(deviation: 0.001)

extension ViPNASResNet.Stage {
  fileprivate func bottleneck(_ x: Value, stride: Int, in scope: Scope) -> Value {
    func conv(_ index: Int, _ x: Value, kernel: Int = 1, stride: Int = 1, groups: Int = 1) -> Value {
      let y = (scope / "conv\(index)").conv(
        x, to: channels, kernel: Size(kernel), stride: Size(stride), groups: groups, initializer: initializer)
      return (scope / "bn\(index)").batchNorm(y)
    }
    let relu = scope / "relu"
    var y = relu.relu(conv(1, x))
    y = conv(3, relu.relu(conv(2, y, kernel: kernel, stride: stride, groups: 16)))
    if hasContext { y = addContext(to: y, in: scope / "attention") }
    var shortcut = x
    if x.shape != y.shape {
      shortcut = (scope / "downsample" / 0).conv(x, to: channels, stride: Size(stride), initializer: initializer)
      shortcut = (scope / "downsample" / 1).batchNorm(shortcut)
    }
    return relu.relu(y.named(scope) + shortcut)
  }
}

/// Adds to every place what the whole map holds where it matters (GCNet, Cao et al., ICCV Workshops 2019).
private func addContext(to x: Value, in scope: Scope) -> Value {
  let places = x.size.height * x.size.width
  let mask = (scope / "conv_mask").conv(x, to: 1, bias: true, initializer: initializer)
  let weights = mask.named(scope).reshaped(to: [1, places, 1]).softmax(axis: 1)
  let context = x.named(scope).reshaped(to: [1, x.channels, places]).matmul(weights)
    .reshaped(to: [1, x.channels, 1, 1])
  let add = scope / "channel_add_conv"
  let narrow = (add / 0).conv(context, to: max(x.channels / 16, 16), bias: true, initializer: initializer)
  let normed = (add / 2).relu((add / 1).channelNorm(narrow))
  return x.named(scope) + (add / 3).conv(normed, to: x.channels, bias: true, initializer: initializer)
}

extension Scope {
  /// Layer normalisation of the channels of a single place.
  fileprivate func channelNorm(_ x: Value) -> Value {
    let shape = [x.channels, 1, 1]
    let (gain, bias) = (parameter("weight", shape: shape, .constant(1)), parameter("bias", shape: shape, .constant(0)))
    let centred = x.named(self) - x.named(self).reduced(.mean, axes: [1], keepsAxes: true)
    let variance = (centred * centred).reduced(.mean, axes: [1], keepsAxes: true)
    return centred / (variance + 1e-5).unary(.sqrt) * gain + bias
  }
}
