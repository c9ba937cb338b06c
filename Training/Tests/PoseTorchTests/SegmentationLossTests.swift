import PoseGraph
import Testing
import TrainingTestSupport

@testable import PoseTorch

/// The cross entropy of pixels' classes, against the values that Scripts/make-segmentation-goldens prints of
/// MMSegmentation's code.
struct SegmentationLossTests {
  /// Of two pictures: logits `3 x 4 x 6`, and labels `8 x 12` of which a seventh do not count.
  private static func inputs() throws -> (logits: TorchTensor, labels: TorchTensor) {
    let logits = try TorchTensor(WeightRecipe.input(shape: [2, 3, 4, 6], name: "logits", amplitude: 4))
    try logits.setRequiresGradient(true)
    let numbers = try WeightRecipe.input(shape: [2, 8, 12], name: "labels", amplitude: 1).floats
    let labels = numbers.map { number -> Float in
      let label = ((number + 1) / 2 * 3.5).rounded(.down)
      return label == 3 ? 255 : label
    }
    return (logits, try TorchTensor(labels, [2, 8, 12]))
  }

  @Test(
    "losses equal MMSegmentation's, and so do their gradients",
    arguments: [
      (nil, 1.4859642, 0.06299752), (SegmentationLoss.HardPixels(threshold: 0.7, least: 4), 1.4573759, 0.064389862),
      (SegmentationLoss.HardPixels(threshold: 0.1, least: 20), 1.0420272, 0.056089401),
      (SegmentationLoss.HardPixels(threshold: 0.1, least: 1000), 1.4858961, 0.063013263),
    ])
  func published(_ rule: SegmentationLoss.HardPixels?, _ value: Double, _ gradient: Double) throws {
    let (logits, labels) = try Self.inputs()
    let loss = try SegmentationLoss(classes: 3, hardPixels: rule)([logits], [labels], weights: nil)
    #expect(abs(try loss.item() - value) < 1e-5)
    try loss.backward()
    let squares = try #require(logits.gradient).floats().reduce(0.0) { $0 + Double($1 * $1) }
    #expect(abs(squares.squareRoot() - gradient) < 1e-6)
  }

  @Test("a first head's loss counts with its weight")
  func auxiliary() throws {
    let (logits, labels) = try Self.inputs()
    let loss = SegmentationLoss(classes: 3, auxiliary: 0.4)
    #expect(
      loss.ports.map(\.output) == ["logits", "auxiliary_logits"] && loss.ports.allSatisfy { $0.target == "labels" })
    #expect(abs(try loss([logits, logits], [labels], weights: nil).item() - 1.4 * 1.4859642) < 1e-5)
  }

  @Test("pixels that do not count have no loss and no gradient, whatever the rule", arguments: [false, true])
  func uncounted(_ isHard: Bool) throws {
    let (logits, labels) = try Self.inputs()
    let none = try TorchTensor([Float](repeating: 255, count: labels.count), labels.shape)
    let loss = try SegmentationLoss(classes: 3, hardPixels: isHard ? .init() : nil)([logits], [none], weights: nil)
    #expect(try loss.item() == 0)
    try loss.backward()
    #expect(try #require(logits.gradient).floats().allSatisfy { $0 == 0 })
  }

  @Test("outputs and targets of other shapes are refused")
  func refuses() throws {
    let (logits, labels) = try Self.inputs()
    #expect(throws: LibTorchError.self) { try SegmentationLoss(classes: 3)([logits, logits], [labels], weights: nil) }
    #expect(throws: LibTorchError.self) { try SegmentationLoss(classes: 3)([logits], [logits], weights: nil) }
  }
}
