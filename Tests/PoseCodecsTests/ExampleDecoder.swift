import PoseCore
import PoseImage

@testable import PoseCodecs

/// The center of mass of each heatmap above a threshold.
public struct ExampleDecoder: HeatmapDecoder {
  public var threshold: Float = 0.1

  public static let catalogue: [String: any OutputDecoder] = ["example": ExampleDecoder()]

  public func peaks(in heatmaps: Heatmaps) -> [Peak] {
    (0..<heatmaps.joints).map { joint in
      var (x, y, mass, top) = (Float(0), Float(0), Float(0), Float(0))
      for row in 0..<heatmaps.height {
        for column in 0..<heatmaps.width where heatmaps[joint, row, column] > threshold {
          let value = heatmaps[joint, row, column]
          (x, y) = (x + value * Float(column), y + value * Float(row))
          (mass, top) = (mass + value, max(top, value))
        }
      }
      return mass > 0 ? Peak(x: x / mass, y: y / mass, value: top) : Peak(x: -1, y: -1, value: 0)
    }
  }
}
