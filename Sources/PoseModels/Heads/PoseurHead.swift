import PoseCore
import PoseGraph

/// Poseur (Mao et al., ECCV 2022): coarse coordinates that queries, one a joint, refine by looking at feature maps.
///
/// Follows `poseur_head.py` and `transformer.py` of the published code, names included; ``ChannelMapper`` goes before it.
struct PoseurHead: Head {
  var channels = 256
  /// Layers of the decoder, each of which refines the coordinates.
  var layers = 6
  /// The dropout rate of the attention and of the decoder layers' residuals.
  var dropRate: Float = 0.1

  static let catalogue: [String: any Head] = [
    "poseur": PoseurHead(), "poseur_12": PoseurHead(layers: 12),
  ]

  /// Makes `coordinates`, `N x joints x 4`: fractions of the input, and their spread before its sigmoid; and for training
  /// the same of the first guess, `proposal`, and of all layers, `layers`: `N x layers x joints x 4`.
  func callAsFunction(_ features: [Value], _ task: HeadTask, in scope: Scope) -> GraphOutputs {
    guard let joints = task.joints, let coarsest = features.last,
      features.allSatisfy({ $0.channels == channels })
    else {
      scope.fail("Poseur needs joints and features of \(channels) channels, as `neck: channel_mapper` makes them")
      return [:]
    }
    // A head of attention takes an equal share of the channels, an axis of a place half of them, as sines and cosines.
    guard
      scope.accepts(channels > 0 && channels % 8 == 0, "Poseur needs channels that 8 divides, not \(channels)"),
      scope.acceptsRepeats([layers], from: 1, of: "layers"),
      scope.accepts(
        features.allSatisfy { $0.size.height * $0.size.width * channels <= 1 << 26 }, "Poseur takes no maps so large"),
      scope.accepts((0..<1).contains(dropRate), "Poseur drops 0 to less than 1, not \(dropRate)")
    else { return [:] }
    let count = joints.joints.count
    scope.parameterOrder(
      "transformer", "enc_flow", "dec_flow", "fc_coord_branches", "fc_coord_output_branches", "fc_sigma_branches")
    (scope / "enc_flow").declareFlow(nets: ["t", "s"], hasPrior: false)
    (scope / "dec_flow").declareFlow(nets: ["t", "s"], hasPrior: false)
    let transformer = scope / "transformer"
    transformer.parameterOrder(
      "level_embeds", "decoder", "fc_sigma", "fc_coord", "pos_trans", "pos_trans_norm", "pos_embed")
    let maps = position(features, in: transformer)

    let (proposal, proposalSpread) = propose(coarsest, count: count, in: transformer)
    // What refines the first guess does not teach it.
    let guess = proposal.detached()
    let embedded = transformer.concat(
      [embed(guess, in: transformer), embed(guess.clamped(), in: transformer)], axis: 2)
    var query = (transformer / "pos_trans").linear(embedded, to: channels, initializer: .xavierUniform)
    query = (transformer / "pos_trans_norm").layerNorm(query)
    let identity = (transformer / "pos_embed").parameter("weight", shape: [count, channels], .xavierUniform)

    var places = guess
    let results = (0..<layers).map { index in
      query = decode(query, identity, at: places, on: maps, in: transformer / "decoder" / "layers" / index)
      places = (refine(query, in: scope / "fc_coord_branches" / index) + places.logit()).sigmoid()
      let coordinates = places + refine(query, in: scope / "fc_coord_output_branches" / index)
      return scope.concat([coordinates, spread(query, in: scope / "fc_sigma_branches" / index)], axis: 2)
    }
    let stacked = scope.concat(results.map { $0.reshaped(to: [1, 1, count, 4]) })
    return [
      "coordinates": results[results.count - 1],
      "proposal": scope.concat([proposal, proposalSpread], axis: 2),
      "layers": stacked,
    ]
  }

