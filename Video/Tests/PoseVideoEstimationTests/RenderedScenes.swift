import RenderedPeople

extension Stage {
  /// A room with a pillar in front of the people.
  static let pillar = Stage(pillars: [Pillar(x: -1.1, z: 0.9, width: 1)])
  /// A wide room.
  static let wide = Stage(width: 640, height: 360, distance: 9)
}

extension RenderedVideo {
  /// Two people who cross in front of somebody who stands there and turns, and of whom one waits behind a pillar.
  static func crossing(_ seed: UInt64) -> RenderedVideo {
    var random = SeededRandom(seed: seed &+ 4000)
    let isMirrored = random.number(in: 0...1) < 0.5
    func side(_ x: Float) -> Float { isMirrored ? -x : x }
    let ahead: Float = isMirrored ? -.pi / 2 : .pi / 2
    // One goes behind the pillar, rests there and goes on.
    let (speed, rest) = (random.number(in: 0.9...1.4), Double(random.number(in: 0...1.2)))
    let (lane, start) = (random.number(in: -0.6 ... -0.1), random.number(in: -2.4 ... -1.9))
    let places: [Float] = isMirrored ? [2.4 + start, -1.1, start] : [start, -1.1, 2.2]
    let (first, second) = (Double(abs(places[1] - places[0]) / speed), Double(abs(places[2] - places[1]) / speed))
    let hidden = Actor(
      [
        .init(time: 0.2, x: places[0], z: lane, turn: ahead),
        .init(time: 0.2 + first, x: places[1], z: lane, turn: ahead),
        .init(time: 0.2 + first + rest, x: places[1], z: lane, turn: ahead),
        .init(time: 0.2 + first + rest + second, x: places[2], z: lane, turn: ahead),
      ], random: &random)
    let crossing = Actor.walking(
      from: side(2.5), to: side(-2.5), z: random.number(in: 0.1...0.35),
      during: Double(random.number(in: -0.5...0.5))...Double(random.number(in: 4.2...6)), random: &random)
    let (place, turn) = (random.number(in: 0.8...1.7), random.number(in: -3...3))
    let standing = Actor(
      [
        .init(time: 0, x: place, z: -0.75, turn: turn),
        .init(time: 5, x: place, z: -0.75, turn: turn + random.number(in: -2...2)),
      ],
      random: &random)
    return RenderedVideo(actors: [hidden, crossing, standing], on: .pillar, seconds: 5)
  }

  /// Somebody who turns around once.
  static func turning(_ seed: UInt64) -> RenderedVideo {
    var random = SeededRandom(seed: seed &+ 5000)
    let turn: Float = random.number(in: 0...1) < 0.5 ? 2 * .pi : -2 * .pi
    let person = Actor(
      [.init(time: 0.5, x: 0.4, z: 0, turn: 0), .init(time: 5.5, x: 0.4, z: 0, turn: turn)], random: &random)
    return RenderedVideo(actors: [person], on: .pillar, seconds: 6)
  }

  /// Somebody who walks out of the picture and comes back after two seconds.
  static func leaving(_ seed: UInt64) -> RenderedVideo {
    var random = SeededRandom(seed: seed &+ 6000)
    let z = random.number(in: -0.4...0.2)
    let person = Actor(
      [
        .init(time: 0, x: 1.4, z: z, turn: .pi / 2), .init(time: 1.6, x: 3.2, z: z, turn: .pi / 2),
        .init(time: 2.4, x: 3.2, z: z, turn: -.pi / 2), .init(time: 5, x: 0.4, z: z, turn: -.pi / 2),
      ], random: &random)
    return RenderedVideo(actors: [person], on: .pillar, seconds: 5)
  }

  /// Ten people who step from side to side.
  static func ten(_ seed: UInt64) -> RenderedVideo {
    var random = SeededRandom(seed: seed &+ 7000)
    let actors = (0..<10).map { number in
      let (x, z) = (0.76 * (Float(number) - 4.5), random.number(in: -0.5...0.5))
      let (way, turn) = (random.number(in: -0.3...0.3), random.number(in: -0.8...0.8))
      return Actor(
        [
          .init(time: 0, x: x, z: z, turn: turn),
          .init(time: 2, x: x + way, z: z, turn: turn + random.number(in: -0.5...0.5)),
        ],
        random: &random)
    }
    return RenderedVideo(actors: actors, on: .wide, seconds: 2)
  }
}
