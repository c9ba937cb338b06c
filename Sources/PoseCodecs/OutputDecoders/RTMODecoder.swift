import PoseCore
import PoseImage

/// From RTMO's outputs `cls_scores.L`, `bbox_preds.L`, `kpt_vis.L` and `pose_feats.L` to people, whose joints its classifier of
/// coordinates finds.
///
/// Follows `predict` of MMPose's `RTMOHead`: the places whose score exceeds a threshold, then suppression by boxes.
public struct RTMODecoder: PoseCandidateDecoder {
  /// What a person's score must exceed.
  public var threshold: Double
  /// The share of two boxes' common area from which the lower person is dropped.
  public var overlap: Double

  public static let catalogue: [String: any OutputDecoder] = ["rtmo": RTMODecoder()]

  public init(threshold: Double = 0.1, overlap: Double = 0.65) {
    (self.threshold, self.overlap) = (threshold, overlap)
  }

  public var invalidSetting: (key: String, reason: String)? {
    invalidSuppression(threshold: threshold, overlap: overlap)
  }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    let joints = skeleton?.joints.count ?? 0
    let features = ports["pose_feats.0"]?.first
    _ = try DetectionGrid.levels(
      of: ports, [("cls_scores", 1), ("bbox_preds", 4), ("kpt_vis", joints), ("pose_feats", features)])
  }

  /// The surest people first.
  public func decode(_ outputs: Outputs, _ placement: Placement) -> [PoseCandidate] {
    var found: [PlacedBox] = []
    for grid in DetectionGrid.levels(of: outputs) {
      let people = outputs.required("cls_scores.\(grid.level)").values
      let placed = outputs.required("bbox_preds.\(grid.level)").values
      for place in 0..<grid.count {
        let score = Double(people[place].sigmoid)
        guard score > threshold,
          let box = InputBox(yolox: placed, at: place, of: grid, in: placement.input, isCentered: true)
        else { continue }
        found.append(PlacedBox(box: box, score: score, grid: grid, place: place))
      }
    }
    return found.suppressed(overlap: overlap).map { one in
      let box = one.box
      let prior = one.grid.center(of: one.place, in: placement.input)
      // The bins reach an eighth of the box beyond each of its sides.
      let region: [Float] = [
        (box.left + box.right) / 2, (box.top + box.bottom) / 2, 1.25 * (box.right - box.left),
        1.25 * (box.bottom - box.top),
      ]
      return PoseCandidate(
        Detection(placement.pictureBox(of: box.clipped(to: placement.input)), score: one.score),
        jointScores: one.values(of: "kpt_vis", in: outputs).map { Double($0.sigmoid) },
        inputs: [one.values(of: "pose_feats", in: outputs) + region + [prior.x, prior.y]])
    }
  }

  public var personPorts: [String] { ["keypoints"] }

  public func person(
    _ candidate: PoseCandidate, _ outputs: [Outputs], _ skeleton: Skeleton, _ placement: Placement
  ) -> PoseDetection? {
    guard let positions = outputs.first?.required("keypoints").values, positions.allSatisfy(\.isFinite) else {
      return nil
    }
    let keypoints = candidate.jointScores.enumerated().map { joint, score in
      let position = Point(x: Double(positions[2 * joint]), y: Double(positions[2 * joint + 1]))
      return Keypoint(position: placement.picturePoint(of: position, on: placement.input), score: score)
    }
    return PoseDetection(candidate.detection, keypoints: keypoints)
  }
}
