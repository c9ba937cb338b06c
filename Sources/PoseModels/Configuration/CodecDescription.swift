import PoseCodecs

/// The `codec` section: how joints were written as heatmaps, and so how they are read back.
public struct CodecDescription: Sendable, Hashable, Codable {
  public var name: Name
  /// The width in heatmap pixels of the blur before a subpixel step; odd. `default` has no blur.
  public var kernel: Int
  /// The deviation of the Gaussian in the targets, in heatmap pixels.
  public var sigma: Double

  public enum Name: String, Sendable, Hashable, Codable, CaseIterable {
    /// The maximum, moved a quarter pixel towards its higher neighbour (Simple Baselines, HRNet).
    case `default`
    /// Distribution-aware coordinates (Zhang et al., CVPR 2020).
    case dark
    /// Unbiased data processing with Gaussian heatmaps (Huang et al., CVPR 2020).
    case udp
    /// Blurred maximum with a quarter-pixel step (Megvii's CPN and MSPN).
    case megvii
  }

  public init(name: Name = .default, kernel: Int = 11, sigma: Double = 2) {
    self.name = name
    self.kernel = kernel
    self.sigma = sigma
  }

  /// What a network of this codec learns.
  public var target: TargetKind {
    switch name {
    case .default: .msra(sigma: sigma)
    case .dark: .dark(sigma: sigma)
    case .udp: .udp(sigma: sigma)
    case .megvii: .megvii(kernel: kernel)
    }
  }

  enum CodingKeys: String, CodingKey, CaseIterable { case name, kernel, sigma }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    self.init()
    name = try section.choice(.name, default: name)
    kernel = try section.value(.kernel, default: kernel)
    sigma = try section.value(.sigma, default: sigma)
    try section.check(
      .kernel, (1...63).contains(kernel) && kernel % 2 == 1, "needs an odd whole number in 1...63, not \(kernel)")
    try section.check(.sigma, (0.1...32).contains(sigma), "needs heatmap pixels in 0.1...32, not \(sigma)")
  }
}
