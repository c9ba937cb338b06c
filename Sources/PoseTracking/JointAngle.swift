import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An angle of the body in the picture's plane, in degrees.
///
/// What bends is measured from straight: `knee_left`, `elbow_left` and `hip_left` are 0 for a leg or an arm in one line, and
/// for a thigh in line with the trunk, and grow to 180 as it bends. `shoulder_left` is 0 for an arm that hangs along the
/// trunk and 180 for one that goes on along it. Segments, `trunk`, `thigh_left`, `shank_left`, `upper_arm_left` and
/// `forearm_left`, are measured from the vertical, from -180 to 180: 0 for a trunk that stands upright and for limbs that
/// hang down, above 0 where the upper end of the trunk, or the lower end of a limb, is further right in the picture.
///
/// A camera sees the angle that a person has only where the limb moves in the plane of the picture.
public struct JointAngle: Sendable, Hashable {
  /// `knee_left`
  public let name: String
  private let kind: Kind

  private enum Kind: Hashable {
    /// How far the way from the first to the second joint turns at the second, to the third.
    case bend(Joint, Joint, Joint)
    /// The angle at the second joint between the other two.
    case opening(Joint, Joint, Joint)
    /// The angle of the way between the middles of joints from the vertical, downwards or upwards.
    case lean(from: [Joint], to: [Joint], isUpward: Bool)
  }

  /// All angles, by name; those of joints that a skeleton lacks are nil for its poses.
  public static let all: [JointAngle] =
    ["left", "right"].flatMap { side -> [JointAngle] in
      func joint(_ name: String) -> Joint { Joint(rawValue: "\(side)_\(name)") }
      let (shoulder, elbow, wrist) = (joint("shoulder"), joint("elbow"), joint("wrist"))
      let (hip, knee, ankle) = (joint("hip"), joint("knee"), joint("ankle"))
      return [
        JointAngle(name: "shoulder_\(side)", kind: .opening(hip, shoulder, elbow)),
        JointAngle(name: "elbow_\(side)", kind: .bend(shoulder, elbow, wrist)),
        JointAngle(name: "hip_\(side)", kind: .bend(shoulder, hip, knee)),
        JointAngle(name: "knee_\(side)", kind: .bend(hip, knee, ankle)),
        JointAngle(name: "upper_arm_\(side)", kind: .lean(from: [shoulder], to: [elbow], isUpward: false)),
        JointAngle(name: "forearm_\(side)", kind: .lean(from: [elbow], to: [wrist], isUpward: false)),
        JointAngle(name: "thigh_\(side)", kind: .lean(from: [hip], to: [knee], isUpward: false)),
        JointAngle(name: "shank_\(side)", kind: .lean(from: [knee], to: [ankle], isUpward: false)),
      ]
    } + [
      JointAngle(
        name: "trunk",
        kind: .lean(from: [.leftHip, .rightHip], to: [.leftShoulder, .rightShoulder], isUpward: true))
    ]

  /// The angle with a name; nil where there is none.
  public static func named(_ name: String) -> JointAngle? { all.first { $0.name == name } }

  /// The angle of a pose, in degrees; nil where a joint is not there, scores less, or lies on the next one.
  public func callAsFunction(_ pose: Pose, jointScore: Double = 0.2) -> Double? {
    func place(_ joint: Joint) -> Point? {
      pose[joint].flatMap { $0.score >= jointScore ? $0.position : nil }
    }
    func middle(_ joints: [Joint]) -> Point? {
      let places = joints.compactMap(place)
      guard places.count == joints.count else { return nil }
      let count = Double(places.count)
      return Point(x: places.map(\.x).reduce(0, +) / count, y: places.map(\.y).reduce(0, +) / count)
    }
    switch kind {
    case .bend(let first, let vertex, let last):
      return Self.opening(place(first), place(vertex), place(last)).map { 180 - $0 }
    case .opening(let first, let vertex, let last): return Self.opening(place(first), place(vertex), place(last))
    case .lean(let from, let to, let isUpward):
      guard let start = middle(from), let end = middle(to), start != end else { return nil }
      return Self.degrees(atan2(end.x - start.x, isUpward ? start.y - end.y : end.y - start.y))
    }
  }

  private static func opening(_ first: Point?, _ vertex: Point?, _ last: Point?) -> Double? {
    guard let first, let vertex, let last, first != vertex, last != vertex else { return nil }
    let (a, b) = (
      Point(x: first.x - vertex.x, y: first.y - vertex.y), Point(x: last.x - vertex.x, y: last.y - vertex.y)
    )
    return degrees(abs(atan2(a.x * b.y - a.y * b.x, a.x * b.x + a.y * b.y)))
  }

  private static func degrees(_ radians: Double) -> Double { radians * 180 / .pi }
}
