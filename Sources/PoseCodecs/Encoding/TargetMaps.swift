extension TargetEncoder {
  /// Where a target says that each joint is, as one map for each joint with values in 0...1, for people to look at.
  ///
  /// - Returns: nil for a target that has no maps, such as coordinates.
  public func maps(of encoded: EncodedTarget) -> Heatmaps? {
    precondition(encoded.shapes == shapes, "the target has the shapes \(encoded.shapes), not \(shapes)")
    var maps = target.maps(of: encoded, on: grid)
    maps?.scaleToOne()
    return maps
  }
}

extension Heatmaps {
  fileprivate mutating func scaleToOne() {
    for joint in 0..<joints {
      let top = maximum(of: joint)
      guard top > 0 else { continue }
      for index in range(of: joint) { values[index] /= top }
    }
  }
}
