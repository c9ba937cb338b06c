import PoseCore
import PoseImage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// From PicoDet's outputs `scores.L`, `places x classes` in 0...1, and `distances.L`, `places x 4 bins`, to boxes (Yu
/// et al., 2021).
///
/// The distance from a place to each side of its box is the mean of bins 0, 1, 2 ... weighted by a softmax, in strides
/// (Li et al., Generalized Focal Loss, NeurIPS 2020). Strides are 8, 16, 32 and so on. Follows PaddleDetection's
/// `picodet_postprocess.py`.
public struct PicoDetDecoder: OutputDecoder {
  /// What a score must exceed.
  public var threshold: Double
  /// The share of two boxes' common area above which the lower one is dropped.
  public var overlap: Double
  /// The most places of a level.
  public var candidates = 1000
  /// The most boxes of a class.
  public var perClass = 100

  /// The most boxes of a class that suppression looks at.
  private static let suppressionLimit = 200
  private static let mostLevels = 16

  /// The settings of the published configuration, and those of the published program.
  public static let catalogue: [String: any OutputDecoder] = [
    "picodet": PicoDetDecoder(), "picodet_deploy": PicoDetDecoder(threshold: 0.4, overlap: 0.5),
  ]

  public init(threshold: Double = 0.025, overlap: Double = 0.6) {
    (self.threshold, self.overlap) = (threshold, overlap)
  }

  public var invalidSetting: (key: String, reason: String)? {
    invalidSuppression(threshold: threshold, overlap: overlap) ?? invalidCount("candidates", candidates)
      ?? invalidCount("per_class", perClass)
  }

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    var (level, classes) = (0, Int?.none)
    repeat {
      guard let scores = ports["scores.\(level)"], scores.count == 2, scores[1] > 0, scores[1] == classes ?? scores[1]
      else { throw DecoderError(port: "scores.\(level)", needed: "places x \(classes ?? 80)", ports: ports) }
      guard let distances = ports["distances.\(level)"], distances.count == 2, distances[0] == scores[0],
        distances[1] >= 8, distances[1] % 4 == 0
      else { throw DecoderError(port: "distances.\(level)", needed: "\(scores[0]) x 32", ports: ports) }
      classes = scores[1]
      level += 1
    } while ports["scores.\(level)"] != nil && level < Self.mostLevels
  }

  /// The best boxes first.
  public func decode(_ outputs: Outputs, _ placement: Placement) -> [Detection] {
    // Boxes are compared before they are clipped.
    var found: [Detection] = []
    var level = 0
    while level < Self.mostLevels, let scores = outputs["scores.\(level)"] {
      let distances = outputs.required("distances.\(level)")
      let (stride, classes) = (8 << level, scores.shape[1])
      let columns = max((placement.input.width + stride - 1) / stride, 1)
      func own(_ place: Int) -> ArraySlice<Float> { scores.values[place * classes..<(place + 1) * classes] }
      var places = (0..<scores.shape[0]).map { (place: $0, score: own($0).max() ?? 0) }
        .filter { Double($0.score) > threshold }
      if places.count > candidates {
        places.sort { $0.score != $1.score ? $0.score > $1.score : $0.place < $1.place }
      }
      for (place, _) in places.prefix(candidates) {
        let sides = Self.distances(distances, at: place).map { Double($0) * Double(stride) }
        let x = (Double(place % columns) + 0.5) * Double(stride)
        let y = (Double(place / columns) + 0.5) * Double(stride)
        let box = BoundingBox(
          x: x - sides[0], y: y - sides[1], width: sides[0] + sides[2], height: sides[1] + sides[3])
        for (label, score) in own(place).enumerated() where Double(score) > threshold {
          found.append(Detection(box, score: Double(score).asScore, label: label))
        }
      }
      level += 1
    }
    let (width, height) = (Double(placement.input.width), Double(placement.input.height))
    return found.suppressed(overlap: overlap, candidates: Self.suppressionLimit, perClass: perClass)
      .compactMap { detection in
        let box = detection.boundingBox
        let clipped = placement.pictureBox(
          left: max(box.x, 0), top: max(box.y, 0), right: min(box.x + box.width, width),
          bottom: min(box.y + box.height, height))
        guard clipped.width > 0, clipped.height > 0 else { return nil }
        return Detection(clipped, score: detection.score, label: detection.label)
      }
  }

  /// The distances of a place to its box's left, top, right and bottom side, in strides.
  private static func distances(_ all: OutputTensor, at place: Int) -> [Float] {
    let bins = all.shape[1] / 4
    return (0..<4).map { side in
      let own = all.values[(place * 4 + side) * bins..<(place * 4 + side + 1) * bins]
      let largest = own.max() ?? 0
      var (sum, moment) = (Float(0), Float(0))
      for (bin, value) in own.enumerated() {
        let weight = exp(value - largest)
        (sum, moment) = (sum + weight, moment + weight * Float(bin))
      }
      return moment / sum
    }
  }
}
