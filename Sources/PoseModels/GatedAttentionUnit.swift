import PoseGraph

/// The gated attention unit (Hua et al., ICML 2022): one layer for attention and what follows it, with squared ReLUs
/// for a softmax.
///
/// Follows MMPose's `RTMCCBlock`, names included.
struct GatedAttentionUnit {
  var expansion = 2
  /// Channels of queries and keys.
  var queryChannels = 128

  /// - Parameter places: are added to queries and keys; nil for none.
  func callAsFunction(_ tokens: Value, at places: Value? = nil, in scope: Scope) -> Value {
    scope.parameterOrder("gamma", "beta", "o", "uv", "ln", "res_scale")
    let (channels, wide) = (tokens.extent(2), tokens.extent(2) * expansion)
    let gamma = scope.parameter("gamma", shape: [2, queryChannels], .uniform(1))
    let beta = scope.parameter("beta", shape: [2, queryChannels], .uniform(1))
    let normed = (scope / "ln").scaleNorm(tokens)
    let joint = (scope / "uv").linear(normed, to: 2 * wide + queryChannels, bias: false, initializer: .xavierUniform)
    let parts = (scope / "act_fn").activation(.silu, joint).named(scope)
      .split(axis: 2, sizes: [wide, wide, queryChannels])
    let (gate, values, base) = (parts[0], parts[1], parts[2])
    func projected(_ row: Int) -> Value {
      let tokens = base * gamma.slice(axis: 0, row..<row + 1) + beta.slice(axis: 0, row..<row + 1)
      return places.map { tokens + $0 } ?? tokens
    }
    let scale = Float.overRoot(of: queryChannels)
    let attention = (projected(0).matmul(projected(1).transposed([0, 2, 1])) * scale).relu()
    let mixed = (attention * attention).matmul(values)
    let result = (scope / "o").linear(gate * mixed, to: channels, bias: false, initializer: .normal(deviation: 0.01))
    return tokens * (scope / "res_scale").parameter("scale", shape: [channels], .constant(1)) + result
  }
}

extension Scope {
  /// Vectors of the last axis brought to one learned length (Nguyen and Salazar, 2019).
  func scaleNorm(_ x: Value, epsilon: Float = 1e-5) -> Value {
    let gain = parameter("g", shape: [1], .constant(1))
    let here = x.named(self)
    let length = (here * here).reduced(.mean, axes: [-1], keepsAxes: true).unary(.sqrt)
    return here / length.combined(.maximum, epsilon) * gain
  }
}
