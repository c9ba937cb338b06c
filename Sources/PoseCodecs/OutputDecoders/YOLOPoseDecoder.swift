import PoseCore
import PoseImage

/// From YOLO-Pose's outputs `anchor_preds.L` to people (Maji et al., CVPRW 2022).
///
/// Boxes are anchors that are moved and scaled, joints lie around the anchor's place; then suppression by boxes.
public struct YOLOPoseDecoder: PoseDecoder {
  /// What a person's score must exceed: that of there being an object times that of its being a person.
  public var threshold: Double
  /// The share of two boxes' common area from which the lower person is dropped.
  public var overlap: Double
  /// The most people of a picture.
  public var limit: Int
  /// Widths and heights of each level's anchors in pixels of the input.
  public var anchors: [[Int]]

  public static let catalogue: [String: any OutputDecoder] = ["yolo_pose": YOLOPoseDecoder()]

  /// - Parameter anchors: nil for the published ones.
  public init(threshold: Double = 0.001, overlap: Double = 0.65, limit: Int = 300, anchors: [[Int]]? = nil) {
    (self.threshold, self.overlap, self.limit) = (threshold, overlap, limit)
    self.anchors = anchors ?? YOLOPoseAnchors.sides
  }

  public var invalidSetting: (key: String, reason: String)? {
    let isSound = anchors.allSatisfy { $0.count % 2 == 0 && $0.count <= 64 && $0.allSatisfy((1...8192).contains) }
    let invalidAnchors =
      isSound && !anchors.isEmpty
      ? nil : (key: "anchors", reason: "needs widths and heights of 1 to 8192 pixels for each level")
    return invalidSuppression(threshold: threshold, overlap: overlap) ?? invalidCount("limit", limit) ?? invalidAnchors
  }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    let joints = skeleton?.joints.count ?? 0
    for (level, anchors) in anchors.enumerated() {
      let (port, channels) = ("anchor_preds.\(level)", anchors.count / 2 * (6 + 3 * joints))
      guard let shape = ports[port], shape.count == 3, joints > 0, shape[0] == channels, shape.allSatisfy({ $0 > 0 })
      else { throw DecoderError(port: port, needed: "\(channels) x height x width", ports: ports) }
    }
  }

  /// The surest people first.
  public func decode(_ outputs: Outputs, _ placement: Placement) -> [PoseDetection] {
    var found: [(placed: PlacedBox, anchor: Int)] = []
    for (grid, anchors) in zip(DetectionGrid.levels(of: outputs, named: "anchor_preds"), anchors) {
      let tensor = outputs.required("anchor_preds.\(grid.level)")
      let channels = tensor.shape[0] / (anchors.count / 2)
      for anchor in 0..<anchors.count / 2 {
        for place in 0..<grid.count {
          func value(_ channel: Int) -> Float {
            tensor.values[(channels * anchor + channel) * grid.count + place].sigmoid
          }
          let object = value(4)
          // Being a person cannot lift a place above the threshold that is below it already.
          guard Double(object) > threshold else { continue }
          let score = Double(object * value(5))
          guard score > threshold else { continue }
          let stride = grid.stride(in: placement.input)
          let corner = grid.corner(of: place, in: placement.input)
          let (x, y) = (value(0) * 2 - 0.5, value(1) * 2 - 0.5)
          let (wide, high) = (value(2) * 2, value(3) * 2)
          let box = InputBox(
            centerX: x * stride + corner.x, centerY: y * stride + corner.y,
            width: wide * wide * Float(anchors[2 * anchor]), height: high * high * Float(anchors[2 * anchor + 1]))
          found.append((PlacedBox(box: box, score: score, grid: grid, place: place), anchor))
        }
      }
    }
    let kept = boxNMS(
      found.map(\.placed.box.boundingBox), scores: found.map(\.placed.score), threshold: overlap)
    return kept.prefix(limit).compactMap { index in
      let (placed, anchor) = found[index]
      guard let keypoints = keypoints(of: placed, anchor, outputs, placement) else { return nil }
      let box = placement.pictureBox(of: placed.box.clipped(to: placement.input))
      return PoseDetection(Detection(box, score: placed.score), keypoints: keypoints)
    }
  }

  /// A person's joints; nil where they are not finite.
  private func keypoints(
    of placed: PlacedBox, _ anchor: Int, _ outputs: Outputs, _ placement: Placement
  ) -> [Keypoint]? {
    let grid = placed.grid
    let stride = grid.stride(in: placement.input)
    let corner = grid.corner(of: placed.place, in: placement.input)
    let values = placed.values(of: "anchor_preds", in: outputs)
    let count = values.count / (anchors[grid.level].count / 2)
    let own = Array(values[anchor * count + 6..<(anchor + 1) * count])
    let keypoints = (0..<own.count / 3).map { joint in
      let x = (own[3 * joint] * 2 - 0.5) * stride + corner.x
      let y = (own[3 * joint + 1] * 2 - 0.5) * stride + corner.y
      return Keypoint(
        position: placement.picturePoint(of: Point(x: Double(x), y: Double(y)), on: placement.input),
        score: Double(own[3 * joint + 2].sigmoid))
    }
    return keypoints.allSatisfy { ($0.position.x + $0.position.y).isFinite } ? keypoints : nil
  }
}
