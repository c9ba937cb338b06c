/// Coordinates, and MSRA's heatmaps with a sum of 1 each (Sun et al., ECCV 2018).
package struct IntegralTarget: Target {
  /// The deviation in heatmap pixels.
  package var sigma: Double

  package init(sigma: Double = 2) { self.sigma = sigma }

  package static let catalogue: [String: any Target] = ["integral_regression": IntegralTarget()]

  package func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] {
    try TargetError.check(sigma: sigma)
    return [grid.coordinates, grid.heatmaps()]
  }

  package func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    let pattern = GaussianPatch.values(sigma: sigma)
    memory.encodeJoints(of: scene) { joint, label in
      let isInside = memory.writeCoordinates(of: joint, at: label.position)
      guard label.isLabelled else { return false }
      let map = memory.map(joint, of: 1)
      let place = memory.grid.onMaps(label.position, isUnbiased: false)
      guard map.writePatch(pattern, sigma: sigma, around: place) else { return false }
      map.normalize()
      return isInside
    }
  }
}
