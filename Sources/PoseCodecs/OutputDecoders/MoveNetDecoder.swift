import PoseCore
import PoseImage

/// From MoveNet's outputs `heatmaps`, `centers`, `regs` and `offsets` to the joints of the person nearest the middle.
///
/// Follows `movenetDecode` of fire717's movenet.pytorch: the center counts less the farther it is from the middle, and a
/// joint's heatmap the farther it is from where the center says that the joint is.
public struct MoveNetDecoder: KeypointDecoder {
  /// Heatmaps below this count as zero, and so does the score of a joint that is found there.
  public var threshold: Float
  /// What is added to distances in cells before they divide.
  public var reach: Float

  public static let catalogue: [String: any OutputDecoder] = ["movenet": MoveNetDecoder()]

  public init(threshold: Float = 0.1, reach: Float = 1.8) { (self.threshold, self.reach) = (threshold, reach) }

  public var invalidSetting: (key: String, reason: String)? {
    if !(0...1).contains(threshold) { return ("threshold", "needs a score in 0...1, not \(threshold)") }
    return reach > 0 && reach.isFinite ? nil : ("reach", "needs cells above 0, not \(reach)")
  }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    let joints = skeleton?.joints.count ?? 0
    guard let shape = ports["heatmaps"], shape.count == 3, shape[0] == joints, shape.allSatisfy({ $0 > 0 }) else {
      throw DecoderError(port: "heatmaps", needed: "\(joints) x height x width", ports: ports)
    }
    for (port, channels) in [("centers", 1), ("regs", 2 * joints), ("offsets", 2 * joints)]
    where ports[port] != [channels] + shape[1...] {
      throw DecoderError(port: port, needed: "\(channels) x \(shape[1]) x \(shape[2])", ports: ports)
    }
  }

  public func decode(_ outputs: Outputs, _ placement: Placement) -> [Keypoint] {
    let heatmaps = outputs.required("heatmaps")
    let (joints, size) = (heatmaps.shape[0], Size(height: heatmaps.shape[1], width: heatmaps.shape[2]))
    let area = size.height * size.width
    let (regs, offsets) = (outputs.required("regs").values, outputs.required("offsets").values)
    let middle = Cell(x: size.width / 2, y: size.height / 2)
    let center = best(outputs.required("centers").values[...], size, near: middle)
    let place = center.y * size.width + center.x
    return (0..<joints).map { joint in
      func guess(_ axis: Int, _ start: Int, _ extent: Int) -> Int {
        let value = regs[(2 * joint + axis) * area + place] + 0.5
        // Far beyond the map nothing is nearer than anything else.
        return value.isNaN ? start : Int(min(max(value, Float(-2 * extent)), Float(2 * extent))) + start
      }
      let map = heatmaps.values[joint * area..<(joint + 1) * area]
      let near = Cell(x: guess(0, center.x, size.width), y: guess(1, center.y, size.height))
      let cell = best(map, size, near: near, threshold: threshold)
      let index = cell.y * size.width + cell.x
      let score = map[map.startIndex + index]
      let position = Point(
        x: Double(Float(cell.x) + offsets[2 * joint * area + index]),
        y: Double(Float(cell.y) + offsets[(2 * joint + 1) * area + index]))
      return Keypoint(
        position: placement.picturePoint(of: position, on: size),
        score: score < threshold ? 0 : Double(score).asScore)
    }
  }

  private struct Cell {
    var x: Int
    var y: Int
  }

  /// The cell whose value is greatest after it was divided by its distance; the first where several are.
  private func best(_ values: ArraySlice<Float>, _ size: Size, near cell: Cell, threshold: Float = 0) -> Cell {
    var (best, most) = (Cell(x: 0, y: 0), -Float.infinity)
    for y in 0..<size.height {
      for x in 0..<size.width {
        let value = values[values.startIndex + y * size.width + x]
        let (dx, dy) = (Float(x - cell.x), Float(y - cell.y))
        let weighted = (value < threshold ? 0 : value) / ((dx * dx + dy * dy).squareRoot() + reach)
        if weighted > most { (best, most) = (Cell(x: x, y: y), weighted) }
      }
    }
    return best
  }

  public func merged(
    _ outputs: Outputs, withMirrored mirrored: Outputs, _ pairs: [Skeleton.Pair], isShifted: Bool, input: Size
  ) -> Outputs {
    var result = outputs
    for port in ["heatmaps", "centers", "regs", "offsets"] {
      let (own, other) = (outputs.required(port), mirrored.required(port))
      let (area, width) = (own.shape[1] * own.shape[2], own.shape[2])
      let axes = port == "regs" || port == "offsets" ? 2 : 1
      let sources = pairs.exchanging(own.shape[0] / axes)
      var values = own.values
      for channel in 0..<own.shape[0] {
        let source = sources[channel / axes] * axes + channel % axes
        let isAcross = axes == 2 && channel % 2 == 0
        for index in 0..<area {
          let place = source * area + index - index % width + (width - 1 - index % width)
          var value = other.values[place]
          // Distances to the left become such to the right; a place in a cell is counted from its other side.
          if isAcross { value = port == "regs" ? -value : 1 - value }
          values[channel * area + index] = (values[channel * area + index] + value) / 2
        }
      }
      result[port] = OutputTensor(shape: own.shape, values: values)
    }
    return result
  }
}
