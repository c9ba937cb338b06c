import PoseCore

/// The style in which poses are drawn on a picture.
public struct DrawingStyle: Sendable, Hashable {
  /// Joints with a lower score are not drawn, nor are their limbs.
  public var scoreThreshold = 0.2
  /// A factor for all widths, which otherwise depend on the sizes of the person and the picture.
  public var thickness = 1.0
  /// The colors of the person's left side, of the right side, and of joints and limbs in the middle.
  public var palette = Palette()
  /// The text beside each pose.
  public var labels = Labels.none
  /// Whether each pose's bounding box is drawn.
  public var showsBoxes = false

  /// Creates the default style.
  public init() {}

  /// The text beside a pose.
  public enum Labels: Sendable, Hashable, CaseIterable {
    case none
    /// The pose's score above the person.
    case score
    /// The pose's score, and each joint's name and score.
    case joints
  }

  /// The colors of a pose. The defaults are the skeletons' own colors.
  public struct Palette: Sendable, Hashable {
    public var left = Joint.Side.left.color
    public var right = Joint.Side.right.color
    public var middle = Joint.Side.middle.color
    /// The dark edge that keeps bright lines legible on bright pictures.
    public var halo = Color(red: 0.04, green: 0.05, blue: 0.09)

    /// Creates the default colors.
    public init() {}

    /// The color of a side.
    subscript(side: Joint.Side) -> Color {
      switch side {
      case .left: left
      case .right: right
      case .middle: middle
      }
    }
  }
}

extension Color {
  /// The color mixed with the given share of white.
  func lightened(by share: Double) -> Color {
    Color(red: red + (1 - red) * share, green: green + (1 - green) * share, blue: blue + (1 - blue) * share)
  }
}
