import PoseCore
import PoseImage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// From RTMDet's outputs `cls_scores.L` and `bbox_preds.L` to boxes (Lyu et al., 2022).
///
/// Follows `predict_by_feat` of MMDetection's `RTMDetHead`: candidates of each level above a score, clipped to the input,
/// then suppression of those of the same class.
public struct RTMDetDecoder: OutputDecoder {
  /// What a candidate's score must exceed.
  public var threshold: Double
  /// The most candidates of a level.
  public var candidates: Int
  /// The share of two boxes' common area from which the lower one is dropped.
  public var overlap: Double
  /// The most boxes of a picture.
  public var limit: Int

  public static let catalogue: [String: any OutputDecoder] = [
    "rtmdet": RTMDetDecoder(),
    "rtmdet_coco": RTMDetDecoder(threshold: 0.001, candidates: 30_000, overlap: 0.65, limit: 300),
  ]

  public init(threshold: Double = 0.05, candidates: Int = 1000, overlap: Double = 0.6, limit: Int = 100) {
    (self.threshold, self.candidates, self.overlap, self.limit) = (threshold, candidates, overlap, limit)
  }

  public var invalidSetting: (key: String, reason: String)? {
    invalidSuppression(threshold: threshold, overlap: overlap) ?? invalidCount("candidates", candidates)
      ?? invalidCount("limit", limit)
  }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    _ = try DetectionGrid.levels(of: ports, [("cls_scores", nil), ("bbox_preds", 4)])
  }

  /// The best boxes first.
  public func decode(_ outputs: Outputs, _ placement: Placement) -> [Detection] {
    var boxes: [Detection] = []
    // Most places have no object, which their outputs say before any exponential; the margin leaves the rest to the score.
    let least = log(Float(threshold / (1 - threshold))) - 0.01
    for grid in DetectionGrid.levels(of: outputs) {
      let classes = outputs.required("cls_scores.\(grid.level)")
      let distances = outputs.required("bbox_preds.\(grid.level)").values
      var found: [(place: Int, label: Int, score: Float)] = []
      for label in 0..<classes.shape[0] {
        for place in 0..<grid.count {
          let output = classes.values[label * grid.count + place]
          if output < least { continue }
          let score = output.sigmoid
          if Double(score) > threshold { found.append((place, label, score)) }
        }
      }
      found.sort { a, b in
        a.score != b.score ? a.score > b.score : (a.place, a.label) < (b.place, b.label)
      }
      let (width, height) = (Float(placement.input.width), Float(placement.input.height))
      for candidate in found.prefix(candidates) {
        let corner = grid.corner(of: candidate.place, in: placement.input)
        func distance(_ side: Int) -> Float { distances[side * grid.count + candidate.place] }
        func clipped(_ value: Float, _ limit: Float) -> Double { Double(min(max(value, 0), limit)) }
        let box = placement.pictureBox(
          left: clipped(corner.x - distance(0), width), top: clipped(corner.y - distance(1), height),
          right: clipped(corner.x + distance(2), width), bottom: clipped(corner.y + distance(3), height))
        if box.width > 0, box.height > 0 {
          boxes.append(Detection(box, score: Double(candidate.score), label: candidate.label))
        }
      }
    }
    return Array(boxes.suppressed(overlap: overlap).prefix(limit))
  }
}
