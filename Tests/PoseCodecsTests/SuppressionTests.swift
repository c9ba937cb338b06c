import PoseCore
import PoseFormats
import TestSupport
import Testing

@testable import PoseCodecs

/// Suppression of boxes and of poses.
@Suite struct SuppressionTests {
  /// A case of the published detectors: its name, the threshold, and how many boxes it keeps.
  static let published: [(name: String, threshold: Double, limit: Int)] = [
    ("rtmdet_person.%.0", 0.6, 100), ("rtmdet_person.%.1", 0.6, 100), ("rtmdet_person_topk.%.0", 0.6, 6),
    ("rtmdet_coco.%.0", 0.65, 300), ("yolox_coco.%.0", 0.65, .max), ("yolox_coco_wide.%.0", 0.65, .max),
  ]

  @Test("boxes that the published detectors keep are kept, in their order", arguments: published)
  func detectors(_ name: String, _ threshold: Double, _ limit: Int) throws {
    let golden = try GoldenFile.archive("golden/detect/decode_heads.npz")
    for pixels in ["input_pixels", "rescaled"] {
      func detections(_ stage: String) throws -> (boxes: [BoundingBox], scores: [Double], labels: [Int]) {
        let place = name.replacing("%", with: "\(pixels).\(stage)")
        let corners = try golden.tensor(place + ".bboxes").floats.map { Double($0) }
        let boxes = stride(from: 0, to: corners.count, by: 4).map { corner in
          BoundingBox(
            x: corners[corner], y: corners[corner + 1], width: corners[corner + 2] - corners[corner],
            height: corners[corner + 3] - corners[corner + 1])
        }
        return (
          boxes, try golden.tensor(place + ".scores").floats.map { Double($0) },
          try golden.tensor(place + ".labels").floats.map { Int($0) }
        )
      }
      let (all, expected) = (try detections("all"), try detections("nms"))
      let kept = batchedNMS(all.boxes, scores: all.scores, labels: all.labels, threshold: threshold).prefix(limit)
      #expect(kept.map { all.boxes[$0] } == expected.boxes)
      #expect(kept.map { all.scores[$0] } == expected.scores)
      #expect(kept.map { all.labels[$0] } == expected.labels)
      if Set(all.labels).count == 1 {
        #expect(boxNMS(all.boxes, scores: all.scores, threshold: threshold).prefix(limit) == kept)
      }
    }
  }

  @Test("suppression is that of the published loop over all pairs", arguments: 0..<6 as Range<UInt64>)
  func pairs(_ seed: UInt64) {
    var random = SplitMix(seed)
    let boxes = (0..<150).map { _ in Self.box(&random) }
    let scores = boxes.map { _ in Double(random.next() % 50) / 50 }
    for threshold in [0, 0.3, 0.65, 1] {
      #expect(boxNMS(boxes, scores: scores, threshold: threshold) == Self.loop(boxes, scores, Float(threshold)))
    }
  }

