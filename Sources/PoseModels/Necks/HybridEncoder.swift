import Foundation
import PoseCore
import PoseGraph

/// RTMO's neck (Lu et al., CVPR 2024), after RT-DETR's (Zhao et al., CVPR 2024): attention among the coarsest features, then
/// a pyramid from coarse to fine and back, of which the two coarsest levels leave.
///
/// Follows MMPose's `hybrid_encoder.py` and `csp_layer` blocks, names included.
struct HybridEncoder: Neck {
  /// Channels between the parts.
  var hidden = 256
  var heads = 8
  /// Channels within a block of the pyramid.
  var narrow = 128
  /// Re-parameterized convolutions of each block.
  var blocks = 1
  /// Channels of each level that leaves.
  var channels = 256

  static let catalogue: [String: any Neck] = ["hybrid_encoder": HybridEncoder()]

  func callAsFunction(_ features: [Value], in scope: Scope) -> [Value] {
    guard
      scope.accepts(features.count > 1, "a pyramid needs features of two levels or more"),
      scope.accepts(
        (4...8192).contains(hidden) && hidden % 4 == 0 && (1...256).contains(heads) && hidden % max(heads, 1) == 0,
        "a hybrid encoder needs hidden channels that 4 and its heads divide, not \(hidden) and \(heads)"),
      scope.acceptsRepeats([blocks], of: "blocks")
    else { return features }
    scope.parameterOrder(
      "input_proj", "encoder", "sincos_pos_enc", "lateral_convs", "fpn_blocks", "downsample_convs", "pan_blocks",
      "projector")
    var levels = features.enumerated().map { index, x in
      (scope / "input_proj" / index).convModule(x, to: hidden)
    }
    let last = levels.count - 1
    levels[last] = encode(levels[last], in: scope)

    // Coarsest first, as the published code numbers the blocks.
    var inner = [levels[last]]
    for step in 0..<last {
      let lateral = (scope / "lateral_convs" / step).convModule(inner[step], to: hidden, activation: .silu)
      inner[step] = lateral
      let size = Size(height: 2 * lateral.size.height, width: 2 * lateral.size.width)
      let joined = scope.concat([lateral.named(scope).resized(to: size, .nearest), levels[last - 1 - step]])
      inner.append(block(joined, in: scope / "fpn_blocks" / step))
    }
    var outer = [inner[last]]
    for step in 0..<last {
      let down = (scope / "downsample_convs" / step)
        .convModule(outer[step], to: hidden, kernel: 3, stride: 2, activation: .silu)
      outer.append(block(scope.concat([down, inner[last - 1 - step]]), in: scope / "pan_blocks" / step))
    }
    return outer.suffix(2).enumerated().map { index, x in
      (scope / "projector" / "convs" / index).convModule(x, to: channels)
    }
  }

  /// A transformer's layer among all places, normalized after each part.
  private func encode(_ x: Value, in scope: Scope) -> Value {
    let count = hidden / 4
    let periods = wavePeriods(count, longest: 10_000)
    (scope / "sincos_pos_enc").unusedParameter("dim_t", shape: [count], .values(periods), role: .buffer())
    let layer = scope / "encoder" / 0 / "layers" / 0
    layer.parameterOrder("self_attn", "ffn", "norms")
    let places = scope.constant(
      waves(of: x.size, periods: periods), shape: [1, x.size.height * x.size.width, hidden])
    let tokens = x.named(layer).asTokens()
    let attended = (layer / "self_attn" / "attn").placedAttention(tokens, at: places, heads: heads)
    let y = (layer / "norms" / 0).layerNorm(tokens + attended)
    let ffn = layer / "ffn" / "layers"
    let wide = (ffn / 0 / 1).activation(.gelu, (ffn / 0 / 0).linear(y, to: 4 * hidden))
    return (layer / "norms" / 1).layerNorm(y + (ffn / 1).linear(wide, to: hidden)).asImage(x.size)
  }

  /// For each place, row by row, cosines and then sines of its row, and the same of its column.
  private func waves(of size: Size, periods: [Float]) -> [Float] {
    func waves(_ place: Int) -> [Float] {
      periods.map { cos(Float(place) / $0) } + periods.map { sin(Float(place) / $0) }
    }
    let columns = (0..<size.width).map(waves)
    return (0..<size.height).flatMap { row in
      let own = waves(row)
      return columns.flatMap { own + $0 }
    }
  }

  /// A cross-stage block: re-parameterized convolutions, and what passes them by.
  private func block(_ x: Value, in scope: Scope) -> Value {
    scope.parameterOrder("conv1", "conv2", "bottlenecks", "conv3")
    func unit(_ x: Value, _ name: String, to channels: Int) -> Value {
      (scope / name).convModule(x, to: channels, activation: .silu)
    }
    var main = unit(x, "conv1", to: narrow)
    for index in 0..<blocks {
      // RepVGG's block (Ding et al., CVPR 2021), as it is trained.
      let here = scope / "bottlenecks" / index
      let sum =
        (here / "branch_3x3").convModule(main, to: narrow, kernel: 3)
        + (here / "branch_1x1").convModule(main, to: narrow)
      main = sum.named(here).unary(.silu)
    }
    let sum = main.named(scope) + unit(x, "conv2", to: narrow)
    return narrow == hidden ? sum : unit(sum, "conv3", to: hidden)
  }
}
