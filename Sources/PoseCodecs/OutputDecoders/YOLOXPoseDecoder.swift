import PoseCore
import PoseImage

/// From YOLOX-Pose's outputs `cls_scores.L`, `objectnesses.L`, `bbox_preds.L`, `kpt_offsets.L` and `kpt_vis.L` to people.
///
/// Follows `predict` of MMPose's `YOLOXPoseHead`: the places whose score exceeds a threshold, then suppression by boxes.
public struct YOLOXPoseDecoder: PoseDecoder {
  /// What a person's score must exceed: the class's times that of there being an object.
  public var threshold: Double
  /// The share of two boxes' common area from which the lower person is dropped.
  public var overlap: Double

  public static let catalogue: [String: any OutputDecoder] = ["yolox_pose": YOLOXPoseDecoder()]

  public init(threshold: Double = 0.01, overlap: Double = 0.65) {
    (self.threshold, self.overlap) = (threshold, overlap)
  }

  public var invalidSetting: (key: String, reason: String)? {
    invalidSuppression(threshold: threshold, overlap: overlap)
  }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    let joints = skeleton?.joints.count ?? 0
    _ = try DetectionGrid.levels(
      of: ports,
      [("cls_scores", 1), ("objectnesses", 1), ("bbox_preds", 4), ("kpt_offsets", 2 * joints), ("kpt_vis", joints)])
  }

  /// The surest people first.
  public func decode(_ outputs: Outputs, _ placement: Placement) -> [PoseDetection] {
    var found: [PlacedBox] = []
    for grid in DetectionGrid.levels(of: outputs) {
      let people = outputs.required("cls_scores.\(grid.level)").values
      let objects = outputs.required("objectnesses.\(grid.level)").values
      let placed = outputs.required("bbox_preds.\(grid.level)").values
      for place in 0..<grid.count {
        let object = objects[place].sigmoid
        // No class can lift a place above the threshold that is below it already.
        guard Double(object) > threshold else { continue }
        let score = Double(people[place].sigmoid * object)
        guard score > threshold, let box = InputBox(yolox: placed, at: place, of: grid, in: placement.input) else {
          continue
        }
        found.append(PlacedBox(box: box, score: score, grid: grid, place: place))
      }
    }
    return found.suppressed(overlap: overlap).compactMap { one in
      let stride = one.grid.stride(in: placement.input)
      let prior = one.grid.corner(of: one.place, in: placement.input)
      let offsets = one.values(of: "kpt_offsets", in: outputs)
      let keypoints = one.values(of: "kpt_vis", in: outputs).enumerated().map { joint, clear in
        let position = Point(
          x: Double(prior.x + offsets[2 * joint] * stride), y: Double(prior.y + offsets[2 * joint + 1] * stride))
        return Keypoint(
          position: placement.picturePoint(of: position, on: placement.input), score: Double(clear.sigmoid))
      }
      guard keypoints.allSatisfy({ ($0.position.x + $0.position.y).isFinite }) else { return nil }
      let box = placement.pictureBox(of: one.box.clipped(to: placement.input))
      return PoseDetection(Detection(box, score: one.score), keypoints: keypoints)
    }
  }
}
