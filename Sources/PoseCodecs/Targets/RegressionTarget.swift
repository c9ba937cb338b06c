/// Coordinates in 0...1 of the input.
package struct RegressionTarget: Target {
  package init() {}

  package static let catalogue: [String: any Target] = ["regression": RegressionTarget()]

  package func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] { [grid.coordinates] }

  package func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    memory.encodeJoints(of: scene) { joint, label in
      // Coordinates are written for every joint, as in the published code.
      memory.writeCoordinates(of: joint, at: label.position) && label.isLabelled
    }
  }
}
