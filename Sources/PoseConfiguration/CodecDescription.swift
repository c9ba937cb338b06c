import PoseCodecs

/// The `codec` section: how joints were written as heatmaps or numbers, and so how they are read back.
public struct CodecDescription: Sendable, Hashable, Codable {
  public var name: Name
  /// The width in heatmap pixels of the blur before a subpixel step; odd. `default` has no blur.
  public var kernel: Int
  /// The deviation of the Gaussian in the targets, in heatmap pixels, or in SimCC's classes; there 2 stands for RTMPose's,
  /// which differ by axis.
  public var sigma: Double
  /// SimCC's classes a pixel.
  public var splitRatio: Double
  /// What SimCC takes for a joint's score.
  public var score: SimCCDecoder.Score

  public enum Name: String, Sendable, Hashable, Codable, CaseIterable {
    /// The maximum, moved a quarter pixel towards its higher neighbour (Simple Baselines, HRNet).
    case `default`
    /// Distribution-aware coordinates (Zhang et al., CVPR 2020).
    case dark
    /// Unbiased data processing with Gaussian heatmaps (Huang et al., CVPR 2020).
    case udp
    /// UDP's heatmaps with offsets beside them.
    case udpCombined = "udp_combined"
    /// Blurred maximum with a quarter-pixel step (Megvii's CPN and MSPN).
    case megvii
    /// Classes of columns and rows (SimCC, Li et al., ECCV 2022).
    case simCC = "simcc"
    /// Coordinates, and with RLE their spread.
    case regression
    /// Coordinates that are heatmaps' means.
    case integral = "integral_regression"
    /// The same, whose heatmaps are trained as classifications of pixels (PoseFix, Moon et al., CVPR 2019).
    case integralOneHot = "integral_one_hot"

    /// Whether pictures are cut out by UDP's warp.
    public var isUnbiased: Bool { self == .udp || self == .udpCombined }
  }

  public init(
    name: Name = .default, kernel: Int = 11, sigma: Double = 2, splitRatio: Double = 2,
    score: SimCCDecoder.Score = .response
  ) {
    self.name = name
    self.kernel = kernel
    self.sigma = sigma
    self.splitRatio = splitRatio
    self.score = score
  }

  /// What a network of this codec learns.
  public var target: any Target {
    switch name {
    case .default: MSRATarget(sigma: sigma)
    case .dark: DARKTarget(sigma: sigma)
    case .udp: UDPTarget(sigma: sigma)
    case .udpCombined: UDPCombinedTarget()
    case .megvii: MegviiTarget(kernel: kernel)
    case .simCC: SimCCTarget(splitRatio: splitRatio, sigma: sigma)
    case .regression: RegressionTarget()
    case .integral: IntegralTarget(sigma: sigma)
    case .integralOneHot: OneHotTarget()
    }
  }

  /// How a network's outputs become keypoints.
  public var decoder: PoseDecoder {
    switch name {
    case .default: .heatmaps(.standard)
    case .dark: .heatmaps(.dark(kernel: kernel))
    case .udp: .heatmaps(.udp(kernel: kernel))
    case .udpCombined: .heatmaps(.udpCombined(kernel: kernel))
    case .megvii: .heatmaps(.megvii(kernel: kernel))
    case .simCC: .simCC(SimCCDecoder(splitRatio: splitRatio, score: score))
    case .regression, .integral, .integralOneHot: .coordinates
    }
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case name, kernel, sigma
    case splitRatio = "split_ratio"
    case score
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    self.init()
    name = try section.choice(.name, default: name)
    kernel = try section.value(.kernel, default: kernel)
    sigma = try section.value(.sigma, default: sigma)
    splitRatio = try section.value(.splitRatio, default: splitRatio)
    score = try section.choice(.score, default: score)
    try section.check(
      .splitRatio, (0.1...16).contains(splitRatio), "needs classes a pixel in 0.1...16, not \(splitRatio)")
    try section.check(
      .kernel, (1...63).contains(kernel) && kernel % 2 == 1, "needs an odd whole number in 1...63, not \(kernel)")
    try section.check(.sigma, (0.1...32).contains(sigma), "needs heatmap pixels in 0.1...32, not \(sigma)")
  }
}
