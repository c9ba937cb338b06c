import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Heatmaps of everybody's joints and centers, and of each person's own joints: contextual instance decoupling (Wang and Zhang,
/// CVPR 2022), as MMPose 1.x's `DecoupledHeatmap` has it.
///
/// `heatmaps` are those of everybody, the center last; `mask` is 1 where they are learnt from. A row of `instances` holds the
/// pixel at which a person's features are read, or -1, and whether each joint is learnt; the product of `columns` and `rows` is
/// the heatmap of each of the person's joints. Gaussians are as wide as the person's box allows.
public struct CIDTarget: Target {
  /// How many pixels the place at which features are read is from the center at most, along both axes.
  public var jitter: Int

  public init(jitter: Int = 1) { self.jitter = jitter }

  public static let catalogue: [String: any Target] = ["cid": CIDTarget()]

  public var takesEverybody: Bool { true }

  public func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] {
    try TargetError.check((0...16).contains(jitter), "a center moves by 0 to 16 pixels, not \(jitter)")
    let size = grid.maps
    return [
      TargetPort(name: "heatmaps", shape: [grid.joints + 1, size.height, size.width]),
      TargetPort(name: "mask", shape: [1, size.height, size.width]),
      TargetPort(name: "instances", shape: [grid.people, 1 + grid.joints]),
      TargetPort(name: "columns", shape: [grid.people, grid.joints, size.width]),
      TargetPort(name: "rows", shape: [grid.people, grid.joints, size.height]),
    ]
  }

  public func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    let grid = memory.grid
    scene.writeMask(to: memory.map(0, of: 1, grid.maps), of: grid.input)
    var people: [Int: [(joint: Int, place: Point)]] = [:]
    memory.forEachJoint(of: scene, on: grid.maps) { people[$0, default: []].append(($1, $2)) }
    let figures = people.sorted { $0.key < $1.key }.map { Figure(scene.people[$0.key], $0.value, grid) }
    for figure in figures {
      for (joint, place) in figure.joints {
        write(figure, around: place, to: memory.map(joint))
        memory.weights[joint] = 1
      }
      write(figure, around: figure.center, to: memory.map(grid.joints))
    }
    let instances = memory.parts[2]
    for person in 0..<grid.people { instances[person * (1 + grid.joints)] = -1 }
    for (person, chosen) in chosen(of: figures, grid).enumerated() {
      instances[person * (1 + grid.joints)] = Float(Int(chosen.place.y) * grid.maps.width + Int(chosen.place.x))
      for (joint, place) in chosen.figure.joints {
        guard let patch = chosen.figure.patch(around: place, on: grid.maps) else { continue }
        instances[person * (1 + grid.joints) + 1 + joint] = 1
        let row = person * grid.joints + joint
        let (columns, rows) = (row * grid.maps.width, row * grid.maps.height)
        for x in patch.columns(width: grid.maps.width) {
          memory.parts[3][columns + x] = chosen.figure.factor(x - patch.left)
        }
        for y in patch.rows(height: grid.maps.height) {
          memory.parts[4][rows + y] = chosen.figure.factor(y - patch.top)
        }
      }
    }
  }

  /// The joints alone.
  public func maps(of target: EncodedTarget, on grid: TargetGrid) -> Heatmaps? {
    let count = grid.joints * grid.maps.height * grid.maps.width
    return try? Heatmaps(
      joints: grid.joints, height: grid.maps.height, width: grid.maps.width,
      values: Array(target.values[0].prefix(count)))
  }

  private func write(_ figure: Figure, around place: Point, to map: TargetMap) {
    guard let patch = figure.patch(around: place, on: Size(height: map.height, width: map.width)) else { return }
    map.raise(patch, sigma: figure.sigma)
  }

  /// Those with a center on the maps and the place near it at which features are read, the smallest first. Of several people at
  /// one place the first counts; where there are too many, every so many-th does.
  private func chosen(of figures: [Figure], _ grid: TargetGrid) -> [(figure: Figure, place: Point)] {
    var chosen: [(figure: Figure, place: Point)] = []
    for figure in figures.sorted(by: { $0.diagonal < $1.diagonal })
    where figure.patch(around: figure.center, on: grid.maps) != nil {
      let place = Point(
        x: min(max(figure.center.x + shift(at: figure.center.x), 0), Double(grid.maps.width - 1)),
        y: min(max(figure.center.y + shift(at: figure.center.y), 0), Double(grid.maps.height - 1)))
      if !chosen.contains(where: { $0.place == place }) { chosen.append((figure, place)) }
    }
    if chosen.count <= grid.people { return chosen }
    return (0..<grid.people).map { chosen[$0 * chosen.count / grid.people] }
  }

  /// By the last digits of a coordinate, which are as good as random where pictures are varied, so that a sample always is the
  /// same.
  private func shift(at coordinate: Double) -> Double {
    let share = (coordinate * 4096) - (coordinate * 4096).rounded(.down)
    return (share * Double(2 * jitter + 1)).rounded(.down) - Double(jitter)
  }
}

/// A person's labelled joints and the width of its Gaussians, in pixels of the maps.
private struct Figure {
  let joints: [(joint: Int, place: Point)]
  let center: Point
  let diagonal: Double
  let sigma: Double

  /// - Parameter joints: one at least.
  init(_ person: LabelledPerson, _ joints: [(joint: Int, place: Point)], _ grid: TargetGrid) {
    self.joints = joints
    let (xs, ys) = (joints.map(\.place.x), joints.map(\.place.y))
    let count = Double(max(joints.count, 1))
    center = Point(x: xs.reduce(0, +) / count, y: ys.reduce(0, +) / count)
    let (width, height) = ((xs.max() ?? 0) - (xs.min() ?? 0), (ys.max() ?? 0) - (ys.min() ?? 0))
    diagonal = (width * width + height * height).squareRoot()
    var sides = SIMD2(width, height)
    if let own = person.boxSides ?? person.box.map({ SIMD2($0.width, $0.height) }) {
      let input = SIMD2(Double(grid.input.width), Double(grid.input.height))
      sides = own * SIMD2(Double(grid.maps.width), Double(grid.maps.height)) / input
    }
    let radius = CenterRadius.radius(width: sides.x, height: sides.y)
    // A Gaussian wider than the maps says as little as one of their width.
    sigma = min(max((radius / 3).isNaN ? 0 : radius / 3, 0.01), Double(max(grid.maps.width, grid.maps.height)))
  }

  /// The part of the maps that the Gaussian around a place covers; nil where it is beyond them.
  func patch(around place: Point, on maps: Size) -> GaussianPatch? {
    GaussianPatch(
      aroundX: Int(place.x + 0.5), y: Int(place.y + 0.5), sigma: sigma, width: maps.width, height: maps.height)
  }

  /// The Gaussian along one axis, so many pixels from where its patch begins.
  func factor(_ offset: Int) -> Float {
    let distance = Double(offset - GaussianPatch.center(sigma: sigma))
    return Float(exp(-distance * distance / (2 * sigma * sigma)))
  }
}
