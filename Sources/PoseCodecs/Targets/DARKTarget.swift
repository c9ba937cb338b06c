/// DARK's unbiased Gaussian around the joint itself (Zhang et al., CVPR 2020). It covers the whole map, so that its logarithm
/// is a parabola everywhere.
package struct DARKTarget: Target {
  /// The deviation in heatmap pixels.
  package var sigma: Double

  package init(sigma: Double = 2) { self.sigma = sigma }

  package static let catalogue: [String: any Target] = ["dark": DARKTarget()]

  package func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] {
    try TargetError.check(sigma: sigma)
    return [grid.heatmaps()]
  }

  package func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    let reach = sigma * 3
    memory.encodeJoints(of: scene) { joint, label in
      let map = memory.map(joint)
      let place = memory.grid.onMaps(label.position, isUnbiased: false)
      guard label.isLabelled, place.x - reach < Double(map.width), place.y - reach < Double(map.height),
        place.x + reach + 1 >= 0, place.y + reach + 1 >= 0
      else { return false }
      map.writeGaussian(around: place, sigma: sigma, columns: 0..<map.width, rows: 0..<map.height)
      return true
    }
  }
}
