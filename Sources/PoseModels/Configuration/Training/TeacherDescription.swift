/// The `teacher` section: a trained network whose outputs for the same crops are learnt (Hinton et al., 2015), besides or
/// instead of the labels'.
public struct TeacherDescription: Sendable, Hashable, Codable {
  /// The teacher's weights: a safetensors or PyTorch file.
  public var weights: String
  /// Its configuration, where the file does not tell.
  public var config: String?
  /// How much the labels count beside the teacher's heatmaps, which count 1.
  public var labels = 0.0
  /// Paths of modules that both networks have, such as `backbone.stage0`, whose results are learnt too.
  public var features: [String] = []
  /// How much these count, all together.
  public var featureWeight = 1.0
  /// Batches whose statistics the norms of shared layers start with; 0 where the student does not start with the
  /// teacher's weights.
  public var startBatches = 0

  public init(weights: String, config: String? = nil) { (self.weights, self.config) = (weights, config) }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case weights, config, labels, features
    case featureWeight = "feature_weight"
    case startBatches = "start_batches"
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    self.init(weights: try section.value(.weights), config: try section.value(.config, default: nil))
    labels = try section.number(.labels, default: labels, in: 0...1000)
    features = try section.value(.features, default: features)
    featureWeight = try section.number(.featureWeight, default: featureWeight, in: 0...1000)
    startBatches = try section.count(.startBatches, default: startBatches, in: 0...10_000)
  }
}
