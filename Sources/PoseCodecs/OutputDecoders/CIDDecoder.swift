import PoseCore
import PoseImage

/// From CID's outputs `heatmaps`, `features` and `shared_features` to people, whose own heatmaps a second part of the network
/// makes.
///
/// Follows `predict` of MMPose's `CIDHead`: smoothed heatmaps of centers, the features at their highest places, and the peaks
/// of each person's smoothed heatmaps, moved a quarter of a pixel towards their higher neighbors.
public struct CIDDecoder: PoseCandidateDecoder, MultiviewDecoder {
  /// The most people.
  public var limit: Int
  /// What a center's height must exceed.
  public var threshold: Float

  public static let catalogue: [String: any OutputDecoder] = ["cid": CIDDecoder()]

  public init(limit: Int = 30, threshold: Float = 0.01) { (self.limit, self.threshold) = (limit, threshold) }

  public var invalidSetting: (key: String, reason: String)? { invalidCenters(limit: limit, threshold: threshold) }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    let joints = skeleton?.joints.count ?? 0
    guard joints > 0, let shape = ports["heatmaps"], shape.count == 3, shape[0] == joints + 1,
      shape.allSatisfy({ $0 > 0 })
    else { throw DecoderError(port: "heatmaps", needed: "\(joints + 1) x height x width", ports: ports) }
    for port in ["features", "shared_features"] {
      guard let own = ports[port], own.count == 3, own[0] > 0, own[1...] == shape[1...] else {
        throw DecoderError(port: port, needed: "channels x \(shape[1]) x \(shape[2])", ports: ports)
      }
    }
  }

  /// Looks only at views of the picture's own scale, as the published code does.
  public func decode(_ views: [OutputView], _ skeleton: Skeleton?, isShifted: Bool) -> [PoseCandidate] {
    let views = views.filter { $0.scale == views[0].scale }
    let shape = views[0].outputs.required("heatmaps").shape
    let size = Size(height: shape[1], width: shape[2])
    func maps(_ port: String, from first: Int = 0, of view: OutputView) -> Heatmaps {
      let tensor = view.outputs.required(port)
      let maps = Heatmaps(tensor, maps: first..<tensor.shape[0])
      return view.isMirrored ? maps.flippedBack([], shifted: false) : maps
    }
    let own = views.map { maps("heatmaps", from: shape[0] - 1, of: $0) }
    let centers = own.dropFirst().reduce(own[0]) { $0.averaged(with: $1) }.smoothed()
    let peaks = CenterPeaks(window: CenterPeaks.window(for: size), limit: limit, threshold: threshold)
    let found = peaks(centers.values[...], size)
    if found.isEmpty { return [] }
    let features = views.map { maps("features", of: $0) }
    let shared = views.map { maps("shared_features", of: $0).values }
    return found.map { center in
      let (column, row) = (center.place % size.width, center.place / size.width)
      return PoseCandidate(
        Detection(BoundingBox(x: 0, y: 0, width: 0, height: 0), score: Double(center.height).asScore),
        jointScores: [],
        inputs: zip(features, shared).map { features, shared in
          (0..<features.joints).map { features[$0, row, column] } + [Float(column), Float(row)] + shared
        })
    }
  }

  public var personPorts: [String] { ["heatmaps"] }

  public func person(
    _ candidate: PoseCandidate, _ outputs: [Outputs], _ skeleton: Skeleton, _ placement: Placement
  ) -> PoseDetection? {
    let maps = outputs.enumerated().map { index, outputs in
      let maps = Heatmaps(outputs.required("heatmaps"))
      // The features of the mirror image were mirrored back, but not the joints that they are of.
      return index == 0 ? maps : maps.exchanging(skeleton.flipPairs)
    }
    guard let first = maps.first, maps.allSatisfy({ $0.values.allSatisfy(\.isFinite) }) else { return nil }
    let heatmaps = maps.dropFirst().reduce(first) { $0.averaged(with: $1) }.smoothed()
    let size = Size(height: heatmaps.height, width: heatmaps.width)
    // Half a place, as published: in pixels of the input whatever the input shows.
    let half = Point(
      x: Double(placement.input.width) / Double(size.width) / 2,
      y: Double(placement.input.height) / Double(size.height) / 2)
    let keypoints = heatmaps.refinedPeaks().map { peak in
      let position = Point(
        x: Double(peak.x) * 2 * half.x + half.x, y: Double(peak.y) * 2 * half.y + half.y)
      return Keypoint(
        position: placement.picturePoint(of: position, on: placement.input),
        score: (Double(peak.value) * candidate.detection.score).asScore)
    }
    return PoseDetection(
      keypoints, score: keypoints.reduce(0) { $0 + $1.score } / Double(max(keypoints.count, 1)))
  }
}

extension Heatmaps {
  /// The mean of the maps and of their means over windows of three by three, zeros outside.
  fileprivate func smoothed() -> Heatmaps {
    var result = self
    var sums = [Float](repeating: 0, count: width + 2)
    values.withUnsafeBufferPointer { values in
      for row in 0..<joints * height {
        let (start, y) = (row * width, row % height)
        for column in 0..<width {
          var sum = values[start + column]
          if y > 0 { sum += values[start + column - width] }
          if y < height - 1 { sum += values[start + column + width] }
          sums[column + 1] = sum
        }
        for column in 0..<width {
          let mean = (sums[column] + sums[column + 1] + sums[column + 2]) / 9
          result.values[start + column] = (values[start + column] + mean) / 2
        }
      }
    }
    return result
  }

  /// Where each map is highest, moved a quarter of a pixel towards the higher neighbors; along each axis by itself, as MMPose
  /// does since 1.0.
  fileprivate func refinedPeaks() -> [Peak] {
    peaks().enumerated().map { joint, peak in
      let (x, y) = (Int(peak.x), Int(peak.y))
      func step(_ isInside: Bool, _ next: @autoclosure () -> Float, _ last: @autoclosure () -> Float) -> Float {
        guard isInside else { return 0 }
        let difference = next() - last()
        return difference > 0 ? 0.25 : difference < 0 ? -0.25 : 0
      }
      let dx = step(
        1 < x && x < width - 1 && 0 < y, self[joint, y, x + 1], self[joint, y, x - 1])
      let dy = step(
        1 < y && y < height - 1 && 0 < x, self[joint, y + 1, x], self[joint, y - 1, x])
      return Peak(x: peak.x + dx, y: peak.y + dy, value: peak.value)
    }
  }

  /// Each pair's maps in each other's place.
  fileprivate func exchanging(_ pairs: [Skeleton.Pair]) -> Heatmaps {
    var result = self
    for (joint, source) in pairs.exchanging(joints).enumerated() where joint != source {
      result.values.replaceSubrange(range(of: joint), with: values[range(of: source)])
    }
    return result
  }
}
