import PoseCore

extension TargetEncoder {
  /// A joint's place as a share of the input.
  ///
  /// - Returns: whether it lies in the input.
  func writeCoordinates(_ position: Point, to values: UnsafeMutableBufferPointer<Float>) -> Bool {
    values[0] = Float(position.x / Double(input.width))
    values[1] = Float(position.y / Double(input.height))
    return (0...Double(max(input.width - 1, 0))).contains(position.x)
      && (0...Double(max(input.height - 1, 0))).contains(position.y)
  }
}
