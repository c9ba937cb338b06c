import PoseCore
import PoseGraph

/// ViPNAS on MobileNetV3's blocks (Xu et al., CVPR 2021), the architecture searched; features of stride 32.
///
/// Follows MMPose's `vipnas_mbv3.py`, names included.
struct ViPNASMobileNetV3: Backbone {
  /// What the search found for each stage.
  var stages = [
    Stage(channels: 16, expansion: 1, blocks: 1, kernel: 3, groups: 8, isGated: true, stride: 1, activation: .relu),
    Stage(channels: 24, expansion: 5, blocks: 4, kernel: 7, groups: 120, isGated: true, stride: 2, activation: .relu),
    Stage(channels: 40, expansion: 4, blocks: 4, kernel: 7, groups: 20, isGated: false, stride: 2, activation: .relu),
    Stage(
      channels: 80, expansion: 5, blocks: 4, kernel: 5, groups: 100, isGated: true, stride: 2, activation: .hardSwish),
    Stage(
      channels: 112, expansion: 5, blocks: 4, kernel: 7, groups: 280, isGated: true, stride: 1, activation: .hardSwish),
    Stage(
      channels: 160, expansion: 6, blocks: 4, kernel: 5, groups: 240, isGated: true, stride: 2, activation: .hardSwish),
  ]

  struct Stage: Sendable, Hashable, Codable {
    var channels, expansion, blocks, kernel, groups: Int
    var isGated: Bool
    var stride: Int
    var activation: Unary
  }

  static let catalogue: [String: any Backbone] = ["vipnas_mbv3": ViPNASMobileNetV3()]

  func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    guard scope.acceptsRepeats(stages.map(\.blocks), of: "blocks") else { return [image] }
    var x = (scope / "conv1").convModule(
      image, to: 16, kernel: 3, stride: 2, activation: .hardSwish, initializer: initializer)
    var layer = 0
    for stage in stages {
      for block in 0..<stage.blocks {
        layer += 1
        x = stage.invertedResidual(x, stride: block == 0 ? stage.stride : 1, in: scope / "layer\(layer)")
      }
    }
    return [x]
  }
}

private let initializer = Initializer.normal(deviation: 0.001)

extension ViPNASMobileNetV3.Stage {
  fileprivate func invertedResidual(_ x: Value, stride: Int, in scope: Scope) -> Value {
    var y = x
    if expansion > 1 {
      y = (scope / "expand_conv").convModule(
        y, to: channels * expansion, activation: activation, initializer: initializer)
    }
    y = (scope / "depthwise_conv").convModule(
      y, to: y.channels, kernel: Size(kernel), stride: Size(stride), groups: groups, activation: activation,
      initializer: initializer)
    if isGated { y = squeezeAndExcite(y, in: scope / "se") }
    y = (scope / "linear_conv").convModule(y, to: channels, initializer: initializer)
    return x.shape == y.shape ? x.named(scope) + y : y
  }
}

/// Channels times weights of their means (Hu et al., CVPR 2018), with MMCV's steeper hard sigmoid.
private func squeezeAndExcite(_ x: Value, in scope: Scope) -> Value {
  let means = (scope / "global_avgpool").adaptiveAveragePool(x)
  var gates = (scope / "conv1").convModule(
    means, to: x.channels / 4, norm: nil, activation: .relu, initializer: initializer)
  gates = (scope / "conv2").convModule(gates, to: x.channels, norm: nil, initializer: initializer)
  gates = ((gates.named(scope) + 1) / 2).combined(.maximum, 0).combined(.minimum, 1)
  return x.named(scope) * gates
}
