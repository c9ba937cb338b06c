/// The `recipe` section: the deterministic weights that implementations are compared with.
public struct WeightRecipeDescription: Sendable, Hashable, Codable {
  /// The factor on norm weights that keeps deep networks in range; see `WeightRecipe`.
  public var normGain: Double

  public init(normGain: Double = 1) { self.normGain = normGain }

  enum CodingKeys: String, CodingKey, CaseIterable { case normGain = "norm_gain" }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    normGain = try section.value(.normGain, default: 1)
    try section.check(.normGain, (0.001...1000).contains(normGain), "needs a factor in 0.001...1000, not \(normGain)")
  }
}
