import PoseCore
import PoseImage

/// From AdaptivePose's outputs `heatmap` and `offsets` to people.
///
/// Follows `multi_pose_decode_wodet` of buptxyb666/AdaptivePose: the highest centers, and the joints to which their offsets
/// lead. The mirror image only adds to the centers.
public struct AdaptivePoseDecoder: PoseDecoder, MultiviewDecoder {
  /// The most people.
  public var limit: Int
  /// What a center's height must exceed.
  public var threshold: Float
  /// The side of the window in which a center is the highest place.
  public var window: Int

  public static let catalogue: [String: any OutputDecoder] = ["adaptive_pose": AdaptivePoseDecoder()]

  public init(limit: Int = 20, threshold: Float = 0, window: Int = 5) {
    (self.limit, self.threshold, self.window) = (limit, threshold, window)
  }

  public var invalidSetting: (key: String, reason: String)? {
    if !(1...31).contains(window) || window % 2 == 0 {
      return ("window", "needs an odd number of places in 1...31, not \(window)")
    }
    return invalidCenters(limit: limit, threshold: threshold)
  }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    let joints = skeleton?.joints.count ?? 0
    guard let shape = ports["heatmap"], shape.count == 3, shape[0] == 1, shape.allSatisfy({ $0 > 0 }) else {
      throw DecoderError(port: "heatmap", needed: "1 x height x width", ports: ports)
    }
    guard joints > 0, ports["offsets"] == [2 * joints] + shape[1...] else {
      throw DecoderError(port: "offsets", needed: "\(2 * joints) x \(shape[1]) x \(shape[2])", ports: ports)
    }
  }

  public func decode(_ views: [OutputView], _ skeleton: Skeleton?, isShifted: Bool) -> [PoseDetection] {
    views.byScale.flatMap { people(in: $0) }
  }

  /// People in the views of one scale.
  private func people(in views: [OutputView]) -> [PoseDetection] {
    let (placement, shape) = (views[0].placement, views[0].outputs.required("heatmap").shape)
    let size = Size(height: shape[1], width: shape[2])
    let maps = views.map { view in
      var map = Heatmaps(view.outputs.required("heatmap"))
      map.values = map.values.map(\.sigmoid)
      return view.isMirrored ? map.flippedBack([], shifted: false) : map
    }
    let centers = maps.dropFirst().reduce(maps[0]) { $0.averaged(with: $1) }
    let offsets = views[0].outputs.required("offsets")
    let places = size.height * size.width
    let peaks = CenterPeaks(window: window, limit: limit, threshold: threshold)
    return peaks(centers.values[...], size).map { center in
      let (column, row) = (Float(center.place % size.width), Float(center.place / size.width))
      let keypoints = (0..<offsets.shape[0] / 2).map { joint in
        let position = Point(
          x: Double(column + offsets.values[2 * joint * places + center.place]),
          y: Double(row + offsets.values[(2 * joint + 1) * places + center.place]))
        return Keypoint(
          position: placement.picturePoint(of: position, on: size), score: Double(center.height).asScore)
      }
      return PoseDetection(keypoints, score: Double(center.height))
    }
  }
}
