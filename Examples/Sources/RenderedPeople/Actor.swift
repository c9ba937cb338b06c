import Foundation

/// A person of a rendered video, who walks from station to station.
public struct Actor: Sendable {
  /// Where the person is at a time.
  public struct Station: Sendable {
    /// In seconds.
    public var time: Double
    /// In meters: to the right in the picture from its middle on, and towards the viewer.
    public var x: Float
    public var z: Float
    /// To the person's left, in radians; 0 faces the viewer, a quarter of a circle the right of the picture.
    public var turn: Float

    public init(time: Double, x: Float, z: Float, turn: Float) {
      (self.time, self.x, self.z, self.turn) = (time, x, z, turn)
    }
  }

  /// In the order of their times; between them the person moves and turns evenly, and stands before and after.
  private let stations: [Station]
  private let colors: Figure.Colors
  private let size: Float
  /// Of the steps, in steps with both legs.
  private let phase: Float
  /// How far arms and legs swing.
  private let swing: Float

  /// A person with clothes, a size and a gait by chance.
  ///
  /// - Parameter stations: in the order of their times.
  public init(_ stations: [Station], random: inout SeededRandom) {
    self.stations = stations
    func color(_ brightness: ClosedRange<Float>) -> SIMD3<Float> {
      let light = random.number(in: brightness)
      return SIMD3(random.number(in: 0.3...1), random.number(in: 0.3...1), random.number(in: 0.3...1)) * light
    }
    let skin = random.number(in: 0...1)
    let shirt = color(0.1...0.7)
    colors = Figure.Colors(
      skin: [0.2, 0.1, 0.06] + SIMD3(0.5, 0.33, 0.26) * skin,
      hair: SIMD3(0.05, 0.03, 0.02) * random.number(in: 0.3...4),
      shirt: shirt, stripe: random.number(in: 0...1) < 0.5 ? shirt : color(0.1...0.7), trousers: color(0.05...0.3),
      shoe: color(0.05...0.5))
    (size, phase, swing) = (
      random.number(in: 0.92...1.08), random.number(in: 0...1), random.number(in: 0.75...1.1)
    )
  }

  /// Who walks along a line, looking ahead.
  ///
  /// - Parameters:
  ///   - xs: where from and where to, in meters.
  ///   - z: towards the viewer.
  ///   - times: when the person is at either end, in seconds.
  public static func walking(
    from start: Float, to end: Float, z: Float, during times: ClosedRange<Double>, random: inout SeededRandom
  ) -> Actor {
    let turn: Float = end > start ? .pi / 2 : -.pi / 2
    return Actor(
      [
        Station(time: times.lowerBound, x: start, z: z, turn: turn),
        Station(time: times.upperBound, x: end, z: z, turn: turn),
      ], random: &random)
  }

  /// The person as seen at a time.
  func figure(at time: Double) -> Figure {
    let here = station(at: time)
    let (before, after) = (station(at: time - 0.15), station(at: time + 0.15))
    let speed = length([after.x - before.x, 0, after.z - before.z]) / 0.3
    // A step with both legs takes 1.4 meters of a person of a usual size.
    let stance = Stance.walking(
      turns: phase + way(at: time) / (1.4 * size), swing: swing * min(1, speed / (0.7 * size)))
    return Figure(stance, colors: colors, at: [here.x, 0, here.z], size: size, turn: here.turn, isBald: false)
  }

  private func station(at time: Double) -> Station {
    guard let next = stations.firstIndex(where: { $0.time > time }) else {
      return stations.last ?? Station(time: time, x: 0, z: 0, turn: 0)
    }
    if next == 0 { return stations[0] }
    let (a, b) = (stations[next - 1], stations[next])
    let t = Float((time - a.time) / (b.time - a.time))
    return Station(time: time, x: a.x + (b.x - a.x) * t, z: a.z + (b.z - a.z) * t, turn: a.turn + (b.turn - a.turn) * t)
  }

  /// How far the person has gone, in meters.
  private func way(at time: Double) -> Float {
    let passed = stations.filter { $0.time <= time } + [station(at: time)]
    return zip(passed, passed.dropFirst()).reduce(0) { $0 + length([$1.1.x - $1.0.x, 0, $1.1.z - $1.0.z]) }
  }
}

extension Stance {
  /// Somebody who walks.
  ///
  /// - Parameters:
  ///   - turns: how many steps with both legs were taken.
  ///   - swing: how far arms and legs swing; 0 for somebody who stands.
  static func walking(turns: Float, swing: Float) -> Stance {
    var stance = Stance()
    func leg(_ hip: Vector, _ turns: Float) -> (knee: Vector, ankle: Vector) {
      let angle = 2 * Float.pi * turns
      let thigh = swing * (0.42 * sin(angle) + 0.06)
      // The knee bends while the leg swings forward.
      let shank = thigh - swing * (0.12 + 0.75 * max(0, cos(angle)))
      let knee = hip + [0, -0.43 * cos(thigh), 0.43 * sin(thigh)]
      return (knee, knee + [0, -0.415 * cos(shank), 0.415 * sin(shank)])
    }
    func arm(_ side: Float, _ turns: Float) -> (elbow: Vector, wrist: Vector) {
      let upper = swing * 0.5 * sin(2 * .pi * turns) - 0.05
      let lower = upper + 0.2 + 0.3 * swing
      let elbow = Vector(side * 0.255, 1.395, 0) + [0, -0.275 * cos(upper), 0.275 * sin(upper)]
      return (elbow, elbow + [side * 0.01, -0.245 * cos(lower), 0.245 * sin(lower)])
    }
    let (left, right) = (leg([0.1, 0.93, 0], turns), leg([-0.1, 0.93, 0], turns + 0.5))
    // One foot is on the floor.
    let drop = Vector(0, 0.085 - min(left.ankle.y, right.ankle.y), 0)
    (stance.leftKnee, stance.leftAnkle) = (left.knee + drop, left.ankle + drop)
    (stance.rightKnee, stance.rightAnkle) = (right.knee + drop, right.ankle + drop)
    (stance.leftElbow, stance.leftWrist) = arm(1, turns + 0.5)
    (stance.rightElbow, stance.rightWrist) = arm(-1, turns)
    (stance.hips, stance.bow) = (drop, 0.05 * swing)
    return stance
  }
}
