import PoseCore

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What MoveNet's four heads learn of the person in the middle of a crop, as fire717's movenet.pytorch has it.
///
/// `heatmaps` and `centers` have peaks at everybody's joints and boxes' middles; `regs` lead from the cells around the person's
/// own center to the cells of its joints; and `offsets` hold, at a joint's cell, where in the cell the joint is. Joints beyond
/// the map are not learnt.
package struct MoveNetTarget: Target {
  package init() {}

  package static let catalogue: [String: any Target] = ["movenet": MoveNetTarget()]

  package var takesNeighbours: Bool { true }

  package func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] {
    let size = grid.maps
    return [("heatmaps", grid.joints), ("centers", 1), ("regs", 2 * grid.joints), ("offsets", 2 * grid.joints)]
      .map { TargetPort(name: $0, shape: [$1, size.height, size.width]) }
  }

  package func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    let map = memory.map(0)
    let step = (
      x: Double(memory.grid.input.width) / Double(map.width), y: Double(memory.grid.input.height) / Double(map.height)
    )
    func cell(of position: Point) -> Cell? { map.cell(under: Point(x: position.x / step.x, y: position.y / step.y)) }
    guard let person = scene.people.first, let middle = person.middle else { return }
    let cells = person.joints.prefix(memory.grid.joints).map { $0.isPlaced ? cell(of: $0.position) : nil }
    let radius = Self.radius(of: cells.compactMap { $0 }, on: map)
    let others = scene.people.dropFirst()
    let center = Cell(
      x: min(max(Int((middle.x / step.x).rounded(.down)), 0), map.width - 1),
      y: min(max(Int((middle.y / step.y).rounded(.down)), 0), map.height - 1))
    for place in [center] + others.compactMap({ $0.middle.flatMap(cell) }) {
      memory.map(0, of: 1).addPeak(at: place, radius: radius + 1)
    }
    for (joint, place) in cells.enumerated() {
      guard let place else { continue }
      memory.weights[joint] = 1
      let same = others.compactMap { $0.joints.indices.contains(joint) ? $0.joints[joint] : nil }
      for place in [place] + same.filter(\.isPlaced).compactMap({ cell(of: $0.position) }) {
        memory.map(joint).addPeak(at: place, radius: radius)
      }
      let regs = (x: memory.map(2 * joint, of: 2), y: memory.map(2 * joint + 1, of: 2))
      for y in (center.y - 2..<center.y + 3).clamped(to: 0..<map.height) {
        for x in (center.x - 2..<center.x + 3).clamped(to: 0..<map.width) {
          regs.x.values[y * map.width + x] = Float(place.x - x)
          regs.y.values[y * map.width + x] = Float(place.y - y)
        }
      }
      // As published, a joint is at the corner of its pixel.
      let (index, position) = (place.y * map.width + place.x, person.joints[joint].position)
      memory.map(2 * joint, of: 3).values[index] = Float(position.x.rounded(.down) / step.x - Double(place.x))
      memory.map(2 * joint + 1, of: 3).values[index] = Float(position.y.rounded(.down) / step.y - Double(place.y))
    }
  }

  /// How far joints' peaks reach: the farther, the more of the map the person covers.
  private static func radius(of cells: [Cell], on map: TargetMap) -> Int {
    let (xs, ys) = (cells.map(\.x), cells.map(\.y))
    let (width, height) = ((xs.max() ?? 0) - (xs.min() ?? 0), (ys.max() ?? 0) - (ys.min() ?? 0))
    let share = Double(width * height) / Double(map.width * map.height)
    return share < 0.16 ? 4 : share < 0.3 ? 5 : 6
  }
}

/// A pixel of a map.
private struct Cell {
  var x: Int
  var y: Int
}

extension LabelledPerson {
  /// The middle of the box, or of the box around the labelled joints; nil where there is neither.
  fileprivate var middle: Point? {
    if let box, box.x.magnitude < 1e9, box.y.magnitude < 1e9, box.width.magnitude < 1e9, box.height.magnitude < 1e9 {
      return Point(x: box.x + box.width / 2, y: box.y + box.height / 2)
    }
    let placed = joints.filter(\.isPlaced).map(\.position)
    guard let left = placed.map(\.x).min(), let right = placed.map(\.x).max(), let top = placed.map(\.y).min(),
      let bottom = placed.map(\.y).max()
    else { return nil }
    return Point(x: (left + right) / 2, y: (top + bottom) / 2)
  }
}

extension TargetMap {
  /// The cell under a place, the last one for places at the far border; nil beyond the map.
  fileprivate func cell(under place: Point) -> Cell? {
    guard (0..<Double(width + 1)).contains(place.x), (0..<Double(height + 1)).contains(place.y) else { return nil }
    return Cell(x: min(Int(place.x), width - 1), y: min(Int(place.y), height - 1))
  }

  /// Adds a peak that falls exponentially with the distance, to 1 at most. As published, the last column and row of its
  /// square are missing.
  fileprivate func addPeak(at center: Cell, radius: Int) {
    for y in (center.y - radius..<center.y + radius).clamped(to: 0..<height) {
      for x in (center.x - radius..<center.x + radius).clamped(to: 0..<width) {
        let (across, down) = (Double(x - center.x), Double(y - center.y))
        let distance = (across * across + down * down).squareRoot()
        guard distance <= Double(radius) else { continue }
        let index = y * width + x
        values[index] = min(values[index] + Float(exp(-3 * distance / Double(radius))), 1)
      }
    }
  }
}
