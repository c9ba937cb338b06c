import PoseCore

@testable import PoseCodecs

/// A single one at the pixel of each joint.
public struct ExampleTarget: Target {
  public var height: Float = 1

  public static let catalogue: [String: any Target] = ["example": ExampleTarget()]

  public func ports(for grid: TargetGrid) throws(TargetError) -> [TargetPort] { [grid.heatmaps()] }

  public func encode(_ scene: LabelledScene, into memory: TargetMemory) {
    memory.encodeJoints(of: scene) { joint, label in
      let map = memory.map(joint)
      let place = memory.grid.onMaps(label.position, isUnbiased: false)
      let (x, y) = (Int(place.x.rounded()), Int(place.y.rounded()))
      guard label.isLabelled, (0..<map.width).contains(x), (0..<map.height).contains(y) else { return false }
      map.values[y * map.width + x] = height
      return true
    }
  }
}
