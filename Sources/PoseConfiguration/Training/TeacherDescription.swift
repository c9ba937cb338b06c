import PoseCore

/// The `teacher` section: a trained network whose outputs for the same crops are learnt (Hinton et al., 2015), besides or
/// instead of the labels'.
public struct TeacherDescription: Sendable, Hashable, Codable {
  /// The teacher's weights: a safetensors or PyTorch file.
  public var weights: String
  /// Its configuration, where the file does not tell.
  public var config: String?
  /// The size of the crops that it sees, a multiple of the network's, whose heatmaps then teach at every so many pixels; nil
  /// for the network's own. Of changes of pixels, larger crops have those of colors alone.
  public var input: Size?
  /// Whether the teacher looks at the mirrored crop too, so that what is learnt is the mean of both.
  public var flip = false
  /// How much the labels count beside the teacher's heatmaps, which count 1.
  public var labels = 0.0
  /// How often another picture is laid over one before both networks see it.
  public var mixing = 0.0
  /// Paths of modules that both networks have, such as `backbone.stage0`, whose results are learnt too.
  public var features: [String] = []
  /// How much these count, all together.
  public var featureWeight = 1.0
  /// Batches that the student's start is fitted to: the teacher's weights, and where it has none what comes nearest. 0 for
  /// a start without the teacher.
  public var startBatches = 0
  /// For layers that only the student has, the teacher's modules whose results they are fitted to.
  public var layerMatching: [LayerMatchDescription] = []

  public init(weights: String, config: String? = nil) { (self.weights, self.config) = (weights, config) }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case weights, config, input, flip, labels, mixing, features
    case layerMatching = "layer_matching"
    case featureWeight = "feature_weight"
    case startBatches = "start_batches"
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder, renamed: ["counterparts": .layerMatching])
    self.init(weights: try section.value(.weights), config: try section.value(.config, default: nil))
    input = try section.optional(.input)
    flip = try section.value(.flip, default: flip)
    labels = try section.number(.labels, default: labels, in: 0...1000)
    mixing = try section.number(.mixing, default: mixing, in: 0...1)
    features = try section.value(.features, default: features)
    featureWeight = try section.number(.featureWeight, default: featureWeight, in: 0...1000)
    startBatches = try section.count(.startBatches, default: startBatches, in: 0...10_000)
    layerMatching = try section.value(.layerMatching, default: layerMatching)
  }
}

/// An entry of `layer_matching`.
public struct LayerMatchDescription: Sendable, Hashable, Codable {
  /// A regular expression that finds paths of the student's layers.
  public var layer: String
  /// The path of the teacher's module, with `$1` for what the first group found.
  public var module: String
  /// What the module's result is multiplied by.
  public var gain = 1.0

  enum CodingKeys: String, CodingKey, CaseIterable { case layer, module, gain }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    layer = try section.value(.layer)
    module = try section.value(.module)
    gain = try section.number(.gain, default: gain, in: -1000...1000)
  }
}
