/// People and the room around them.
struct Scene: Sendable {
  typealias Vector = SIMD3<Float>

  /// What a point belongs to.
  enum Surface {
    case floor, wall, pillar
    case figure(Int, Figure.Material)
  }

  var figures = [Figure(.waving)]
  var pillars: [Pillar] = []
  /// Whether there are a floor and a wall.
  var hasRoom = true

  /// People of different sizes in different poses.
  static let group = Scene(figures: [
    Figure(
      .stretching,
      colors: .init(shirt: [0.05, 0.25, 0.22], stripe: [0.05, 0.25, 0.22], trousers: [0.06, 0.06, 0.07]),
      at: [-2.05, 0, -0.1]),
    Figure(
      .walking,
      colors: .init(
        skin: [0.2, 0.1, 0.06], hair: [0.015, 0.012, 0.01], shirt: [0.62, 0.6, 0.55], stripe: [0.08, 0.15, 0.4],
        trousers: [0.25, 0.2, 0.13]),
      at: [-0.98, 0, 0.25], size: 1.06, turn: 0.55),
    Figure(
      .jumping,
      colors: .init(
        skin: [0.7, 0.43, 0.32], hair: [0.32, 0.17, 0.06], shirt: [0.6, 0.38, 0.04], stripe: [0.6, 0.38, 0.04],
        trousers: [0.05, 0.1, 0.25], shoe: [0.5, 0.5, 0.5]),
      at: [-0.06, 0, -0.15], size: 0.6),
    Figure(.kicking, at: [0.9, 0, 0.1], size: 0.98),
    Figure(
      .lunging,
      colors: .init(
        skin: [0.4, 0.22, 0.13], hair: [0.02, 0.015, 0.012], shirt: [0.1, 0.16, 0.42], stripe: [0.55, 0.57, 0.6],
        trousers: [0.12, 0.12, 0.13], shoe: [0.45, 0.08, 0.06]),
      at: [2.3, 0, 0], size: 1.03, turn: -0.2),
  ])

  /// The distance to the nearest surface, or a little less, and what it belongs to.
  func distance(_ p: Vector) -> (Float, Surface) {
    var best: (Float, Surface) = (hasRoom ? p.y : .infinity, .floor)
    if hasRoom, p.z + 1.1 < best.0 { best = (p.z + 1.1, .wall) }
    for pillar in pillars {
      let distance = pillar.distance(p)
      if distance < best.0 { best = (distance, .pillar) }
    }
    for (index, figure) in figures.enumerated() {
      let (distance, material) = figure.distance(p)
      if distance < best.0 { best = (distance, .figure(index, material)) }
    }
    return best
  }

  /// The color of a surface in daylight, linear.
  func color(_ p: Vector, _ surface: Surface) -> Vector {
    switch surface {
    case .pillar: return Vector(0.5, 0.46, 0.4) * (0.9 + 0.15 * noise(p * 25))
    case .figure(let index, let material): return figures[index].color(p, material)
    case .floor:
      let board = (p.x * 5).rounded(.down)
      return Vector(0.3, 0.2, 0.12)
        * (0.75 + 0.25 * noise([board * 7.3, 0, p.z * 2]) + 0.2 * noise([p.x * 60, 0, p.z * 6]))
    case .wall:
      return p.y < 0.12 ? [0.5, 0.5, 0.48] : Vector(0.42, 0.47, 0.5) * (0.95 + 0.08 * noise(p * 35))
    }
  }
}
