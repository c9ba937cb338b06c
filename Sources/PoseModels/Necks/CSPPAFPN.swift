import PoseCore
import PoseGraph

/// A path aggregation pyramid (PANet, Liu et al., CVPR 2018) of cross-stage blocks: features go from coarse to fine, then
/// back, and leave with equal channels.
///
/// Follows MMDetection's `CSPNeXtPAFPN` and `YOLOXPAFPN`, names included.
struct CSPPAFPN: Neck {
  /// Channels of each level that leaves.
  var channels = 128
  /// Blocks of each cross-stage.
  var blocks = 1
  var block = CrossStage.Block.next
  /// Whether 3x3 convolutions are depthwise separable.
  var depthwise = false

  static let catalogue: [String: any Neck] = [
    "cspnext_pafpn": CSPPAFPN(), "yolox_pafpn": CSPPAFPN(block: .darknet),
  ]

  func callAsFunction(_ features: [Value], in scope: Scope) -> [Value] {
    guard
      scope.accepts(features.count > 1, "a pyramid needs features of two levels or more"),
      scope.acceptsRepeats([blocks], of: "blocks")
    else { return features }
    let csp = CrossStage(block: block, isDepthwise: depthwise, norm: block == .darknet ? .yolox : .init())
    scope.parameterOrder("reduce_layers", "top_down_blocks", "downsamples", "bottom_up_blocks", "out_convs")
    let last = features.count - 1
    // What goes up from the levels below, coarsest first.
    var inner = [features[last]]
    for (step, level) in (0..<last).reversed().enumerated() {
      let reduced = csp.unit(
        inner[step], to: features[level].channels, in: scope / "reduce_layers" / step)
      inner[step] = reduced
      let size = Size(height: 2 * reduced.size.height, width: 2 * reduced.size.width)
      let joined = scope.concat([(scope / "upsample").upsample(reduced, to: size), features[level]])
      inner.append(
        csp(
          joined, to: features[level].channels, blocks: blocks, isResidual: false,
          in: scope / "top_down_blocks" / step))
    }
    var levels = [inner[last]]
    for level in 0..<last {
      let down = csp.conv(levels[level], to: features[level].channels, stride: 2, in: scope / "downsamples" / level)
      levels.append(
        csp(
          scope.concat([down, inner[last - 1 - level]]), to: features[level + 1].channels, blocks: blocks,
          isResidual: false, in: scope / "bottom_up_blocks" / level))
    }
    return levels.enumerated().map { index, x in
      let here = scope / "out_convs" / index
      return block == .next ? csp.conv(x, to: channels, in: here) : csp.unit(x, to: channels, in: here)
    }
  }
}
