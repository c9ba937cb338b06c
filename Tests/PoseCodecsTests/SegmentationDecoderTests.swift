import PoseCore
import PoseFormats
import PoseGraph
import PoseImage
import TestSupport
import Testing

@testable import PoseCodecs

struct SegmentationDecoderTests {
  @Test("labels and probabilities are those of MMSegmentation's resizing", arguments: 0..<6)
  func published(_ number: Int) throws {
    let golden = try GoldenFile.ownArchive("segmentation.npz")
    let logits = try golden.tensor("mask.\(number).logits")
    let sizes = try golden.tensor("mask.\(number).sizes").floats.map { Int($0) }
    var decoder = SegmentationDecoder()
    decoder.alignCorners = sizes[0] != 0
    let region = ResizedRegion(
      x: 0, y: 0, part: Size(height: sizes[5], width: sizes[6]), size: Size(height: sizes[3], width: sizes[4]), fill: 0)
    let outputs = Outputs(["logits": OutputTensor(shape: logits.shape, values: logits.floats)])
    let mask = decoder.decode(
      outputs, Placement(region, input: Size(height: sizes[1], width: sizes[2])), withScores: true)
    #expect(mask.size == region.part)
    let (labels, margins) = (
      try golden.tensor("mask.\(number).labels").floats, try golden.tensor("mask.\(number).margins").floats
    )
    let scores = try golden.tensor("mask.\(number).scores").floats
    #expect(mask.labels.count == labels.count && mask.scores?.count == scores.count)
    for (index, label) in mask.labels.enumerated() {
      // Where two classes are equal but for rounding, either is right.
      #expect(Float(label) == labels[index] || margins[index] < 1e-4, "\(index)")
    }
    let worst = zip(mask.scores ?? [], scores).map { abs($0 - $1) }.max()
    #expect(worst.map { $0 < 1e-5 } == true)
  }

  @Test("a region that begins elsewhere in the input gives the same mask")
  func offset() {
    var random = SplitMix(3)
    let small = (0..<3 * 4 * 4).map { _ in Float.random(in: -1...1, using: &random) }
    // The same scores in the middle of larger maps.
    var large = [Float](repeating: 9, count: 3 * 12 * 12)
    for label in 0..<3 {
      for y in 0..<4 { for x in 0..<4 { large[(label * 12 + y + 4) * 12 + x + 4] = small[(label * 4 + y) * 4 + x] } }
    }
    let part = Size(height: 4, width: 4)
    let plain = ResizedRegion(x: 0, y: 0, part: part, size: part, fill: 0)
    let moved = ResizedRegion(x: 0, y: 0, part: part, size: part, left: 4, top: 4, fill: 0)
    let decoder = SegmentationDecoder()
    let a = decoder.decode(
      Outputs(["logits": OutputTensor(shape: [3, 4, 4], values: small)]), Placement(plain, input: 4))
    let b = decoder.decode(
      Outputs(["logits": OutputTensor(shape: [3, 12, 12], values: large)]), Placement(moved, input: 12))
    #expect(a == b && Set(a.labels).count > 1 && a.scores == nil)
  }

  @Test("the first of equal classes is the label")
  func ties() {
    let region = ResizedRegion(x: 0, y: 0, part: 3, size: 2, fill: 0)
    let outputs = Outputs(["logits": OutputTensor(shape: [5, 1, 1], values: [0, 2, 2, 1, 2])])
    let mask = SegmentationDecoder().decode(outputs, Placement(region, input: 2), withScores: true)
    #expect(mask.labels == Array(repeating: 1, count: 9))
  }

  @Test(
    "other outputs are refused, and the error names what is read",
    arguments: [
      ["heatmaps": [17, 64, 48]], ["logits": [19, 64]], ["logits": [256, 8, 8]], ["logits": [0, 8, 8]], [:],
    ])
  func refuses(_ ports: [String: [Int]]) {
    let error = #expect(throws: DecoderError.self) { try SegmentationDecoder().check(ports, skeleton: nil) }
    #expect(error?.description.contains("'logits'") == true)
  }
}
