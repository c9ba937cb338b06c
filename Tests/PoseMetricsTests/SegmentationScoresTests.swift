import PoseCore
import PoseFormats
import PoseGraph
import PoseMetrics
import TestSupport
import Testing

struct SegmentationScoresTests {
  @Test("the numbers are those of MMSegmentation's IoUMetric", arguments: 0..<5)
  func published(_ number: Int) throws {
    let golden = try GoldenFile.ownArchive("segmentation.npz")
    let count = Int(try golden.tensor("metric.\(number).classes").floats[0])
    var scores = SegmentationScores(classes: (0..<count).map { "\($0)" })
    let (results, truths) = (
      try masks(golden, "metric.\(number).results"), try masks(golden, "metric.\(number).truths")
    )
    for (result, truth) in zip(results, truths) { try scores.add(result, truth: truth, of: "a picture") }
    func expect(_ values: [Double], _ name: String) throws {
      let expected = try golden.tensor("metric.\(number).\(name)").floats.map(Double.init)
      #expect(values.count == expected.count)
      for (value, expected) in zip(values, expected) {
        #expect(value.isNaN == expected.isNaN && (value.isNaN || abs(value - expected) < 1e-6), "\(name)")
      }
    }
    try expect([scores.pixelAccuracy], "aAcc")
    try expect(scores.intersectionsOverUnions, "IoU")
    try expect(scores.accuracies, "Acc")
    try expect(scores.diceCoefficients, "Dice")
    // The means are the published means of these numbers, without NaN.
    let numbers = scores.intersectionsOverUnions.filter { !$0.isNaN }
    #expect(abs(scores.meanIoU - numbers.reduce(0, +) / Double(numbers.count)) < 1e-12)
    #expect(scores.values.map(\.name) == ["aAcc", "mIoU", "mAcc", "mDice"])
  }

  private func masks(_ golden: NumpyArchive, _ name: String) throws -> [SegmentationMask] {
    let tensor = try golden.tensor(name)
    let (height, width) = (tensor.shape[1], tensor.shape[2])
    let labels = tensor.floats.map { UInt8($0) }
    return (0..<tensor.shape[0]).map { index in
      let start = index * height * width
      return SegmentationMask(
        size: Size(height: height, width: width), labels: Array(labels[start..<start + height * width]))
    }
  }

  @Test("the truth itself scores 1, and its opposite 0")
  func truth() throws {
    let size = Size(height: 1, width: 4)
    let truth = SegmentationMask(size: size, labels: [0, 1, 1, 255])
    var same = SegmentationScores(classes: ["a", "b", "c"])
    try same.add(truth, truth: truth, of: "a picture")
    #expect(same.values.allSatisfy { $0.value == 1 } && same.intersectionsOverUnions[2].isNaN)
    var opposite = SegmentationScores(classes: ["a", "b", "c"])
    try opposite.add(SegmentationMask(size: size, labels: [1, 0, 0, 0]), truth: truth, of: "a picture")
    #expect(opposite.values.allSatisfy { $0.value == 0 })
  }

  @Test("without pixels there is no number")
  func nothing() {
    #expect(SegmentationScores(classes: ["a"]).values.allSatisfy { $0.value.isNaN })
  }

  @Test("masks of two sizes are refused, and the error names both")
  func sizes() {
    var scores = SegmentationScores(classes: ["a"])
    let error = #expect(throws: MetricError.self) {
      try scores.add(
        SegmentationMask(size: Size(height: 1, width: 2), labels: [0, 0]),
        truth: SegmentationMask(size: Size(height: 2, width: 1), labels: [0, 0]), of: "'7'")
    }
    #expect(error?.description.contains("'7' has 1x2") == true && error?.description.contains("2x1") == true)
  }
}
