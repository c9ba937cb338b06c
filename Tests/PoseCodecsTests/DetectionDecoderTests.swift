import PoseCore
import PoseFormats
import PoseImage
import TestSupport
import Testing

@testable import PoseCodecs

struct DetectionDecoderTests {
  /// A case of the published code's, the decoder with its settings, the picture's scale, and the size that boxes are
  /// clipped to.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var images = 1
    var decoder: any OutputDecoder<[Detection]>
    var scale: (x: Double, y: Double)
    var input = Size(160)

    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "rtmdet_person", images: 2, decoder: RTMDetDecoder(), scale: (0.3125, 0.31168831)),
    Case(
      name: "rtmdet_person_topk", decoder: RTMDetDecoder(candidates: 24, limit: 6), scale: (0.25, 0.24942),
      input: Size(height: 107, width: 160)),
    Case(
      name: "rtmdet_coco", decoder: RTMDetDecoder(threshold: 0.001, candidates: 30_000, overlap: 0.65, limit: 300),
      scale: (0.3125, 0.31168831)),
    Case(name: "yolox_coco", decoder: YOLOXDecoder(), scale: (0.3125, 0.31168831)),
    Case(name: "yolox_coco_wide", decoder: YOLOXDecoder(), scale: (0.125, 0.125)),
  ]

  /// Float32 in another order: coordinates of some hundred pixels differ by a few of their last digits.
  @Test("boxes, scores and classes equal the published code's", arguments: cases)
  func boxes(_ test: Case) throws {
    let golden = try GoldenFile.archive("golden/detect/decode_heads.npz")
    for image in 0..<test.images {
      var outputs = Outputs()
      for port in ["cls_scores", "bbox_preds", "objectnesses"] {
        for level in 0..<3 where golden.names.contains("\(test.name).input.\(port).\(level)") {
          let all = try golden.tensor("\(test.name).input.\(port).\(level)")
          let count = all.floats.count / test.images
          outputs["\(port).\(level)"] = OutputTensor(
            shape: Array(all.shape.dropFirst()), values: Array(all.floats[image * count..<(image + 1) * count]))
        }
      }
      for (kind, scale) in [("input_pixels", (x: 1, y: 1)), ("rescaled", test.scale)] {
        let placement = Placement(
          AffineTransform(
            a: scale.x, b: 0, tx: 0.5 * scale.x - 0.5, c: 0, d: scale.y, ty: 0.5 * scale.y - 0.5),
          input: test.input)
        let found = test.decoder.decode(outputs, placement)
        let key = "\(test.name).\(kind).nms.\(image)"
        let (boxes, scores) = (try golden.tensor("\(key).bboxes").floats, try golden.tensor("\(key).scores").floats)
        let labels = try golden.tensor("\(key).labels").floats
        try #require(found.count == scores.count, "\(key)")
        for (index, detection) in found.enumerated() {
          let box = detection.boundingBox
          let ours = [box.x, box.y, box.x + box.width, box.y + box.height]
          let worst = zip(ours, boxes[4 * index..<4 * index + 4]).map { abs($0 - Double($1)) }.max() ?? 0
          #expect(worst < 2e-4, "\(key) \(index)")
          #expect(abs(detection.score - Double(scores[index])) < 1e-6, "\(key) \(index)")
          #expect(detection.label == Int(labels[index]), "\(key) \(index)")
        }
      }
    }
  }

  @Test("a detector's decoder refuses outputs that are missing or of other shapes", arguments: cases.prefix(4))
  func refuses(_ test: Case) throws {
    var ports = ["cls_scores.0": [2, 4, 6], "bbox_preds.0": [4, 4, 6], "objectnesses.0": [1, 4, 6]]
    try test.decoder.check(ports, skeleton: nil)
    for (port, shape) in [("bbox_preds.0", [4, 4, 5]), ("bbox_preds.0", [5, 4, 6]), ("cls_scores.0", [4, 6])] {
      var other = ports
      other[port] = shape
      #expect(throws: DecoderError.self) { try test.decoder.check(other, skeleton: nil) }
    }
    ports["cls_scores.1"] = [2, 2, 3]
    #expect(throws: DecoderError.self) { try test.decoder.check(ports, skeleton: nil) }
    #expect(throws: DecoderError.self) { try test.decoder.check([:], skeleton: nil) }
  }

  @Test("numbers far out of range give no box that is not finite", arguments: cases.prefix(4))
  func extremes(_ test: Case) {
    let values: [Float] = [3e38, -3e38, 0, 90]
    for value in values {
      func tensor(_ channels: Int) -> OutputTensor {
        OutputTensor(shape: [channels, 2, 2], values: Array(repeating: value, count: channels * 4))
      }
      let outputs = Outputs(["cls_scores.0": tensor(2), "bbox_preds.0": tensor(4), "objectnesses.0": tensor(1)])
      let found = test.decoder.decode(outputs, Placement(.identity, input: 64))
      for detection in found {
        let box = detection.boundingBox
        let numbers: [Double] = [box.x, box.y, box.width, box.height, detection.score]
        let areFinite = numbers.allSatisfy { $0.isFinite }
        #expect(areFinite)
      }
    }
  }
}
