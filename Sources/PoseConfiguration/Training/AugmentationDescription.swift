import PoseImage

/// The `augmentation` section: how training pictures are varied. What is left out is as the preset has it.
public struct AugmentationDescription: Sendable, Hashable, Codable {
  public var preset = Preset.liteHRNet
  /// How often a picture is mirrored.
  public var flip: Double?
  /// How often the crop shows half of the body only.
  package var halfBody: Double?
  /// Whether crops are turned so that hips are below shoulders, before they are varied.
  public var upright = false
  /// The share by which crops become larger or smaller at most.
  public var scale: Double?
  /// The deviation of the rotation in degrees.
  package var rotation: Double?
  /// How often a crop is rotated at all.
  package var rotationProbability: Double?
  /// How often the centre moves, and how far at most.
  public var shift: Double?
  package var shiftFactor: Double?
  /// Whether colours change.
  public var colors: Bool?
  /// How often a crop is blurred.
  public var blur: Double?
  /// How often a rectangle is overwritten with noise.
  public var erasing: Double?
  /// How crops are made to look as worse cameras take them; nil for not at all.
  package var degrade: DegradeDescription?
  /// Changes of pixels that a teacher does not see, besides degradations.
  package var studentOnly: [PixelChange] = []

  /// What was published together.
  public enum Preset: String, Sendable, Hashable, Codable, CaseIterable {
    /// By dataset: COCO's is a scale of a quarter and 30 degrees, MPII's without half bodies and shifts.
    case liteHRNet = "lite_hrnet"
    /// MMPose's for COCO: a scale of a half and 40 degrees.
    case mmpose
    case none
  }

  public init() {}

  enum CodingKeys: String, CodingKey, CaseIterable {
    case preset, flip
    case halfBody = "half_body"
    case upright, scale, rotation
    case rotationProbability = "rotation_probability"
    case shift
    case shiftFactor = "shift_factor"
    case colors, blur, erasing, degrade
    case studentOnly = "student_only"
  }

  public init(from decoder: any Decoder) throws {
    let section = try Section<CodingKeys>(decoder)
    func number(_ key: CodingKeys, to most: Double = 1) throws -> Double? {
      guard let number: Double = try section.value(key, default: nil) else { return nil }
      try section.check(key, (0...most).contains(number), "needs a number in 0...\(most), not \(number)")
      return number
    }
    preset = try section.choice(.preset, default: preset)
    flip = try number(.flip)
    halfBody = try number(.halfBody)
    upright = try section.value(.upright, default: upright)
    scale = try number(.scale)
    rotation = try number(.rotation, to: 180)
    rotationProbability = try number(.rotationProbability)
    shift = try number(.shift)
    shiftFactor = try number(.shiftFactor)
    colors = try section.value(.colors, default: nil)
    blur = try number(.blur)
    erasing = try number(.erasing)
    degrade = try section.value(.degrade, default: nil)
    let known = PixelChange.allCases.map(\.rawValue)
    studentOnly = try section.value(.studentOnly, default: [String]()).map { name in
      guard let change = PixelChange(rawValue: name) else { throw section.unknown(name, .studentOnly, known: known) }
      return change
    }
  }
}
