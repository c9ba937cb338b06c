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
}

extension Joint.Side {
  /// Left blue, right orange, the middle yellow: colours that stay apart for every common kind of colour blindness and on
  /// most photographs.
  public var color: Color {
    switch self {
    case .left: Color(red: 0.16, green: 0.67, blue: 1)
    case .right: Color(red: 1, green: 0.49, blue: 0.09)
    case .middle: Color(red: 1, green: 0.91, blue: 0.45)
    }
  }
}

extension Skeleton {
  /// The side of a limb: one that crosses the body belongs to neither.
  public func side(of limb: Pair) -> Joint.Side {
    let sides = [limb.first, limb.second].filter(joints.indices.contains).map { joints[$0].side }
    let sided = Set(sides).subtracting([.middle])
    return sided.count == 1 ? sided.first ?? .middle : .middle
  }

  /// A colour for each joint, by its side.
  public var jointColors: [Color] { joints.map(\.side.color) }

  /// A colour for each limb, by its side.
  public var limbColors: [Color] { limbs.map { side(of: $0).color } }
}