  /// Feature maps with their places' and their strides' embeddings.
  private func position(_ maps: [Value], in scope: Scope) -> [Value] {
    let strides = scope.parameter("level_embeds", shape: [maps.count, channels], .normal(deviation: 1))
    return maps.enumerated().map { index, map in
      let (height, width) = (map.size.height, map.size.width)
      let table = scope.constant(
        sineTable(height: height, width: width, channels: channels, offset: -0.5),
        shape: [1, height * width, channels])
      let places = (table + strides.slice(axis: 0, index..<index + 1)).asImage(map.size)
      return map.named(scope) + places
    }
  }

  /// First coordinates and their spread, from the mean of the coarsest features.
  private func propose(_ x: Value, count: Int, in scope: Scope) -> (coordinates: Value, spread: Value) {
    let means = x.named(scope).adaptiveAveragePool(to: 1).reshaped(to: [1, channels])
    let length = (means * means).reduced(.sum, axes: [1], keepsAxes: true).unary(.sqrt)
    let coordinates = (scope / "fc_coord" / "linear").linear(
      means / length, to: 2 * count, initializer: .xavierUniform)
    let spread = (scope / "fc_sigma" / "linear").linear(means, to: 2 * count)
    return (coordinates.reshaped(to: [1, count, 2]), spread.reshaped(to: [1, count, 2]))
  }

  /// Coordinates as sines and cosines of falling frequency, columns before rows.
  private func embed(_ coordinates: Value, in scope: Scope) -> Value {
    let count = channels / 4
    let periods = wavePeriods(count, longest: 10_000)
    let angles =
      (coordinates.named(scope) * (2 * .pi)).reshaped(to: [1, coordinates.extent(1), 2, 1, 1])
      / scope.constant(periods, shape: [count, 1])
    return scope.concat([angles.unary(.sin), angles.unary(.cos)], axis: 4)
      .reshaped(to: [1, coordinates.extent(1), channels])
  }

  private func decode(
    _ query: Value, _ identity: Value, at places: Value, on maps: [Value], in scope: Scope
  ) -> Value {
    let (attentions, norms) = (scope / "attentions", scope / "norms")
    scope.parameterOrder("attentions", "ffns", "norms")
    let attended = (attentions / 0 / "attn").placedAttention(query, at: identity, heads: 8, dropRate: dropRate)
    var x = (norms / 0).layerNorm(query + attended.dropped(rate: dropRate))
    let seen = DeformableAttention()(x + identity, at: places, on: maps, in: attentions / 1)
    x = (norms / 1).layerNorm(x + seen.dropped(rate: dropRate))
    let ffn = scope / "ffns" / 0 / "layers"
    let wide = (ffn / 0 / 1).relu((ffn / 0 / 0).linear(x, to: 1024, initializer: .xavierUniform))
    let narrow = (ffn / 1).linear(wide.dropped(rate: dropRate), to: channels, initializer: .xavierUniform)
    return (norms / 2).layerNorm(x + narrow.dropped(rate: dropRate))
  }

  private func refine(_ query: Value, in scope: Scope) -> Value {
    var x = (scope / 1).relu((scope / 0).linear(query, to: channels))
    x = (scope / 3).relu((scope / 2).linear(x, to: channels))
    return (scope / 4).linear(x, to: 2)
  }

  private func spread(_ query: Value, in scope: Scope) -> Value {
    let x = (scope / 1).linear((scope / 0).linear(query, to: channels), to: channels)
    return (scope / 2 / "linear").linear(x, to: 2)
  }
}

extension Value {
  fileprivate func clamped() -> Value { combined(.maximum, 0).combined(.minimum, 1) }

  /// The inverse of the sigmoid, of numbers kept off zero and one.
  fileprivate func logit() -> Value {
    let x = clamped()
    return (x.combined(.maximum, 1e-5) / (x * -1 + 1).combined(.maximum, 1e-5)).unary(.log)
  }
}
