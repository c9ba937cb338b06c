import PoseCore

/// The pixel of each heatmap's peak and nothing more.
public struct PeakDecoder: HeatmapDecoder {
  public static let catalogue: [String: any OutputDecoder] = ["peak": PeakDecoder()]

  public init() {}

  public func peaks(in heatmaps: Heatmaps) -> [Peak] { heatmaps.peaks() }
}
