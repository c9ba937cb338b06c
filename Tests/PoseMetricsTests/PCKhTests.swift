import Foundation
import PoseCore
import PoseFormats
import PoseGraph
import PoseMetrics
import TestSupport
import Testing

@Suite struct PCKhTests {
  @Test("PCKh is the published evaluation's", arguments: ["noise3", "noise12", "noise30"])
  func published(_ name: String) throws {
    let golden = try JSONDecoder().decode(
      Golden.self, from: GoldenFile.data("golden/eval/eval.json"))
    let archive = try GoldenFile.archive("golden/eval/mpii/mpii_preds.npz")
    let predictions = try archive.tensor(name).floats
    let truths = try archive.tensor("pos_gt_src").doubles
    let isMissing = try archive.tensor("jnt_missing").floats
    let boxes = try archive.tensor("headboxes_src").doubles
    let count = 200
    let people = (0..<count).map { person in
      let (dx, dy) = (
        boxes[2 * count + person] - boxes[person], boxes[3 * count + person] - boxes[count + person]
      )
      return PCKh.Person(
        truth: (0..<16).map { Point(x: truths[2 * $0 * count + person], y: truths[(2 * $0 + 1) * count + person]) },
        isAnnotated: (0..<16).map { isMissing[$0 * count + person] == 0 },
        // The published tools count pixels from 1.
        prediction: (0..<16).map {
          let start = (person * 16 + $0) * 3
          return Point(x: Double(predictions[start] + 1), y: Double(predictions[start + 1] + 1))
        },
        headDiagonal: (dx * dx + dy * dy).squareRoot())
    }
    let values = try PCKh(people).values
    for (name, expected) in try #require(golden.mpii.results[name]) {
      #expect(values.first { $0.name == name }?.value == expected, "\(name)")
    }
  }

  @Test("at full size the seven groups are the published ones", .needsSharedData)
  func fullSize() throws {
    let truth = try MPIIGroundTruth(contentsOf: SharedData.url("eval/mpii_gt_valid_tompson.mat").path)
    let file = try MATFile(contentsOf: SharedData.url("eval/mpii_preds_bearpaw-hg_s8_b1.mat").path)
    let values = try PCKh(truth, predictions: truth.predictions(file)).values
    #expect(
      values.prefix(9).map(\.value) == [
        96.79399727148704, 95.19361413043478, 90.08001933665062, 85.3160274219635, 87.48477245335013,
        84.26349054780661, 80.7274272957604, 89.09185532136352, 24.493884579898975,
      ])
    #expect(throws: MetricError.self) { try PCKh(truth, predictions: []) }
  }

  @Test("what is at exactly half of the head counts, pelvis and thorax do not")
  func rules() throws {
    let joints = Skeleton.mpii16.joints
    let zero = [Point](repeating: Point(x: 0, y: 0), count: 16)
    var person = PCKh.Person(
      truth: zero, isAnnotated: joints.map { $0 != "left_knee" }, prediction: zero, headDiagonal: 10)
    person.prediction[9] = Point(x: 3, y: 0)
    person.prediction[6] = Point(x: 100, y: 0)
    let pckh = try PCKh([person])
    #expect(pckh["head_top"] == 100)
    #expect(pckh["pelvis"] == 0)
    #expect(pckh["left_knee"].isNaN)
    person.isAnnotated = joints.map { _ in true }
    #expect(abs(try PCKh([person]).total - 100) < 1e-12)
    #expect(abs(try PCKh([person]).totalAtTenth - 100 * 13.0 / 14) < 1e-5)
    person.truth.removeLast()
    #expect(throws: MetricError.self) { try PCKh([person]) }
  }

  private struct Golden: Decodable {
    struct MPII: Decodable { var results: [String: [String: Double]] }
    var mpii: MPII
  }
}

extension Tensor {
  /// The scalars of a float64 tensor.
  fileprivate var doubles: [Double] {
    stride(from: 0, to: bytes.count, by: 8).map { start in
      Double(bitPattern: (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) })
    }
  }
}
