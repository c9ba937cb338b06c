import PoseCore
import PoseImage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// From YOLOX's outputs `cls_scores.L`, `bbox_preds.L` and `objectnesses.L` to boxes (Ge et al., 2021).
///
/// Follows `predict_by_feat` of MMDetection's `YOLOXHead`: each place's likeliest class, without clipping, then suppression
/// of boxes of the same class.
public struct YOLOXDecoder: OutputDecoder {
  /// The least score of a box: its class's times that of there being an object.
  public var threshold: Double
  /// The share of two boxes' common area from which the lower one is dropped.
  public var overlap: Double

  public static let catalogue: [String: any OutputDecoder] = ["yolox": YOLOXDecoder()]

  public init(threshold: Double = 0.01, overlap: Double = 0.65) {
    (self.threshold, self.overlap) = (threshold, overlap)
  }

  public var invalidSetting: (key: String, reason: String)? {
    invalidSuppression(threshold: threshold, overlap: overlap)
  }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    _ = try DetectionGrid.levels(of: ports, [("cls_scores", nil), ("bbox_preds", 4), ("objectnesses", 1)])
  }

  /// The best boxes first.
  public func decode(_ outputs: Outputs, _ placement: Placement) -> [Detection] {
    var boxes: [Detection] = []
    for grid in DetectionGrid.levels(of: outputs) {
      let classes = outputs.required("cls_scores.\(grid.level)")
      let placed = outputs.required("bbox_preds.\(grid.level)").values
      let objects = outputs.required("objectnesses.\(grid.level)").values
      for place in 0..<grid.count {
        let object = objects[place].sigmoid
        // No class can lift a place above the threshold that is below it already.
        guard Double(object) >= threshold else { continue }
        var (label, best) = (0, -Float.infinity)
        for index in 0..<classes.shape[0] where classes.values[index * grid.count + place] > best {
          (label, best) = (index, classes.values[index * grid.count + place])
        }
        let score = object * best.sigmoid
        guard Double(score) >= threshold else { continue }
        guard let box = InputBox(yolox: placed, at: place, of: grid, in: placement.input) else { continue }
        boxes.append(Detection(placement.pictureBox(of: box), score: Double(score), label: label))
      }
    }
    return boxes.suppressed(overlap: overlap)
  }
}
