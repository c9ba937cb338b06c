import Foundation
import PoseCore
import PoseFormats
import PoseImage
import TestSupport
import Testing

@testable import PoseCodecs

/// YOLO-Pose, beside what its authors' suppression keeps of 120 predictions.
struct YOLOPoseDecoderTests {
  /// A network that has such predictions: four levels of one place, each with thirty anchors.
  private static let input = Size(512)
  private static let anchors = [[Int]](repeating: [Int](repeating: 128, count: 60), count: 4)

  @Test(
    "the people who are left, their boxes, joints and scores equal the published code's",
    arguments: [(0.25, 0.45), (0.1, 0.65), (0.001, 0.65)])
  func suppresses(_ threshold: Double, _ overlap: Double) throws {
    let golden = try GoldenFile.archive("golden/decode/yolopose_nms.npz")
    let decoder = YOLOPoseDecoder(threshold: threshold, overlap: overlap, anchors: Self.anchors)
    let outputs = Self.outputs(of: try golden.tensor("pred").floats)
    let found = decoder.decode(outputs, Placement(.identity, input: Self.input))
    let expected = try golden.tensor("out_\(threshold)_\(overlap)")
    try #require(found.count == expected.shape[0])
    for (index, person) in found.enumerated() {
      let row = expected.floats[57 * index..<57 * (index + 1)].map(Double.init)
      let box = person.detection.boundingBox
      let joints = person.keypoints.flatMap { [$0.position.x, $0.position.y] }
      let ours = [box.x, box.y, box.x + box.width, box.y + box.height] + joints
      // The decoder clips boxes to the input, which the published suppression does not do.
      let clipped = row[..<4].map { min(max($0, 0), 512) }
      let theirs = clipped + row[6...].indices.filter { ($0 - 6) % 3 < 2 }.map { row[$0] }
      // The predictions are brought back to before the sigmoid, which costs a few digits of positions of hundreds of pixels.
      #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) < 1e-3 }, "\(index)")
      #expect(abs(person.detection.score - row[4]) < 1e-6, "\(index)")
    }
  }

  /// The outputs of which the decoder makes the predictions: center, width, height, object, person, and joints.
  private static func outputs(of predictions: [Float]) -> Outputs {
    let side = Double(input.width)
    func logit(_ value: Double) -> Float { Float(log(value / (1 - value))) }
    func output(_ value: Float, _ channel: Int) -> Float {
      let value = Double(value)
      switch channel {
      case 0, 1: return logit((value / side + 0.5) / 2)
      case 2, 3: return logit((value / 128).squareRoot() / 2)
      case 4, 5: return logit(value)
      default: return channel % 3 < 2 ? Float((value / side + 0.5) / 2) : 0
      }
    }
    let values = predictions.enumerated().map { output($1, $0 % 57) }
    let count = 57 * 30
    return Outputs(
      Dictionary(
        uniqueKeysWithValues: (0..<4).map { level in
          let own = Array(values[count * level..<count * (level + 1)])
          return ("anchor_preds.\(level)", OutputTensor(shape: [count, 1, 1], values: own))
        }))
  }
}
