/// A joint as an annotation has it.
public struct LabelledKeypoint: Sendable, Hashable {
  /// Where, in pixels of the picture or of the network's input. Means nothing where the joint is not labelled.
  public var position: Point
  public var visibility: Visibility

  public enum Visibility: UInt8, Sendable, Hashable {
    /// Nobody marked the joint.
    case unlabelled
    /// Marked, but hidden.
    case hidden
    case visible
  }

  public static let unlabelled = LabelledKeypoint(x: 0, y: 0, visibility: .unlabelled)

  public init(position: Point, visibility: Visibility) {
    self.position = position
    self.visibility = visibility
  }

  public init(x: Double, y: Double, visibility: Visibility) {
    self.init(position: Point(x: x, y: y), visibility: visibility)
  }

  /// A joint that is visible where it is labelled.
  public init(position: Point, isLabelled: Bool) {
    self.init(position: position, visibility: isLabelled ? .visible : .unlabelled)
  }

  /// A joint that is visible where it is labelled.
  public init(x: Double, y: Double, isLabelled: Bool = true) {
    self.init(position: Point(x: x, y: y), isLabelled: isLabelled)
  }

  /// Whether somebody marked the joint, be it hidden or in plain sight.
  public var isLabelled: Bool { visibility != .unlabelled }
}
