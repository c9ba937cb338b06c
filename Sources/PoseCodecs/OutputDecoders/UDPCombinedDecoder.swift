/// UDP's combined maps, three a joint: the peak of the response, moved by the values of the two offset maps there.
public struct UDPCombinedDecoder: HeatmapDecoder {
  /// The width of the offsets' blur in heatmap pixels; odd.
  public var kernel = 11
  /// What an offset of 1 is, in heights of a heatmap.
  public var radius: Float = 0.0546875

  public static let catalogue: [String: any OutputDecoder] = ["udp_combined": UDPCombinedDecoder()]

  public init(kernel: Int = 11, radius: Float = 0.0546875) { (self.kernel, self.radius) = (kernel, radius) }

  public var mapsPerJoint: Int { 3 }

  public var invalidSetting: (key: String, reason: String)? { invalidKernel(kernel) }

  public func peaks(in heatmaps: Heatmaps) -> [Peak] {
    let joints = heatmaps.joints / 3
    let response = gaussianKernel(size: 2 * kernel + 1)
    let weights = gaussianKernel(size: kernel)
    let reach = radius * Float(heatmaps.height)
    return (0..<joints).map { joint in
      let peak = heatmaps.withBlurred(3 * joint, weights: response, border: .reflected) { $0.peak() }
      // A joint without a peak reads where the published code's index of (-1, -1) points: a row and a pixel before its map.
      let area = heatmaps.height * heatmaps.width
      func offset(_ map: Int) -> Float {
        let flat = joint * area + Int(peak.x) + Int(peak.y) * heatmaps.width
        let wrapped = (flat + joints * area) % (joints * area)
        let (y, x) = (wrapped % area / heatmaps.width, wrapped % area % heatmaps.width)
        return heatmaps.withBlurred(wrapped / area * 3 + map, weights: weights, border: .reflected) { $0[y, x] } * reach
      }
      return Peak(x: peak.x + offset(1), y: peak.y + offset(2), value: peak.value)
    }
  }
}
