import Foundation
import PoseCore
import PoseGraph

extension Value {
  /// The channels of tokens `N x tokens x C` dealt out to heads: `N x heads x tokens x C/heads`.
  func splitIntoHeads(_ heads: Int) -> Value {
    reshaped(to: [1, extent(1), heads, extent(2) / max(heads, 1)]).transposed([0, 2, 1, 3])
  }

  /// Tokens of all heads side by side again: `N x tokens x C`.
  func joiningHeads() -> Value {
    transposed([0, 2, 1, 3]).reshaped(to: [1, extent(2), extent(1) * extent(3)])
  }

  /// Scaled dot-product attention (Vaswani et al., NeurIPS 2017) of these queries, all `... x tokens x C`.
  ///
  /// - Parameters:
  ///   - scale: the factor on the products, by default one over the root of `C`.
  ///   - bias: what is added to them before the softmax.
  ///   - dropRate: how much of the attention training drops.
  func attending(
    to keys: Value, taking values: Value, scale: Float? = nil, bias: Value? = nil, dropRate: Float = 0
  ) -> Value {
    let rank = shape.count
    var order = Array(0..<rank)
    order.swapAt(rank - 2, rank - 1)
    let scale = scale ?? .overRoot(of: extent(rank - 1))
    var weights = (self * scale).matmul(keys.transposed(order))
    if let bias { weights = weights + bias }
    weights = weights.softmax(axis: -1)
    if dropRate > 0 { weights = weights.dropped(rate: dropRate) }
    return weights.matmul(values)
  }

  /// An image-like value as tokens, row by row: `N x H*W x C`.
  func asTokens() -> Value { reshaped(to: [1, channels, size.height * size.width]).transposed([0, 2, 1]) }

  /// Tokens as an image-like value again.
  func asImage(_ size: Size) -> Value {
    transposed([0, 2, 1]).reshaped(to: [1, extent(2), size.height, size.width])
  }
}

/// The periods, divided by 2 pi, of the sines and cosines that encode positions: evenly spaced in their logarithms, from 1 up
/// to but not including `longest`.
func wavePeriods(_ count: Int, longest: Double) -> [Float] {
  (0..<count).map { Float(pow(longest, Double($0) / Double(count))) }
}

extension Float {
  /// One over the root of a number of channels, rounded once.
  static func overRoot(of channels: Int) -> Float { Float(1 / Double(max(channels, 1)).squareRoot()) }
}

extension Scope {
  /// PyTorch's multi-head attention among tokens whose places are added to queries and keys, not to values.
  func placedAttention(_ tokens: Value, at places: Value, heads: Int, dropRate: Float = 0) -> Value {
    let channels = tokens.extent(2)
    let weight = parameter("in_proj_weight", shape: [3 * channels, channels], .xavierUniform)
    let bias = parameter("in_proj_bias", shape: [3 * channels], .constant(0))
    func projected(_ x: Value, _ part: Int) -> Value {
      let rows = part * channels..<(part + 1) * channels
      return (x.matmul(weight.slice(axis: 0, rows).transposed([1, 0])) + bias.slice(axis: 0, rows))
        .splitIntoHeads(heads)
    }
    let placed = tokens.named(self) + places
    let result = projected(placed, 0)
      .attending(to: projected(placed, 1), taking: projected(tokens, 2), dropRate: dropRate).joiningHeads()
    return (self / "out_proj").linear(result, to: channels, initializer: .xavierUniform)
  }

  /// Self-attention of tokens whose queries, keys and values come from one dense layer, `qkv`.
  func selfAttention(
    _ tokens: Value, heads: Int, scale: Float? = nil, projection: String = "proj", hasBias: Bool = true
  ) -> Value {
    let joint = (self / "qkv").linear(tokens, to: 3 * tokens.extent(2), bias: hasBias)
    let parts = joint.named(self).split(axis: 2, into: 3).map { $0.splitIntoHeads(heads) }
    let result = parts[0].attending(to: parts[1], taking: parts[parts.count - 1], scale: scale).joiningHeads()
    return (self / projection).linear(result, to: tokens.extent(2))
  }
}
