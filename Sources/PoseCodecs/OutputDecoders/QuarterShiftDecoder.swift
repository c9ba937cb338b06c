/// The peak, moved a quarter of a pixel towards its higher neighbors (Newell et al., ECCV 2016): the published default of
/// Simple Baselines, HRNet and Lite-HRNet.
public struct QuarterShiftDecoder: HeatmapDecoder {
  public static let catalogue: [String: any OutputDecoder] = ["default": QuarterShiftDecoder()]

  public init() {}

  public func peaks(in heatmaps: Heatmaps) -> [Peak] {
    heatmaps.peaks().enumerated().map { joint, peak in
      peak.shiftedToHigherNeighbour(width: heatmaps.width, height: heatmaps.height) { heatmaps[joint, $0, $1] }
    }
  }
}

extension Peak {
  /// Moves the peak a quarter of a pixel, and `extra`, where it is far enough from the border.
  func shiftedToHigherNeighbour(
    width: Int, height: Int, extra: Float = 0, _ value: (_ y: Int, _ x: Int) -> Float
  ) -> Peak {
    let (column, row) = (Int(x), Int(y))
    guard 1 < column, column < width - 1, 1 < row, row < height - 1 else { return self }
    let dx = value(row, column + 1) - value(row, column - 1)
    let dy = value(row + 1, column) - value(row - 1, column)
    return Peak(x: x + dx.direction * 0.25 + extra, y: y + dy.direction * 0.25 + extra, value: self.value)
  }
}

extension Float {
  fileprivate var direction: Float { self > 0 ? 1 : self < 0 ? -1 : 0 }
}
