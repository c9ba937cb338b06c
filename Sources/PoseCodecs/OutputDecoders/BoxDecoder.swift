import PoseCore
import PoseImage

/// From `boxes`, `places x 4`, and `scores`, `places x classes`, to the boxes that suppression leaves.
///
/// Boxes are the left, top, right and bottom sides in pixels of the input, as networks give them that decode their own
/// outputs. Follows ONNX's `NonMaxSuppression` with MMDeploy's limits before and after it; boxes are not clipped.
public struct BoxDecoder: OutputDecoder {
  /// What a score must exceed.
  public var threshold: Double
  /// The share of two boxes' common area above which the lower one is dropped.
  public var overlap: Double
  /// The most candidates of a picture.
  public var candidates = 5000
  /// The most boxes of a class.
  public var perClass: Int
  /// The most boxes of a picture.
  public var limit: Int
  /// Whether each place has the likeliest of its classes alone, as YOLOX's have.
  public var likeliest: Bool

  public static let catalogue: [String: any OutputDecoder] = [
    "boxes": BoxDecoder(), "yolox_boxes": BoxDecoder.yolox,
  ]
  /// YOLOX's published settings.
  public static let yolox = BoxDecoder(threshold: 0.01, overlap: 0.65, perClass: 5000, likeliest: true)

  public init(
    threshold: Double = 0.05, overlap: Double = 0.5, perClass: Int = 200, limit: Int = 300, likeliest: Bool = false
  ) {
    (self.threshold, self.overlap, self.perClass) = (threshold, overlap, perClass)
    (self.limit, self.likeliest) = (limit, likeliest)
  }

  public var invalidSetting: (key: String, reason: String)? {
    invalidSuppression(threshold: threshold, overlap: overlap) ?? invalidCount("candidates", candidates)
      ?? invalidCount("per_class", perClass) ?? invalidCount("limit", limit)
  }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    guard let boxes = ports["boxes"], boxes.count == 2, boxes[1] == 4 else {
      throw DecoderError(port: "boxes", needed: "places x 4", ports: ports)
    }
    guard let scores = ports["scores"], scores.count == 2, scores[0] == boxes[0], scores[1] > 0 else {
      throw DecoderError(port: "scores", needed: "\(boxes[0]) x classes", ports: ports)
    }
  }

  /// The best boxes first.
  public func decode(_ outputs: Outputs, _ placement: Placement) -> [Detection] {
    let (corners, scores) = (outputs.required("boxes").values, outputs.required("scores"))
    let classes = scores.shape[1]
    var found: [(place: Int, label: Int, score: Float)] = []
    for place in 0..<scores.shape[0] {
      let own = scores.values[place * classes..<(place + 1) * classes]
      if likeliest {
        guard let best = own.indices.max(by: { own[$0] < own[$1] }), Double(own[best]) > threshold else { continue }
        found.append((place, best - own.startIndex, own[best]))
      } else {
        for index in own.indices where Double(own[index]) > threshold {
          found.append((place, index - own.startIndex, own[index]))
        }
      }
    }
    if found.count > candidates {
      found.sort { a, b in a.score != b.score ? a.score > b.score : (a.place, a.label) < (b.place, b.label) }
    }
    let detections = found.prefix(candidates).compactMap { candidate -> Detection? in
      let sides = corners[4 * candidate.place..<4 * candidate.place + 4].map(Double.init)
      let box = placement.pictureBox(left: sides[0], top: sides[1], right: sides[2], bottom: sides[3])
      guard box.width > 0, box.height > 0 else { return nil }
      return Detection(box, score: Double(candidate.score).asScore, label: candidate.label)
    }
    return Array(detections.suppressed(overlap: overlap, perClass: perClass).prefix(limit))
  }
}
