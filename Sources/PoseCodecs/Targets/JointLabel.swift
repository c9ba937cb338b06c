import PoseCore

/// A joint as an annotation has it, for a network to learn.
public struct JointLabel: Sendable, Hashable {
  /// Where, in pixels of the picture or of the network's input.
  public var position: Point
  /// Whether somebody marked it, be it hidden or in plain sight; the position of another says nothing.
  public var isLabelled: Bool

  /// Nobody marked it.
  public static let unlabelled = JointLabel(x: 0, y: 0, isLabelled: false)

  public init(position: Point, isLabelled: Bool) {
    self.position = position
    self.isLabelled = isLabelled
  }

  public init(x: Double, y: Double, isLabelled: Bool = true) {
    self.init(position: Point(x: x, y: y), isLabelled: isLabelled)
  }
}
