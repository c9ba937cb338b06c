import PoseCore
import PoseImage

/// From heatmaps to keypoints, as `keypoints_from_heatmaps` of MMPose 0.29 does it.
public enum HeatmapDecoder: Sendable, Hashable {
  /// The peak's pixel, nothing more.
  case peak
  /// A quarter of a pixel towards the higher neighbour (Newell et al., ECCV 2016): the published default.
  case standard
  /// Distribution-aware: a Taylor step on the blurred map's logarithm (Zhang et al., CVPR 2020).
  case dark(kernel: Int = 11)
  /// The quarter shift on a blurred map, with half a pixel more, and scores of maps that peak at 255.
  case megvii(kernel: Int = 11)
  /// Unbiased data processing with DARK's step (Huang et al., CVPR 2020).
  case udp(kernel: Int = 11)
  /// UDP's combined maps, three a joint: response, offset in x, offset in y.
  case udpCombined(kernel: Int = 11, radius: Float = 0.0546875)

  /// Whether the network was trained with UDP's transforms, where pixel centres rather than pixels are scaled.
  public var isUnbiased: Bool {
    switch self {
    case .udp, .udpCombined: true
    default: false
    }
  }

  /// How many maps a joint has.
  public var mapsPerJoint: Int {
    if case .udpCombined = self { 3 } else { 1 }
  }

  /// Keypoints in heatmap pixels, one for each ``mapsPerJoint`` maps.
  public func decode(_ heatmaps: Heatmaps) -> [Keypoint] {
    let peaks: [Peak] =
      switch self {
      case .peak: heatmaps.peaks()
      case .standard: heatmaps.shiftedPeaks()
      case .dark(let kernel): decodeDARK(heatmaps, kernel: kernel)
      case .megvii(let kernel): decodeMegvii(heatmaps, kernel: kernel)
      case .udp(let kernel): decodeUDP(heatmaps, kernel: kernel)
      case .udpCombined(let kernel, let radius): decodeCombined(heatmaps, kernel: kernel, radius: radius)
      }
    return peaks.map { Keypoint(x: Double($0.x), y: Double($0.y), score: Double($0.value)) }
  }

  /// Keypoints in pixels of the image that the network's input was cropped from.
  public func decode(_ heatmaps: Heatmaps, in crop: CropGeometry) -> [Keypoint] {
    decode(heatmaps).map { keypoint in
      let point = crop.imagePoint(
        of: keypoint.position, on: Size(height: heatmaps.height, width: heatmaps.width),
        warp: isUnbiased ? .udp : .standard)
      return Keypoint(position: point, score: keypoint.score)
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

extension Heatmaps {
  /// The peaks, each a quarter of a pixel nearer to its higher neighbours.
  fileprivate func shiftedPeaks() -> [Peak] {
    peaks().enumerated().map { joint, peak in
      peak.shiftedToHigherNeighbour(width: width, height: height) { self[joint, $0, $1] }
    }
  }
}

extension Float {
  fileprivate var direction: Float { self > 0 ? 1 : self < 0 ? -1 : 0 }
}
