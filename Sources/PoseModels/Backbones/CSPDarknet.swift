import PoseGraph

/// CSPDarknet as YOLOX has it (Ge et al., 2021), the backbone of YOLOX, YOLOX-Pose and RTMO; features of strides 8, 16 and
/// 32.
///
/// Follows MMDetection's `csp_darknet.py`, names included.
struct CSPDarknet: Backbone {
  /// Channels of the stem and of the four stages.
  var channels = [32, 64, 128, 256, 512]
  /// Blocks of the four stages.
  var blocks = [1, 3, 3, 1]
  /// Whether 3x3 convolutions after the stem are depthwise separable.
  var depthwise = false

  static let catalogue: [String: any Backbone] = [
    "csp_darknet": CSPDarknet(),
    "csp_darknet_nano": CSPDarknet(channels: [16, 32, 64, 128, 256], depthwise: true),
    "csp_darknet_tiny": CSPDarknet(channels: [24, 48, 96, 192, 384]),
    "csp_darknet_small": CSPDarknet(),
    "csp_darknet_medium": CSPDarknet(channels: [48, 96, 192, 384, 768], blocks: [2, 6, 6, 2]),
    "csp_darknet_large": CSPDarknet(channels: [64, 128, 256, 512, 1024], blocks: [3, 9, 9, 3]),
  ]

  func callAsFunction(_ image: Value, in scope: Scope) -> [Value] {
    guard scope.acceptsStages(channels: channels, blocks: blocks, of: "CSPDarknet") else { return [image] }
    let csp = CrossStage(block: .darknet, isDepthwise: depthwise, norm: .yolox)
    let stem = scope / "stem"
    var x = csp.unit(image.quarters(in: stem), to: channels[0], kernel: 3, in: stem / "conv")
    var features: [Value] = []
    for (stage, count) in blocks.enumerated() {
      let here = scope / "stage\(stage + 1)"
      let isLast = stage == blocks.count - 1
      x = csp.conv(x, to: channels[stage + 1], stride: 2, in: here / 0)
      if isLast { x = csp.pyramid(x, in: here / 1) }
      x = csp(x, to: channels[stage + 1], blocks: count, isResidual: !isLast, in: here / (isLast ? 2 : 1))
      if stage > 0 { features.append(x) }
    }
    return features
  }
}

extension NormConstants {
  /// Those of YOLOX's published code.
  static let yolox = NormConstants(epsilon: 1e-3, momentum: 0.03)
}

extension Value {
  /// The four pixels of each 2x2 square side by side, as channels of a map of half the size (`Focus`): top left, bottom left,
  /// top right, bottom right, or row by row.
  func quarters(rowByRow: Bool = false, in scope: Scope) -> Value {
    let x = named(scope)
    return scope.concat(
      (rowByRow ? [(0, 0), (0, 1), (1, 0), (1, 1)] : [(0, 0), (1, 0), (0, 1), (1, 1)]).map { row, column in
        x.slice(axis: 2, row..<x.size.height - 1 + row, step: 2)
          .slice(axis: 3, column..<x.size.width - 1 + column, step: 2)
      })
  }
}
