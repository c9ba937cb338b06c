import PoseCore

extension TargetEncoder {
  /// A joint's place as a share of the input.
  ///
  /// - Returns: whether it lies in the input.
  func writeCoordinates(_ position: Point, to values: UnsafeMutableBufferPointer<Float>) -> Bool {
    values[0] = Float(position.x / Double(inputWidth))
    values[1] = Float(position.y / Double(inputHeight))
    return (0...Double(max(inputWidth - 1, 0))).contains(position.x)
      && (0...Double(max(inputHeight - 1, 0))).contains(position.y)
  }
}
