/// What was decided for one sample: all that a ``TrainingPerson`` and the pixels need to be varied, the same each time.
public struct AugmentationSample: Sendable, Hashable {
  public var isFlipped = false
  public var halfBody: Half?
  /// Multiplies the crop's size.
  public var scale = 1.0
  /// In degrees.
  public var rotation = 0.0
  public var shift: Shift?
  public var colors: ColorChange?
  /// The side of a blur's square in pixels of the input.
  public var blur: Int?
  public var erasing: Erasing?

  /// Which half of a body is wanted; the other is taken where that has too few joints.
  public enum Half: Sendable, Hashable { case upper, lower }

  /// How far the centre moves, in widths and heights.
  public struct Shift: Sendable, Hashable {
    public var x: Double
    public var y: Double
    public var basis: Augmentation.ShiftBasis
  }

  public init() {}

  var changesPixels: Bool { colors != nil || blur != nil || erasing != nil }
}