  @Test("boxes of different classes do not suppress each other", arguments: [1, 2, 7])
  func classes(_ count: Int) {
    var random = SplitMix(UInt64(count))
    let boxes = (0..<150).map { _ in Self.box(&random) }
    let scores = boxes.map { _ in Double(random.next() % 1000) / 1000 }
    let labels = boxes.map { _ in Int(random.next() % UInt64(count)) }
    let kept = batchedNMS(boxes, scores: scores, labels: labels, threshold: 0.5)
    var expected: [Int] = []
    for label in 0..<count {
      let members = boxes.indices.filter { labels[$0] == label }
      expected += boxNMS(members.map { boxes[$0] }, scores: members.map { scores[$0] }, threshold: 0.5)
        .map { members[$0] }
    }
    expected.sort { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    #expect(kept == expected)
  }

  @Test("where classes are moved to, a negative coordinate meets the class before, but not from ten thousand boxes on")
  func moved() {
    // The largest coordinate is 9, so that class 1 is moved by 10, onto the box of class 0.
    let boxes = [
      BoundingBox(x: 0, y: 0, width: 9, height: 9), BoundingBox(x: -10, y: -10, width: 9, height: 9),
    ]
    #expect(boxNMS(boxes, scores: [1, 0.5], threshold: 0.5) == [0, 1])
    for (count, expected) in [(2, [0]), (9999, [0]), (10_000, [0, 1])] {
      let copies = count - 2
      let kept = batchedNMS(
        boxes + Array(repeating: boxes[0], count: copies), scores: [1, 0.5] + Array(repeating: 0.1, count: copies),
        labels: [0, 1] + Array(repeating: 0, count: copies), threshold: 0.5)
      #expect(kept == expected)
    }
  }

  @Test("overlaps are those of float32")
  func precision() {
    // Float32 has multiples of 8 here, so that both boxes are the same.
    let first = BoundingBox(x: 1e8, y: 0, width: 8, height: 8)
    let second = BoundingBox(x: 1e8 + 3, y: 0, width: 8, height: 8)
    #expect(first.overlap(with: second) < 0.5)
    #expect(boxNMS([first, second], scores: [1, 0.5], threshold: 0.9) == [0])
  }

  @Test("equal scores keep their order, boxes without area stay, and lists of different lengths end with the shorter")
  func odd() {
    let boxes = [
      BoundingBox(x: 0, y: 0, width: 10, height: 10), BoundingBox(x: 0, y: 0, width: 10, height: 10),
      BoundingBox(x: 3, y: 3, width: 0, height: 0), BoundingBox(x: 3, y: 3, width: 0, height: 0),
    ]
    #expect(boxNMS(boxes, scores: [0.5, 0.5, 0.5, 0.5], threshold: 0.5) == [0, 2, 3])
    #expect(boxNMS(boxes, scores: [0.5], threshold: 0.5) == [0])
    #expect(batchedNMS(boxes, scores: [0.5, 0.9, 1], labels: [0, 0], threshold: 0.5) == [1])
    #expect(
      boxNMS([], scores: [], threshold: 0.5) == [] && batchedNMS([], scores: [], labels: [], threshold: 0.5) == [])
  }

  // MARK: Poses

  @Test("of two skeletons on one person the better stays, and the order stays that of the people")
  func poses() {
    let poses = [Self.pose(at: 0, score: 0.5), Self.pose(at: 500, score: 0.4), Self.pose(at: 2, score: 0.7)]
    #expect(poses.suppressed() == [poses[1], poses[2]])
    #expect(poses.suppressed(threshold: 1) == poses)
    #expect([Pose]().suppressed().isEmpty)
  }

  @Test("two people beside each other, or poses of different skeletons, are both kept")
  func twoPeople() {
    let neighbors = [Self.pose(at: 0, score: 0.5), Self.pose(at: 60, score: 0.7)]
    #expect(neighbors.suppressed() == neighbors)
    var other = Self.pose(at: 0, score: 0.7)
    other.skeleton = .crowdPose14
    let poses = [Self.pose(at: 0, score: 0.5), other]
    #expect(poses.suppressed() == poses)
  }

  /// A standing person, 100 pixels wide and 200 high.
  private static func pose(at x: Double, score: Double) -> Pose {
    let keypoints = (0..<17).map { joint in
      Keypoint(x: x + Double(joint * 37 % 100), y: Double(joint * 12), score: 0.9)
    }
    return Pose(
      boundingBox: BoundingBox(x: x, y: 0, width: 100, height: 200), score: score, keypoints: keypoints,
      skeleton: .coco17)
  }

  /// A box with coordinates in quarters of a pixel, among those of a few places.
  private static func box(_ random: inout SplitMix) -> BoundingBox {
    func number(_ limit: UInt64) -> Double { Double(random.next() % limit) / 4 }
    return BoundingBox(x: number(200), y: number(200), width: number(160), height: number(160))
  }

  /// What mmcv's `nms` does with boxes in the order of their scores.
  private static func loop(_ boxes: [BoundingBox], _ scores: [Double], _ threshold: Float) -> [Int] {
    let order = boxes.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    let corners = boxes.map {
      SIMD4<Float>(Float($0.x), Float($0.y), Float($0.x + $0.width), Float($0.y + $0.height))
    }
    func area(_ box: SIMD4<Float>) -> Float { (box.z - box.x) * (box.w - box.y) }
    var isDropped = boxes.map { _ in false }
    for (place, first) in order.enumerated() where !isDropped[first] {
      for second in order[(place + 1)...] where !isDropped[second] {
        let (a, b) = (corners[first], corners[second])
        let width = max(0, min(a.z, b.z) - max(a.x, b.x))
        let height = max(0, min(a.w, b.w) - max(a.y, b.y))
        let common = width * height
        if common / (area(a) + area(b) - common) > threshold { isDropped[second] = true }
      }
    }
    return order.filter { !isDropped[$0] }
  }
}
