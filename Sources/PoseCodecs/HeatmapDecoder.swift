import PoseCore
import PoseImage

/// Decodes one heatmap a joint from the output `heatmaps`, as `keypoints_from_heatmaps` of MMPose 0.29 does it.
public protocol HeatmapDecoder: KeypointDecoder {
  /// How many maps a joint has: a response, and offsets where they are regressed.
  var mapsPerJoint: Int { get }

  /// Where each joint is, in pixels of the heatmaps, and how high its response.
  func peaks(in heatmaps: Heatmaps) -> [Peak]
}

extension HeatmapDecoder {
  public var mapsPerJoint: Int { 1 }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    let joints = skeleton?.joints.count ?? 0
    guard let shape = ports["heatmaps"], shape.count == 3, shape[0] == joints * mapsPerJoint, shape[0] > 0 else {
      throw DecoderError(port: "heatmaps", needed: "\(joints * mapsPerJoint) x height x width", ports: ports)
    }
  }

  public func decode(_ outputs: Outputs, _ placement: Placement) -> [Keypoint] {
    let heatmaps = Heatmaps(outputs.required("heatmaps"))
    return peaks(in: heatmaps).map { peak in
      Keypoint(
        position: placement.picturePoint(
          of: Point(x: Double(peak.x), y: Double(peak.y)), on: Size(height: heatmaps.height, width: heatmaps.width)),
        score: Double(peak.value).asScore)
    }
  }

  public func merged(
    _ outputs: Outputs, withMirrored mirrored: Outputs, _ pairs: [Skeleton.Pair], isShifted: Bool, input: Size
  ) -> Outputs {
    let flipped = Heatmaps(mirrored.required("heatmaps"))
      .flippedBack(pairs, shifted: isShifted, mapsPerJoint: mapsPerJoint)
    var merged = outputs
    merged["heatmaps"] = Heatmaps(outputs.required("heatmaps")).averaged(with: flipped).tensor
    return merged
  }
}

extension Heatmaps {
  fileprivate var tensor: OutputTensor { OutputTensor(shape: [joints, height, width], values: values) }
}
