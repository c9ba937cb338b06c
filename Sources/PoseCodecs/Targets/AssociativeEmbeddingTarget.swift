import PoseCore

/// Gaussians of everybody's joints, and where in the tags each person's joints are: associative embedding (Newell et al., NIPS
/// 2017; Cheng et al., HigherHRNet, CVPR 2020), as MMPose 0.29 has it.
///
/// `heatmaps` are those of everybody; `mask` is 1 where they are learnt from; a row of `tag_indices` holds, for each joint of
/// a person, its place among the joints' maps one after the other, or -1. Networks with finer heatmaps get `fine_heatmaps` and
/// `fine_mask`, too.
package struct AssociativeEmbeddingTarget: Target {
  /// The deviation in heatmap pixels, in maps of any size.
  package var sigma: Double

  package init(sigma: Double = 2) { self.sigma = sigma }

  package static let catalogue: [String: any Target] = ["associative_embedding": AssociativeEmbeddingTarget()]

  package var takesEverybody: Bool { true }

  package func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] {
    try TargetError.check(sigma: sigma)
    func maps(_ prefix: String, _ size: Size) -> [TargetPort] {
      [
        TargetPort(name: prefix + "heatmaps", shape: [grid.joints, size.height, size.width]),
        TargetPort(name: prefix + "mask", shape: [1, size.height, size.width]),
      ]
    }
    return maps("", grid.maps) + [TargetPort(name: "tag_indices", shape: [grid.people, grid.joints])]
      + (grid.fineMaps.map { maps("fine_", $0) } ?? [])
  }

  package func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    let grid = memory.grid
    for (part, size) in [(0, grid.maps)] + (grid.fineMaps.map { [(3, $0)] } ?? []) {
      scene.writeMask(to: memory.map(0, of: part + 1, size), of: grid.input)
      memory.forEachJoint(of: scene, on: size) { _, joint, place in
        let map = memory.map(joint, of: part, size)
        guard let cell = map.cell(at: place) else { return }
        map.raiseGaussian(sigma: sigma, around: cell)
        memory.weights[joint] = 1
      }
    }
    let indices = memory.parts[2]
    indices.update(repeating: -1)
    memory.forEachJoint(of: scene, on: grid.maps) { person, joint, place in
      guard person < grid.people, let cell = memory.map(joint).cell(at: place) else { return }
      let index = (joint * grid.maps.height + cell.y) * grid.maps.width + cell.x
      indices[person * grid.joints + joint] = Float(index)
    }
  }
}
