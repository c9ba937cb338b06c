/// The `pictures` section: how whole pictures are varied for a network to learn from that looks at
/// them, after MMDetection's RTMDet and MMPose.
public struct PictureDescription: Sendable, Hashable, Codable {
  /// How often four pictures are put together, twice as wide and high as the input, and a part of them is learnt from.
  public var mosaic = 1.0
  /// How often a picture is averaged with another one.
  public var mixup = 0.0
  /// The least and the greatest factor on the size at which a picture, or two by two of them, would fill the input; for a
  /// network that finds joints, one that is mixed in.
  public var resize = [0.5, 1.5]
  /// How often a picture is mirrored.
  public var flip = 0.5
  /// The most that hues turn, in steps of two degrees.
  public var hue = 5.0
  /// The most that is added to or taken from saturations, of 255.
  public var saturation = 30.0
  /// The most that is added to or taken from brightness, of 255.
  public var value = 30.0
  /// How pictures are turned and scaled for a network that finds joints; nil for not at all.
  public var affine: AffineDescription?
  /// The number of last epochs without mosaics and mixup, and for a network that finds joints with each picture whole.
  public var plainEpochs = 20
  /// The most boxes, or people, of one sample, the largest first.
  public var boxes = 256

  public init() {}

  /// Pictures as validation sees them.
  public static let none: PictureDescription = {
    var none = PictureDescription()
    (none.mosaic, none.mixup, none.resize, none.flip) = (0, 0, [1, 1], 0)
    (none.hue, none.saturation, none.value) = (0, 0, 0)
    return none
  }()

  enum CodingKeys: String, CodingKey, CaseIterable {
    case mosaic, mixup, resize, flip, hue, saturation, value, affine
    case plainEpochs = "plain_epochs"
    case boxes
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    mosaic = try section.number(.mosaic, default: mosaic, in: 0...1)
    mixup = try section.number(.mixup, default: mixup, in: 0...1)
    resize = try section.value(.resize, default: resize)
    flip = try section.number(.flip, default: flip, in: 0...1)
    hue = try section.number(.hue, default: hue, in: 0...90)
    saturation = try section.number(.saturation, default: saturation, in: 0...255)
    value = try section.number(.value, default: value, in: 0...255)
    affine = try section.value(.affine, default: affine)
    plainEpochs = try section.count(.plainEpochs, default: plainEpochs, in: 0...1_000_000)
    boxes = try section.count(.boxes, default: boxes, in: 1...4096)
    let factors = 0.05...10.0
    try section.check(
      .resize, resize.count == 2 && resize.allSatisfy { factors.contains($0) } && resize[0] <= resize[1],
      "needs two growing factors in 0.05...10, not \(resize)")
  }
}
