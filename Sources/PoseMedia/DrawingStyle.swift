/// How poses look on a picture.
public struct DrawingStyle: Sendable, Hashable {
  /// Joints whose score is below are not drawn, nor are their limbs.
  public var scoreThreshold = 0.2
  /// Multiplies all widths, which otherwise follow the sizes of the person and the picture.
  public var thickness = 1.0
  /// Left and right, as the person has them, and what belongs to neither.
  public var palette = Palette()
  /// What is written beside a pose.
  public var labels = Labels.none
  /// Whether each pose's bounding box is drawn.
  public var showsBoxes = false

  public init() {}

  public enum Labels: Sendable, Hashable, CaseIterable {
    case none
    /// The pose's score above the person.
    case score
    /// The pose's score, and each joint's name and score.
    case joints
  }

  /// Colours that stay apart for every common kind of colour blindness and on most photographs.
  public struct Palette: Sendable, Hashable {
    public var left = Color(red: 0.16, green: 0.67, blue: 1)
    public var right = Color(red: 1, green: 0.49, blue: 0.09)
    public var middle = Color(red: 1, green: 0.91, blue: 0.45)
    /// The dark edge that keeps bright lines legible on bright pictures.
    public var halo = Color(red: 0.04, green: 0.05, blue: 0.09)

    public init() {}
  }

  /// Red, green and blue from 0 to 1.
  public struct Color: Sendable, Hashable {
    public var red: Double
    public var green: Double
    public var blue: Double

    public init(red: Double, green: Double, blue: Double) {
      self.red = red
      self.green = green
      self.blue = blue
    }

    /// The colour on the way to white.
    func lightened(by share: Double) -> Color {
      Color(red: red + (1 - red) * share, green: green + (1 - green) * share, blue: blue + (1 - blue) * share)
    }
  }
}
