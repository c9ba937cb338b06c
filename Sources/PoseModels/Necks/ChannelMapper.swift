import PoseGraph

/// Features of all strides brought to the same number of channels: a 1x1 convolution and group norm each.
///
/// Follows MMDetection's `ChannelMapper` as Poseur (Mao et al., ECCV 2022) uses it, names included.
struct ChannelMapper: Neck {
  var channels = 256
  /// Groups of channels that are normalized together.
  var groups = 32

  static let catalogue: [String: any Neck] = ["channel_mapper": ChannelMapper()]

  func callAsFunction(_ features: [Value], in scope: Scope) -> [Value] {
    guard groups > 0, channels > 0, channels % groups == 0 else {
      scope.fail("a channel mapper needs channels that \(groups) groups divide, not \(channels)")
      return features
    }
    return features.enumerated().map { index, x in
      let here = scope / "convs" / index
      return (here / "gn").groupNorm((here / "conv").conv(x, to: channels, initializer: .xavierUniform), groups: groups)
    }
  }
}

extension Scope {
  /// Normalization of groups of channels over the whole map (Wu and He, ECCV 2018).
  fileprivate func groupNorm(_ x: Value, groups: Int, epsilon: Float = 1e-5) -> Value {
    let gain = parameter("weight", shape: [x.channels], .constant(1)).reshaped(to: [x.channels, 1, 1])
    let bias = parameter("bias", shape: [x.channels], .constant(0)).reshaped(to: [x.channels, 1, 1])
    let flat = x.named(self).reshaped(to: [1, groups, x.channels / groups * x.size.height * x.size.width])
    let centred = flat - flat.reduced(.mean, axes: [2], keepsAxes: true)
    let variance = (centred * centred).reduced(.mean, axes: [2], keepsAxes: true)
    return (centred / (variance + epsilon).unary(.sqrt)).reshaped(to: x.shape) * gain + bias
  }
}
