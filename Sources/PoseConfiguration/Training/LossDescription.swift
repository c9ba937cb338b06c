/// The `loss` section: what training minimizes.
public struct LossDescription: Sendable, Hashable, Codable {
  public var name = Name.codecs
  /// The factor on SimCC's logits before the softmax (MMPose's `beta`).
  public var beta = 1.0
  /// Whether the softmax is applied to SimCC's targets as well as to its outputs (MMPose's `use_target_softmax`).
  public var usesTargetSoftmax = false
  /// What SimCC's terms are averaged over rather than summed.
  public var average = Average.binsAndJoints
  /// SimCC's targets are the joint's own class, less this share for the others; nil for Gaussians.
  public var smoothing: Double?
  /// The scale in bins of Laplace's density around the joint, which SimCC's targets then are instead.
  public var laplace: Double?
  /// RTMO's weight of the likelihood of classified positions, until ``classifierFrom``.
  public var likelihood = 1.0
  /// The epoch from which RTMO's regressed poses and scores learn from the classified ones (`proxy_target_cc`); nil for never.
  public var classifierFrom: Int?
  /// RTMO's weight of scores from ``classifierFrom`` on (`loss_cls.loss_weight`).
  public var scoreWeight = 1.0
  /// The power of a pose's similarity that RTMO's scores are to become from ``classifierFrom`` on (`overlaps_power`).
  public var scorePower = 0.5

  public enum Name: String, Sendable, Hashable, Codable, CaseIterable {
    /// What goes with the codec: the mean square of heatmaps, SimCC's divergence, smooth L1 of coordinates or
    /// with their spread its likelihood, PoseFix's of coordinates and pixels.
    case codecs = "default"
    case meanSquare = "mse"
    /// Of each sample's hardest joints only.
    case hardestJoints = "ohkm"
    case adaptiveWing = "adaptive_wing"
    case simCC = "simcc"
    case smoothL1 = "smooth_l1"
    case l1
    case wing
    case softWing = "soft_wing"
    /// Residual log-likelihood: coordinates with their spread.
    case rle
    /// Smooth L1 of coordinates, and Jensen and Shannon's divergence of the heatmaps that they are the means of.
    case dsnt
  }

  public enum Average: String, Sendable, Hashable, Codable, CaseIterable {
    case binsAndJoints = "bins_and_joints"
    case all, samples
  }

  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, beta
    case usesTargetSoftmax = "use_target_softmax"
    case average, smoothing, laplace, likelihood
    case classifierFrom = "classifier_from"
    case scoreWeight = "score_weight"
    case scorePower = "score_power"
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(
      decoder, renamed: ["sharpness": .beta, "softens_targets": .usesTargetSoftmax])
    name = try section.choice(.name, default: name)
    beta = try section.number(.beta, default: beta, in: 1e-3...1e3)
    usesTargetSoftmax = try section.value(.usesTargetSoftmax, default: usesTargetSoftmax)
    average = try section.choice(.average, default: average)
    smoothing = try section.value(.smoothing, default: nil)
    laplace = try section.value(.laplace, default: nil)
    likelihood = try section.number(.likelihood, default: likelihood, in: 0...1e3)
    classifierFrom = try section.value(.classifierFrom, default: nil)
    scoreWeight = try section.number(.scoreWeight, default: scoreWeight, in: 0...1e3)
    scorePower = try section.number(.scorePower, default: scorePower, in: 0.1...10)
    if let smoothing {
      try section.check(.smoothing, (0..<1).contains(smoothing), "needs a share in 0..<1, not \(smoothing)")
    }
    if let laplace {
      try section.check(.laplace, (0.1...1024).contains(laplace), "needs bins in 0.1...1024, not \(laplace)")
      try section.check(.laplace, smoothing == nil, "is another form of labels than smoothing: leave one out")
    }
  }
}
