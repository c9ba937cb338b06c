import PoseConfiguration
import PoseCore
import PoseFormats
import PoseGraph
import Testing
import TrainingTestSupport

@testable import PoseTorch

/// YOLO-Pose's loss, against the paper's formulas computed anchor by anchor in double precision.
@Suite struct YOLOPoseLossTests {
  static let input = 256

  static func loss() throws -> YOLOPoseLoss {
    let configuration = try Zoo.configuration(
      named: "yolo_pose_s6_ti_lite_coco_640x640", settings: ["model.input=\(input)x\(input)"])
    let graph = try configuration.graph()
    let network = try TrainableNetwork(graph, WeightRecipe.checkpoint(for: graph))
    return try YOLOPoseLoss(network, inputWidth: input, sigmas: Skeleton.coco17.sigmas)
  }

  static func outputs() throws -> [TorchTensor] {
    try (0..<4).map { level in
      let side = input / (8 << level)
      let output = try TorchTensor(
        WeightRecipe.input(shape: [2, 3 * (6 + 3 * 17), side, side], name: "yolo.\(level)"))
      try output.setRequiresGradient(true)
      return output
    }
  }

  @Test("terms and gradients are those of the formulas")
  func formulas() throws {
    let golden = try SharedData.ownArrays("yolo_pose.npz")
    let (loss, outputs) = (try Self.loss(), try Self.outputs())
    let people = try TorchTensor(golden.tensor("people"))
    let terms = try loss.terms(outputs, [people])
    let expected = try golden.tensor("terms").floats.map(Double.init)
    for (name, value) in zip(["boxes", "scores", "poses", "visibilities", "objectness"], expected) {
      let found = try terms.filter { $0.name == name }.map(\.value).sum().item()
      #expect(abs(found - value) < 1e-5 * value, "\(name): \(found), not \(value)")
    }
    try loss(outputs, [people], weights: nil).backward()
    for (level, output) in outputs.enumerated() {
      let gradient = try #require(output.gradient)
      let all = try gradient.floats()
      let some = stride(from: 0, to: all.count, by: 53).map { all[$0] }
      #expect(try worstDifference(some, golden.tensor("grad.\(level)").floats) < 1e-4)
      let side = output.shape[3]
      let magnitudes = try ATen.sumAxes(
        ATen.reshape(ATen.abs(gradient), shape: [6, 6 + 3 * 17, side * side]), axes: [0, 2], keepsAxes: false, type: nil
      )
      #expect(try worstDifference(magnitudes.floats(), golden.tensor("channels.\(level)").floats) < 1e-4)
    }
  }

  @Test("anchors like the box find the person, from the middle's cell and its two nearest neighbors")
  func matching() throws {
    let level = AnchorMatching.Level(height: 8, width: 8, stride: 8, anchors: [[8, 8], [40, 10], [100, 100]])
    func cells(_ sides: SIMD4<Float>) -> [[Int]] {
      var row = [Float](repeating: 0, count: PersonRow.count(joints: 1))
      for index in 0..<4 { row[index] = sides[index] }
      let people = PicturePeople(row[...], width: row.count)
      return AnchorMatching().matches(of: [(first: 5, people)], on: level).map {
        [$0.anchor, $0.column, $0.row, $0.person]
      }
    }
    // The middle is right of and above the middle of its cell.
    #expect(
      cells([16, 8, 28, 28]) == [
        [0, 2, 2, 5], [0, 3, 2, 5], [0, 2, 1, 5], [1, 2, 2, 5], [1, 3, 2, 5], [1, 2, 1, 5],
      ])
    // At a corner of the input there is one neighbor less on each side.
    #expect(cells([0, 0, 6, 6]) == [[0, 0, 0, 5]])
    #expect(cells([0, 0, 2, 2]).isEmpty && cells([60, 60, 80, 80]).isEmpty)
  }

  @Test("pictures without people teach that there is nobody; what cannot be read is refused")
  func nobody() throws {
    let (loss, outputs) = (try Self.loss(), try Self.outputs())
    var row = [Float](repeating: 0, count: PersonRow.count(joints: 17))
    row[PersonRow.label] = PersonRow.empty
    let people = try TorchTensor(row + row, [2, 1, row.count])
    let terms = try loss.terms(outputs, [people])
    #expect(terms.map(\.name) == Array(repeating: "objectness", count: 4))
    try terms.map(\.value).sum().backward()
    for output in outputs {
      let gradient = try #require(output.gradient)
      #expect(try gradient.floats().allSatisfy(\.isFinite))
    }
    #expect(throws: LibTorchError.self) { try loss([], [people], weights: nil) }
    #expect(throws: LibTorchError.self) { try loss(outputs, [outputs[0]], weights: nil) }
  }
}
