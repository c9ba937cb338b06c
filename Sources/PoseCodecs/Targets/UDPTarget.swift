import PoseCore

/// UDP's Gaussian around the joint itself, which ends after three deviations (Huang et al., CVPR 2020).
package struct UDPTarget: Target {
  /// The deviation in heatmap pixels.
  package var sigma: Double

  package init(sigma: Double = 2) { self.sigma = sigma }

  package static let catalogue: [String: any Target] = ["udp": UDPTarget()]

  package var isUnbiased: Bool { true }

  package func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] {
    try TargetError.check(sigma: sigma)
    return [grid.heatmaps()]
  }

  package func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    memory.encodeJoints(of: scene) { joint, label in
      label.isLabelled && write(memory.grid.onMaps(label.position, isUnbiased: true), to: memory.map(joint))
    }
  }

  private func write(_ place: Point, to map: TargetMap) -> Bool {
    let (x, y) = (Int(place.x + 0.5), Int(place.y + 0.5))
    guard let patch = GaussianPatch(aroundX: x, y: y, sigma: sigma, width: map.width, height: map.height) else {
      return false
    }
    // The published Gaussian moves with its patch where that was rounded.
    let shift = GaussianPatch.center(sigma: sigma)
    let center = Point(x: place.x + Double(patch.left + shift - x), y: place.y + Double(patch.top + shift - y))
    map.writeGaussian(
      around: center, sigma: sigma, columns: patch.columns(width: map.width), rows: patch.rows(height: map.height))
    return true
  }
}
