import Foundation
import PoseGraph

/// Attention that looks at a few places of feature maps, which the queries choose (Deformable DETR, Zhu et al., ICLR
/// 2021); values are projected after they are read, as in Poseur.
///
/// Follows `MultiScaleDeformableAttention_post_value` of Poseur's published code, names included.
struct DeformableAttention {
  var heads = 8
  /// Places that a head looks at on each map.
  var points = 4

  /// - Parameters:
  ///   - queries: `N x queries x C`.
  ///   - places: where the queries are, `N x queries x 2` in fractions of the maps.
  ///   - maps: feature maps of `C` channels.
  func callAsFunction(_ queries: Value, at places: Value, on maps: [Value], in scope: Scope) -> Value {
    let (count, channels) = (queries.extent(1), queries.extent(2))
    let (perMap, width) = (heads * points, channels / heads)
    let offsets = (scope / "sampling_offsets")
      .linear(
        queries, to: 2 * perMap * maps.count, initializer: .xavierUniform, biasInitializer: firstSteps(maps.count)
      )
      .reshaped(to: [1, count, heads, maps.count, points, 2])
    let weights = (scope / "attention_weights").linear(queries, to: perMap * maps.count, initializer: .xavierUniform)
      .reshaped(to: [1, count, heads, maps.count * points]).softmax(axis: 3)
      .reshaped(to: [1, count, heads, maps.count, points])
    let centres = places.reshaped(to: [1, count, 1, 2])
    let read = maps.enumerated().map { index, map in
      let steps = offsets.slice(axis: 3, index..<index + 1).reshaped(to: [1, count, perMap, 2])
      let pixels = scope.constant([Float(map.size.width), Float(map.size.height)], shape: [2])
      let samples = map.named(scope).sampled(at: (centres + steps / pixels) * 2 - 1, alignCorners: false)
      let share = weights.slice(axis: 3, index..<index + 1).reshaped(to: [1, 1, count, perMap])
      return (samples * share).reshaped(to: [1, channels, count, heads, points]).reduced(.sum, axes: [4])
    }
    let sum = read.dropFirst().reduce(read[0]) { $0 + $1 }.transposed([0, 3, 2, 1])
    let output = (scope / "output_proj")
    scope.parameterOrder(
      "sampling_offsets", "attention_weights", "output_proj", "value_proj_weight", "value_proj_bias")
    let projection = (scope / "value_proj_weight").parameter(
      "weight", shape: [heads * channels, width], .xavierUniform)
    let bias = (scope / "value_proj_bias").parameter("weight", shape: [heads, width], .xavierUniform)
    let values =
      sum.matmul(projection.reshaped(to: [heads, channels, width])) + bias.reshaped(to: [heads, 1, width])
    return output.linear(values.joiningHeads(), to: channels, initializer: .xavierUniform)
  }

  /// Each head looks in its own direction at first, at squares' edges 1, 2, ... pixels away.
  private func firstSteps(_ maps: Int) -> Initializer {
    let steps = (0..<heads).flatMap { head -> [Float] in
      let angle = 2 * Double.pi * Double(head) / Double(heads)
      let (x, y) = (cos(angle), sin(angle))
      let longest = max(x.magnitude, y.magnitude)
      let ring = (1...points).flatMap { [Float(x / longest) * Float($0), Float(y / longest) * Float($0)] }
      return (0..<maps).flatMap { _ in ring }
    }
    return .values(steps)
  }
}
