import PoseCore

/// The memory that one sample's target is written to. It is valid only while it is lent.
public struct TargetMemory {
  public let grid: TargetGrid
  /// The floats of each port, in the order of the target's ports.
  public let parts: [UnsafeMutableBufferPointer<Float>]
  /// The weight of each joint: 0 for one that is not learned.
  public let weights: UnsafeMutableBufferPointer<Float>

  /// Encodes the scene's only person joint by joint, as top-down networks learn.
  ///
  /// - Parameter write: writes a joint, given its index and its label. It is not called for joints whose position is not a
  ///   number that a picture could have. Returns whether the joint is learned.
  func encodeJoints(of scene: LabelledScene, _ write: (_ joint: Int, _ label: LabelledKeypoint) -> Bool) {
    precondition(
      scene.people.count <= 1, "this target is for one person, and the scene has \(scene.people.count)")
    let labels = scene.people.first?.joints ?? []
    for joint in 0..<grid.joints {
      let label = joint < labels.count ? labels[joint] : .unlabelled
      let isNear = label.position.x.magnitude < 1e9 && label.position.y.magnitude < 1e9
      weights[joint] = isNear && write(joint, label) ? 1 : 0
    }
  }

  /// A map of the given part.
  func map(_ index: Int, of part: Int = 0) -> TargetMap {
    map(index, of: part, grid.maps)
  }

  /// A map of the given part, of a size of its own.
  func map(_ index: Int, of part: Int, _ size: Size) -> TargetMap {
    let area = size.width * size.height
    return TargetMap(
      values: UnsafeMutableBufferPointer(rebasing: parts[part][index * area..<(index + 1) * area]), width: size.width,
      height: size.height)
  }

  /// The numbers that a part has for a joint.
  func row(_ joint: Int, of part: Int = 0) -> UnsafeMutableBufferPointer<Float> {
    let count = parts[part].count / grid.joints
    return UnsafeMutableBufferPointer(rebasing: parts[part][joint * count..<(joint + 1) * count])
  }

  /// Writes a position as fractions of the input.
  ///
  /// - Returns: whether it lies in the input.
  func writeCoordinates(of joint: Int, at position: Point) -> Bool {
    let values = row(joint)
    values[0] = Float(position.x / Double(grid.input.width))
    values[1] = Float(position.y / Double(grid.input.height))
    return (0...Double(max(grid.input.width - 1, 0))).contains(position.x)
      && (0...Double(max(grid.input.height - 1, 0))).contains(position.y)
  }
}

/// One map to write on, all zeros at first.
struct TargetMap {
  let values: UnsafeMutableBufferPointer<Float>
  let width: Int
  let height: Int

  /// Divides the map by its sum, unless that is zero.
  func normalize() {
    let sum = values.reduce(0, +)
    if sum > 0 { for index in values.indices { values[index] /= sum } }
  }
}
