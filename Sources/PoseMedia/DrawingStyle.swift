import PoseCore

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

  /// The skeletons' own colours unless set otherwise.
  public struct Palette: Sendable, Hashable {
    public var left = Joint.Side.left.color
    public var right = Joint.Side.right.color
    public var middle = Joint.Side.middle.color
    /// The dark edge that keeps bright lines legible on bright pictures.
    public var halo = Color(red: 0.04, green: 0.05, blue: 0.09)

    public init() {}

    /// The colour of a side.
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
  /// The colour on the way to white.
  func lightened(by share: Double) -> Color {
    Color(red: red + (1 - red) * share, green: green + (1 - green) * share, blue: blue + (1 - blue) * share)
  }
}
