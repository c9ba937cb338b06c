import PoseCore

/// A Gaussian around the nearest heatmap pixel (Tompson et al., NIPS 2014; MMPose's MSRA): the published default.
package struct MSRATarget: Target {
  /// The deviation in heatmap pixels.
  package var sigma: Double

  package init(sigma: Double = 2) { self.sigma = sigma }

  package static let catalogue: [String: any Target] = ["default": MSRATarget()]

  package func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] {
    try TargetError.check(sigma: sigma)
    return [grid.heatmaps()]
  }

  package func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    let pattern = GaussianPatch.values(sigma: sigma)
    memory.encodeJoints(of: scene) { joint, label in
      label.isLabelled
        && memory.map(joint).writePatch(
          pattern, sigma: sigma, around: memory.grid.onMaps(label.position, isUnbiased: false))
    }
  }
}

extension TargetMap {
  /// Writes the same Gaussian for every joint, around the pixel that is nearest to it.
  ///
  /// - Parameters:
  ///   - pattern: ``GaussianPatch/values(sigma:)``.
  ///   - place: in pixels of the map.
  /// - Returns: whether any of the Gaussian lies on the map.
  func writePatch(_ pattern: [Float], sigma: Double, around place: Point) -> Bool {
    let (x, y) = (Int(place.x + 0.5), Int(place.y + 0.5))
    guard let patch = GaussianPatch(aroundX: x, y: y, sigma: sigma, width: width, height: height) else { return false }
    let side = GaussianPatch.side(sigma: sigma)
    let columns = patch.columns(width: width)
    pattern.withUnsafeBufferPointer { pattern in
      for row in patch.rows(height: height) where row - patch.top < side {
        let source = (row - patch.top) * side + columns.lowerBound - patch.left
        for index in 0..<min(columns.count, side - (columns.lowerBound - patch.left)) {
          values[row * width + columns.lowerBound + index] = pattern[source + index]
        }
      }
    }
    return true
  }
}
