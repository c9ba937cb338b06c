/// The `loss` section: what training makes small.
public struct LossDescription: Sendable, Hashable, Codable {
  public var name = Name.codecs
  /// A factor on SimCC's logits.
  public var sharpness = 1.0
  /// Whether SimCC's targets are made distributions as its outputs are.
  public var softensTargets = false
  /// What SimCC's terms are averaged over rather than summed.
  public var average = Average.binsAndJoints
  /// SimCC's targets are the joint's own class, less this share for the others; nil for Gaussians.
  public var smoothing: Double?
  /// The scale in bins of Laplace's density around the joint, which SimCC's targets then are instead.
  public var laplace: Double?

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
    case name, sharpness
    case softensTargets = "softens_targets"
    case average, smoothing, laplace
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    name = try section.choice(.name, default: name)
    sharpness = try section.number(.sharpness, default: sharpness, in: 1e-3...1e3)
    softensTargets = try section.value(.softensTargets, default: softensTargets)
    average = try section.choice(.average, default: average)
    smoothing = try section.value(.smoothing, default: nil)
    laplace = try section.value(.laplace, default: nil)
    if let smoothing {
      try section.check(.smoothing, (0..<1).contains(smoothing), "needs a share in 0..<1, not \(smoothing)")
    }
    if let laplace {
      try section.check(.laplace, (0.1...1024).contains(laplace), "needs bins in 0.1...1024, not \(laplace)")
      try section.check(.laplace, smoothing == nil, "is another form of labels than smoothing: leave one out")
    }
  }
}
