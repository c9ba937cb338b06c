/// The `masks` section: how pictures with labelled pixels are varied for a network to learn from that segments them, and which
/// pixels count, after MMSegmentation.
public struct MaskDescription: Sendable, Hashable, Codable {
  /// The least and the greatest factor on the size at which a picture would fill the input.
  public var resize = [0.5, 2]
  /// The most that one class may have of the part that is learnt from, unless ten parts have more (`cat_max_ratio`).
  public var largestShare = 0.75
  /// How often a picture is mirrored.
  public var flip = 0.5
  /// Whether brightness, contrast, saturation and hue are changed (`PhotoMetricDistortion`).
  public var distorts = true
  /// Learns from pixels alone that are hard; nil for all.
  public var hardPixels: HardPixelsDescription?
  /// The weight of the loss of a first head's scores, for networks that have one.
  public var auxiliary = 0.4

  public init() {}

  /// Pictures as they are.
  public static var none: MaskDescription {
    var none = MaskDescription()
    (none.resize, none.largestShare, none.flip, none.distorts) = ([1, 1], 1, 0, false)
    return none
  }

  enum CodingKeys: String, CodingKey, CaseIterable {
    case resize, flip, auxiliary
    case largestShare = "largest_share"
    case distorts = "distort"
    case hardPixels = "hard_pixels"
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    resize = try section.value(.resize, default: resize)
    largestShare = try section.number(.largestShare, default: largestShare, in: 0.01...1)
    flip = try section.number(.flip, default: flip, in: 0...1)
    distorts = try section.value(.distorts, default: distorts)
    hardPixels = try section.value(.hardPixels, default: hardPixels)
    auxiliary = try section.number(.auxiliary, default: auxiliary, in: 0...100)
    let factors = 0.05...10.0
    try section.check(
      .resize, resize.count == 2 && resize.allSatisfy { factors.contains($0) } && resize[0] <= resize[1],
      "needs two growing factors in 0.05...10, not \(resize)")
  }
}

/// The `hard_pixels` section: which pixels are hard (Shrivastava et al., Online Hard Example Mining, CVPR 2016).
public struct HardPixelsDescription: Sendable, Hashable, Codable {
  /// Pixels count whose true class has less than this probability.
  public var threshold = 0.7
  /// How many pixels of a picture count at least, the hardest ones.
  public var least = 100_000

  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable { case threshold, least }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    threshold = try section.number(.threshold, default: threshold, in: 0...1)
    least = try section.count(.least, default: least, in: 1...1 << 28)
  }
}
