import Foundation
import PoseFormats
import PoseMetrics
import Testing

/// COCO-WholeBody's numbers beside xtcocotools', of random people whose parts are sometimes not annotated.
struct WholeBodyAPTests {
  @Test("all joints together and each part alone score as in xtcocotools")
  func published() throws {
    let score = try Self.score(joints: .wholeBody)
    #expect(
      score.whole.values.map(\.value) == [
        0.49082946756214085, 0.6944232884826944, 0.5643564356435643, 0.260049504950495, 0.6792538896746818,
        0.5846153846153845, 0.7692307692307693, 0.6153846153846154, 0.36666666666666664, 0.7714285714285714,
      ])
    #expect(score.parts.map(\.name) == ["body AP", "foot AP", "face AP", "left hand AP", "right hand AP"])
    #expect(
      score.parts.map(\.value) == [
        0.9484048404840484, 0.977997799779978, 0.3124438158101524, 0.6754785478547854, 0.6837812352663838,
      ])
    #expect(score.values.count == 15)
  }

  @Test("annotations that were read without feet, faces and hands are refused")
  func bodiesAlone() {
    let error = #expect(throws: MetricError.self) { try Self.score(joints: .body) }
    #expect(error.map { "\($0)" }?.contains("133") == true)
  }

  @Test("parts are joined in the order of COCO-WholeBody, whatever their order in the file")
  func order() throws {
    let json = """
      {"images": [{"id": 1}], "categories": [], "annotations": [
      {"righthand_kpts": [5, 5, 2], "foot_kpts": [2, 2, 2], "id": 1, "image_id": 1, "keypoints": [1, 1, 2],
       "face_kpts": [3, 3, 0], "lefthand_kpts": [4, 4, 1]},
      {"id": 2, "image_id": 1, "keypoints": [6, 6, 2]}]}
      """
    let whole = try COCOAnnotations(json: Array(json.utf8), joints: .wholeBody)
    let joints = whole.annotations.map { Array(whole.keypoints[$0.keypoints]) }
    #expect(joints == [[1, 1, 2, 2, 2, 2, 3, 3, 0, 4, 4, 1, 5, 5, 2], [6, 6, 2]])
    let body = try COCOAnnotations(json: Array(json.utf8))
    #expect(body.annotations.map { Array(body.keypoints[$0.keypoints]) } == [[1, 1, 2], [6, 6, 2]])
    #expect(try COCOAnnotations(json: Array(json.utf8), joints: .none).keypoints.isEmpty)
  }

  private static func score(joints: COCOAnnotations.Joints) throws -> WholeBodyAP {
    let (annotations, results) = files()
    return try WholeBodyAP(
      COCOComparison(
        COCOAnnotations(json: Array(annotations.utf8), joints: joints),
        COCOResults(json: Array(results.utf8), for: .rankedPoses)))
  }

  private static let parts = [
    ("keypoints", 17), ("foot_kpts", 6), ("face_kpts", 68), ("lefthand_kpts", 21), ("righthand_kpts", 21),
  ]

  /// Up to three people in each of six pictures, and a result for each of them.
  private static func files() -> (annotations: String, results: String) {
    var state = 1
    func draw(_ count: Int) -> Int {
      state = (state * 1_103_515_245 + 12345) % (1 << 31)
      return (state >> 8) % count
    }
    var (annotations, results): ([String], [String]) = ([], [])
    for image in 1...6 {
      for _ in 0..<1 + draw(3) {
        let (x, y, width, height) = (draw(200), draw(200), 40 + draw(160), 60 + draw(200))
        let noise = 1 + draw(8)
        let place = #""image_id": \#(image), "category_id": 1, "bbox": [\#(x), \#(y), \#(width), \#(height)]"#
        let score = Double(draw(1000)) / 1000
        var (labels, found): ([String], [Int]) = ([], [])
        for (name, count) in parts {
          let isHidden = draw(4) == 0
          var numbers: [Int] = []
          for _ in 0..<count {
            let (left, top) = (x + draw(width), y + draw(height))
            let visibility = [0, 1, 2, 2][draw(4)]
            numbers += [left, top, isHidden ? 0 : visibility]
            found += [left + draw(noise), top + draw(noise), 1]
          }
          labels.append("\"\(name)\": \(numbers)")
        }
        let id = annotations.count + 1
        let area = width * height / 2
        annotations.append("{\"id\": \(id), \(place), \"area\": \(area), \(labels.joined(separator: ", "))}")
        results.append("{\(place), \"score\": \(score), \"keypoints\": \(found)}")
      }
    }
    let images = (1...6).map { "{\"id\": \($0)}" }.joined(separator: ", ")
    return (
      "{\"images\": [\(images)], \"categories\": [{\"id\": 1, \"name\": \"person\"}], "
        + "\"annotations\": [\(annotations.joined(separator: ", "))]}",
      "[\(results.joined(separator: ", "))]"
    )
  }
}
