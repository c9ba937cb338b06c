import Foundation
import PoseCore
import PoseMetrics
import TestSupport
import Testing

@Suite struct PoseTrackAPTests {
  @Test("precision of joints is poseval's", arguments: 0..<4)
  func published(_ index: Int) throws {
    let golden = try JSONDecoder().decode(
      Golden.self, from: GoldenFile.data("golden/eval/posetrack18.json"))
    let example = golden.cases[index]
    var frames: [String: PoseTrackFrame] = [:]
    let people = try PublishedDataset.named("posetrack18").instances
    for (instance, box) in zip(people, Self.headBoxes) {
      frames[instance.imageFile, default: PoseTrackFrame(people: [], results: [])].people.append(
        PoseTrackFrame.Person(
          keypoints: instance.keypoints, headBox: BoundingBox(x: box[0], y: box[1], width: box[2], height: box[3])))
    }
    for (file, boxes) in Self.ignoredBoxes {
      frames["tests/data/posetrack18/images/val/\(file)_mpii_test/000000.jpg"]?.ignoredRegions = boxes.map { box in
        [(0, 1), (2, 1), (2, 3), (0, 3)].map { Point(x: box[$0.0], y: box[$0.1]) }
      }
    }
    let outputs = PublishedOutputs(batches: example.outputs)
    for (file, results) in outputs.results(sigmas: Skeleton.poseTrack18.sigmas, softly: false) {
      frames[file]?.results = results.map(\.keypoints)
    }
    let values = try PoseTrackAP(frames.sorted { $0.key < $1.key }.map(\.value)).values
    let names = [
      "Head AP", "Shou AP", "Elb AP", "Wri AP", "Hip AP", "Knee AP", "Ankl AP", "Total AP",
    ]
    for (value, name) in zip(values, names) {
      #expect(value.value == example.info[name], "\(name)")
    }
  }

  /// The parts of the dataset's ignored regions that hold joints: left, top, right, bottom.
  private static let ignoredBoxes: [String: [[Double]]] = [
    "012834": [[374, 677, 376, 679], [949, 156, 951, 158], [1452, 241, 1453, 243], [350, 56, 352, 58]],
    "003418": [[1400, 410, 1425, 435], [2, 4, 4, 6], [14, 30, 16, 32]],
  ]

  /// Of the dataset's people, in their order.
  private static let headBoxes: [[Double]] = [
    [378, 503, 44, 53], [571, 446, 42, 46], [159, 259, 42, 47], [372, 205, 44, 44], [693, 410, 44, 49],
    [923, 347, 46, 58], [691, 179, 43, 52], [927, 160, 39, 52], [1367, 427, 47, 45], [1378, 204, 40, 44],
    [407, -29, 35, 40], [648, 253, 138, 103], [878, 201, 90, 125], [346, 337, 296, 237],
  ]

  private struct Golden: Decodable {
    struct Case: Decodable {
      var outputs: [PublishedOutputs.Batch]
      var info: [String: Double]
    }
    var cases: [Case]
  }
}
