import PoseGraph

/// ResNet (He et al., CVPR 2016), features of strides 4 to 32: the backbone of Simple Baselines, DeepPose, RLE and SimCC.
///
/// Follows MMPose's `resnet.py` (PyTorch's style: the 3x3 convolution has the stride), names included.
public struct ResNet: Backbone {
  /// Blocks in each of the four layers.
  public var blocks: [Int]
  let block: ResidualBlock
  var norm = NormConstants()

  public static let resNet18 = ResNet(blocks: [2, 2, 2, 2], block: .basic)
  public static let resNet50 = ResNet(blocks: [3, 4, 6, 3], block: .bottleneck)
  public static let resNet101 = ResNet(blocks: [3, 4, 23, 3], block: .bottleneck)
  public static let resNet152 = ResNet(blocks: [3, 8, 36, 3], block: .bottleneck)

  public static let catalogue: [String: any Backbone] = [
    "resnet_18": resNet18, "resnet_50": resNet50, "resnet_101": resNet101, "resnet_152": resNet152,
  ]

  public func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    var x = (scope / "conv1").conv(image, to: 64, kernel: 7, stride: 2, padding: 3, initializer: initializer)
    x = (scope / "relu").relu((scope / "bn1").batchNorm(x, norm))
    x = (scope / "maxpool").pool(x, Pooling(.max, kernel: 3, stride: 2, padding: 1))
    var features: [Value] = []
    for (layer, count) in blocks.enumerated() {
      for index in 0..<count {
        x = block(
          x, width: 64 << layer, stride: index == 0 && layer > 0 ? 2 : 1, norm: norm, initializer: initializer,
          in: scope / "layer\(layer + 1)" / index)
      }
      features.append(x)
    }
    return features
  }
}

private let initializer = Initializer.kaimingNormal(.output)
