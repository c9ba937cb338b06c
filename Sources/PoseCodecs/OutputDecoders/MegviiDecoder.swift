/// The decoder of Megvii's networks (CPN, MSPN, RSN), whose heatmaps peak at 255: the peak of a blurred map, moved a quarter
/// of a pixel towards its higher neighbors, and half a pixel.
public struct MegviiDecoder: HeatmapDecoder {
  /// The width of the blur in heatmap pixels; odd.
  public var kernel = 11

  public static let catalogue: [String: any OutputDecoder] = ["megvii": MegviiDecoder()]

  public init(kernel: Int = 11) { self.kernel = kernel }

  public var invalidSetting: (key: String, reason: String)? { invalidKernel(kernel) }

  public func peaks(in heatmaps: Heatmaps) -> [Peak] {
    let weights = gaussianKernel(size: kernel)
    return (0..<heatmaps.joints).map { joint in
      heatmaps.withBlurred(joint, weights: weights, border: .zeros) {
        let blurred = ModulatedMap($0, top: heatmaps.maximum(of: joint))
        let peak = blurred.peak.shiftedToHigherNeighbour(width: heatmaps.width, height: heatmaps.height, extra: 0.5) {
          blurred[$0, $1]
        }
        return Peak(x: peak.x, y: peak.y, value: peak.value / 255 + 0.5)
      }
    }
  }
}
