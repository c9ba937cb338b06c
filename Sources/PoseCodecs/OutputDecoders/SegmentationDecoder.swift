import PoseCore
import PoseImage

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// From a segmentation network's output `logits` to the class of each pixel of the picture.
///
/// Follows MMSegmentation's `predict_by_feat` and `postprocess_result`: the scores are enlarged bilinearly to the network's
/// input, what lies beyond the picture is cut off, and they are brought to the picture's size before the best class is
/// taken.
public struct SegmentationDecoder: OutputDecoder {
  /// Whether the middles of the outermost places lie on each other when scores are resized, and not their edges.
  public var alignCorners = false

  public static let catalogue: [String: any OutputDecoder] = ["segmentation": SegmentationDecoder()]

  public init() {}

  public func check(_ ports: [String: [Int]], skeleton: Skeleton?) throws(DecoderError) {
    guard let shape = ports["logits"], shape.count == 3, shape.allSatisfy({ $0 > 0 }),
      shape[0] <= SegmentationMask.maximumClassCount
    else {
      throw DecoderError(
        port: "logits", needed: "classes (\(SegmentationMask.maximumClassCount) at most) x height x width", ports: ports
      )
    }
  }

  /// The mask of the part of the picture that the input shows.
  public func decode(_ outputs: Outputs, _ placement: Placement) -> SegmentationMask {
    decode(outputs, placement, withScores: false)
  }

  /// - Parameters:
  ///   - outputs: of a network whose ports were checked.
  ///   - placement: how the picture lies in the input: stretched, or at its own aspect with the rest filled. The mask of a
  ///     crop is the input's.
  ///   - withScores: whether each pixel also gets the probability of its class, by a softmax over the classes.
  public func decode(_ outputs: Outputs, _ placement: Placement, withScores: Bool) -> SegmentationMask {
    let logits = outputs.required("logits")
    let input = placement.input
    let shown = placement.resized?.size ?? input
    let size = placement.resized?.part ?? input
    func axis(_ source: Int, _ count: Int) -> LinearAxis {
      LinearAxis(from: source, to: count, alignCorners: alignCorners)
    }
    var scores = InputScores(
      logits,
      rows: axis(logits.shape[1], input.height).part(from: placement.resized?.top ?? 0, count: shown.height),
      columns: axis(logits.shape[2], input.width).part(from: placement.resized?.left ?? 0, count: shown.width))
    let (rows, columns) = (axis(shown.height, size.height), axis(shown.width, size.width))
    var row = ScoreRows(classes: logits.shape[0], width: size.width)
    var labels = [UInt8](repeating: 0, count: size.height * size.width)
    var probabilities = withScores ? [Float](repeating: 0, count: labels.count) : nil
    for y in 0..<size.height {
      let (above, below) = (scores[rows.first[y]].values, scores[rows.second[y]].values)
      above.withUnsafeBufferPointer { above in
        below.withUnsafeBufferPointer { below in
          guard let upper = above.baseAddress, let lower = below.baseAddress else { return }
          row.interpolate(
            upper, lower, stride: shown.width, share: rows.weight[y], columns: columns, extent: shown.width)
        }
      }
      row.takeBest(labels: &labels, scores: &probabilities, from: y * size.width)
    }
    return SegmentationMask(size: size, labels: labels, scores: probabilities)
  }
}

extension ScoreRows {
  /// Sets the labels of a row to the best classes, the first of equal ones, and the scores to their probabilities.
  fileprivate func takeBest(labels: inout [UInt8], scores: inout [Float]?, from start: Int) {
    values.withUnsafeBufferPointer { values in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: max(width, 1)) { best in
        for x in 0..<width { best[x] = values[x] }
        labels.withUnsafeMutableBufferPointer { labels in
          for label in 1..<max(classes, 1) {
            for x in 0..<width where values[label * width + x] > best[x] {
              best[x] = values[label * width + x]
              labels[start + x] = UInt8(truncatingIfNeeded: label)
            }
          }
        }
        guard scores != nil else { return }
        for x in 0..<width {
          var sum: Float = 0
          for label in 0..<classes { sum += exp(values[label * width + x] - best[x]) }
          scores?[start + x] = 1 / sum
        }
      }
    }
  }
}
