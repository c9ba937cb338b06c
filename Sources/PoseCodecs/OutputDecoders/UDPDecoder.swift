/// UDP (Huang et al., CVPR 2020): DARK's step on neighboring pixels, everywhere up to the border.
public struct UDPDecoder: HeatmapDecoder {
  /// The width of the blur in heatmap pixels; odd.
  public var kernel = 11

  public static let catalogue: [String: any OutputDecoder] = ["udp": UDPDecoder()]

  public init(kernel: Int = 11) { self.kernel = kernel }

  public var invalidSetting: (key: String, reason: String)? { invalidKernel(kernel) }

  public func peaks(in heatmaps: Heatmaps) -> [Peak] {
    let refinement = UnbiasedRefinement(heatmaps, kernel: kernel)
    return heatmaps.peaks().enumerated().map { refinement($0, $1) }
  }
}
