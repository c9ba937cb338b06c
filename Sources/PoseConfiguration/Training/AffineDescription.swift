/// The `affine` section: how pictures are scaled, turned and moved for a network to learn from that looks for everybody at
/// once, after MMPose's `BottomupRandomAffine`. What is left out does not vary.
public struct AffineDescription: Sendable, Hashable, Codable {
  /// The least and the greatest size of the part that is seen, in sizes at which the picture just fits; with ``Fit/canvas``
  /// the least and the greatest enlargement (`scale_factor`).
  public var scale = [1.0, 1.0]
  /// What goes into the input at a scale of 1 (`scale_type`).
  public var fit = Fit.short
  /// The greatest turn in degrees (`rotate_factor`).
  public var rotation = 0.0
  /// How far the middle moves at most, in sides of the picture; with ``Fit/canvas`` in sides of the input (`shift_factor`).
  public var shift = 0.0
  /// The greatest shear in degrees, with ``Fit/canvas`` (`shear_factor`).
  public var shear = 0.0
  /// How the extents are filled.
  public var distribution = Distribution.uniform

  public enum Fit: String, Sendable, Hashable, Codable, CaseIterable {
    /// The middle of the picture, its shorter side as long as the input's.
    case short
    /// The whole picture.
    case long
    /// The part from the top left corner, as large as it is: what YOLOX-Pose sees of a mosaic.
    case canvas
  }

  public enum Distribution: String, Sendable, Hashable, Codable, CaseIterable {
    case uniform
    /// The normal distribution, cut off at one deviation, which is the extent.
    case normal
  }

  public init() {}

  /// The whole picture in the middle of the input, as validation sees it.
  public static let whole: AffineDescription = {
    var whole = AffineDescription()
    whole.fit = .long
    return whole
  }()

  enum CodingKeys: String, CodingKey, CaseIterable { case scale, fit, rotation, shift, shear, distribution }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    scale = try section.value(.scale, default: scale)
    fit = try section.choice(.fit, default: fit)
    rotation = try section.number(.rotation, default: rotation, in: 0...180)
    shift = try section.number(.shift, default: shift, in: 0...1)
    shear = try section.number(.shear, default: shear, in: 0...45)
    distribution = try section.choice(.distribution, default: distribution)
    let factors = 0.05...10.0
    try section.check(
      .scale, scale.count == 2 && scale.allSatisfy { factors.contains($0) } && scale[0] <= scale[1],
      "needs two growing factors in 0.05...10, not \(scale)")
    try section.check(.shear, shear == 0 || fit == .canvas, "needs fit: canvas; others scale and turn alone")
  }
}
