import PoseCore

/// Heatmaps of joints and of people's centers, and at each place the way to each joint, in pixels of the maps.
struct JointDisplacements {
  /// One for each joint, then the center's.
  var heatmaps: Heatmaps
  /// Columns and rows alternating: `2 joints x height x width`.
  var ways: Heatmaps

  var joints: Int { heatmaps.joints - 1 }
  var size: Size { Size(height: heatmaps.height, width: heatmaps.width) }

  /// The center's map.
  var centers: ArraySlice<Float> { heatmaps.values[heatmaps.range(of: joints)] }

  /// - Parameter ways: the port of the ways.
  init(_ outputs: Outputs, ways port: String) {
    (heatmaps, ways) = (Heatmaps(outputs.required("heatmaps")), Heatmaps(outputs.required(port)))
  }

  /// Checks that a network has such outputs.
  static func check(_ ports: [String: [Int]], ways port: String, skeleton: Skeleton?) throws(DecoderError) {
    let joints = skeleton?.joints.count ?? 0
    guard joints > 0, let shape = ports["heatmaps"], shape.count == 3, shape[0] == joints + 1,
      shape.allSatisfy({ $0 > 0 })
    else { throw DecoderError(port: "heatmaps", needed: "\(joints + 1) x height x width", ports: ports) }
    guard ports[port] == [2 * joints] + shape[1...] else {
      throw DecoderError(port: port, needed: "\(2 * joints) x \(shape[1]) x \(shape[2])", ports: ports)
    }
  }

  /// Of a mirrored picture, as if of the picture itself.
  ///
  /// - Parameter shifted: moves the heatmaps one column to the right, the first column staying.
  func flippedBack(_ pairs: [Skeleton.Pair], shifted: Bool) -> JointDisplacements {
    var result = self
    result.heatmaps = heatmaps.flippedBack(pairs, shifted: shifted)
    let places = size.width * size.height
    for (joint, source) in pairs.exchanging(joints).enumerated() {
      for axis in 0..<2 {
        let (to, from) = ((2 * joint + axis) * places, (2 * source + axis) * places)
        for row in stride(from: 0, to: places, by: size.width) {
          for column in 0..<size.width {
            let value = ways.values[from + row + size.width - 1 - column]
            result.ways.values[to + row + column] = axis == 0 ? -value : value
          }
        }
      }
    }
    return result
  }

  /// The means of both; the sizes are the same.
  func averaged(with other: JointDisplacements) -> JointDisplacements {
    var result = self
    (result.heatmaps, result.ways) = (heatmaps.averaged(with: other.heatmaps), ways.averaged(with: other.ways))
    return result
  }

  /// The joints to which the ways lead from a place.
  ///
  /// - Parameter sign: -1 for ways that lead from the joint to the place.
  func joints(from place: Int, sign: Float = 1) -> [SIMD2<Float>] {
    let places = size.width * size.height
    let start = SIMD2(Float(place % size.width), Float(place / size.width))
    return (0..<joints).map { joint in
      start + sign * SIMD2(ways.values[2 * joint * places + place], ways.values[(2 * joint + 1) * places + place])
    }
  }
}

extension Heatmaps {
  /// A map's value between its pixels, and beyond its border that of the border.
  func value(of joint: Int, at position: SIMD2<Float>) -> Float {
    // Clamping a number that is none gives a border too.
    let x = min(max(position.x, 0), Float(width - 1))
    let y = min(max(position.y, 0), Float(height - 1))
    let (column, row) = (Int(x), Int(y))
    let (right, below) = (min(column + 1, width - 1), min(row + 1, height - 1))
    let (fx, fy) = (x - Float(column), y - Float(row))
    let top = self[joint, row, column] * (1 - fx) + self[joint, row, right] * fx
    let bottom = self[joint, below, column] * (1 - fx) + self[joint, below, right] * fx
    return top * (1 - fy) + bottom * fy
  }
}
