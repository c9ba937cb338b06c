import PoseGraph

/// ResNet (He et al., CVPR 2016), features of strides 4 to 32: the backbone of Simple Baselines, DeepPose, RLE and SimCC.
///
/// Follows MMPose's `resnet.py` (PyTorch's style: the 3x3 convolution has the stride), names included.
public struct ResNet: Backbone {
  /// Blocks in each of the four layers.
  public var blocks = [3, 4, 6, 3]
  public var block = ResidualBlock.bottleneck
  /// Channels of the stem, and within the first layer's blocks; each layer has twice those of the one before.
  public var width = 64
  public var norm = NormConstants()

  package static let resNet18 = ResNet(blocks: [2, 2, 2, 2], block: .basic)
  package static let resNet50 = ResNet(blocks: [3, 4, 6, 3], block: .bottleneck)
  package static let resNet101 = ResNet(blocks: [3, 4, 23, 3], block: .bottleneck)
  package static let resNet152 = ResNet(blocks: [3, 8, 36, 3], block: .bottleneck)

  public static let catalogue: [String: any Backbone] = [
    "resnet": resNet50, "resnet_18": resNet18, "resnet_50": resNet50, "resnet_101": resNet101, "resnet_152": resNet152,
  ]

  public func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    guard
      scope.accepts((1...8).contains(blocks.count), "ResNet takes 1 to 8 layers, not \(blocks.count)"),
      scope.acceptsRepeats(blocks, from: 1, of: "blocks")
    else { return [image] }
    var x = (scope / "conv1").conv(image, to: width, kernel: 7, stride: 2, padding: 3, initializer: initializer)
    x = (scope / "relu").relu((scope / "bn1").batchNorm(x, norm))
    x = (scope / "maxpool").pool(x, Pooling(.max, kernel: 3, stride: 2, padding: 1))
    var features: [Value] = []
    for (layer, count) in blocks.enumerated() {
      for index in 0..<count {
        x = block(
          x, width: width << layer, stride: index == 0 && layer > 0 ? 2 : 1, norm: norm, initializer: initializer,
          in: scope / "layer\(layer + 1)" / index)
      }
      features.append(x)
    }
    return features
  }
}

private let initializer = Initializer.kaimingNormal(.output)
