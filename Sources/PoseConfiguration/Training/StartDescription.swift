/// The `start` section: what happens to weights that training starts from.
public struct StartDescription: Sendable, Hashable, Codable {
  /// The number of batches whose statistics norms take before the first step, with weights and biases that keep what the
  /// network computes; 0 for the statistics of the file.
  ///
  /// Weights whose norms were folded into convolutions need it: their norms keep no statistics of what passes through
  /// them, and training, which normalizes by the batch, would start from another network.
  public var normBatches = 0

  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable { case normBatches = "norm_batches" }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    normBatches = try section.count(.normBatches, default: normBatches, in: 0...10_000)
  }
}
