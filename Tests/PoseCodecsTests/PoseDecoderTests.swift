import Foundation
import PoseCore
import PoseFormats
import PoseImage
import TestSupport
import Testing

@testable import PoseCodecs

/// Decoders of networks that look for everybody at once.
struct PoseDecoderTests {
  /// A case of the published code's, the outputs that it has, and the decoder with its settings.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var ports: [String]
    var levels: Int
    var decoder: any PoseDecoder

    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "yoloxpose", ports: ["cls_scores", "objectnesses", "bbox_preds", "kpt_offsets", "kpt_vis"], levels: 3,
      decoder: YOLOXPoseDecoder())
  ]

  /// Float32 in another order: coordinates of a hundred pixels differ by a few of their last digits.
  @Test("people, boxes, joints and scores equal the published code's", arguments: cases)
  func people(_ test: Case) throws {
    let golden = try GoldenFile.archive("golden/detect/decode_heads.npz")
    for image in 0..<2 {
      var outputs = Outputs()
      for port in test.ports {
        for level in 0..<test.levels {
          let all = try golden.tensor("\(test.name).input.\(port).\(level)")
          let count = all.floats.count / 2
          outputs["\(port).\(level)"] = OutputTensor(
            shape: Array(all.shape.dropFirst()), values: Array(all.floats[image * count..<(image + 1) * count]))
        }
      }
      let found = test.decoder.decode(outputs, Placement(.identity, input: 160))
      func floats(_ key: String) throws -> [Float] { try golden.tensor("\(test.name).nms.\(image).\(key)").floats }
      let (boxes, scores) = (try floats("bboxes"), try floats("scores"))
      let (joints, jointScores) = (try floats("keypoints"), try floats("keypoint_scores"))
      try #require(found.count == scores.count)
      for (index, person) in found.enumerated() {
        let box = person.detection.boundingBox
        let corners = [box.x, box.y, box.x + box.width, box.y + box.height]
        expect(corners, near: boxes[4 * index..<4 * index + 4], within: 2e-4)
        expect([person.detection.score], near: scores[index...index], within: 1e-6)
        let positions = person.keypoints.flatMap { [$0.position.x, $0.position.y] }
        expect(positions, near: joints[34 * index..<34 * index + 34], within: 2e-4)
        expect(person.keypoints.map(\.score), near: jointScores[17 * index..<17 * index + 17], within: 1e-6)
      }
    }
  }

  private func expect(_ ours: [Double], near theirs: some Collection<Float>, within limit: Double) {
    #expect(ours.count == theirs.count)
    let worst = zip(ours, theirs).map { abs($0 - Double($1)) }.max() ?? .infinity
    #expect(worst < limit)
  }

  @Test("YOLO-Pose moves and scales its anchors, and joints lie around the anchor's place")
  func anchors() throws {
    let decoder = YOLOPoseDecoder(threshold: 0.3, anchors: [[8, 16, 20, 10]])
    func tensor(_ channels: Int, _ value: (_ channel: Int, _ place: Int) -> Float) -> OutputTensor {
      OutputTensor(
        shape: [channels, 2, 3], values: (0..<channels * 6).map { value($0 / 6, $0 % 6) })
    }
    // The second anchor of the place in row 1, column 2; a stride of 8 pixels. sigmoid(0) is a half.
    let outputs = Outputs([
      "anchor_preds.0": tensor(114) { channel, place in
        guard place == 5, channel >= 57 else { return -20 }
        let own = channel - 57
        return own < 6 ? (own == 3 || own == 4 ? 40 : 0) : [0.5, -1, 0][own % 3]
      }
    ])
    let placement = Placement(.identity, input: Size(height: 16, width: 24))
    let found = decoder.decode(outputs, placement)
    try #require(found.count == 1)
    // Center (0.5 + 2, 0.5 + 1) cells, size 20 x 1 and 10 x 4, which the input cuts off at its lower end.
    let box = found[0].detection.boundingBox
    expect([box.x, box.y, box.width, box.height, found[0].detection.score], near: [10, 0, 14, 16, 0.5], within: 1e-5)
    let joint = found[0].keypoints[16]
    expect([joint.position.x, joint.position.y, joint.score], near: [20, -12, 0.5], within: 1e-5)
    #expect(YOLOPoseDecoder(anchors: [[3]]).invalidSetting?.key == "anchors")
    #expect(YOLOPoseDecoder(anchors: []).invalidSetting?.key == "anchors")
  }

  /// DEKR's maps, the way to each joint from the place or, as its authors have it, from the joint.
  private func maps(_ golden: NumpyArchive, isOfficial: Bool) throws -> Outputs {
    let ways = try golden.tensor("dec.disp_f16").floats
    return Outputs([
      "heatmaps": OutputTensor(shape: [18, 128, 128], values: try golden.tensor("dec.heatmaps").floats),
      isOfficial ? "offsets" : "displacements": OutputTensor(
        shape: [34, 128, 128], values: isOfficial ? ways.map { -$0 } : ways),
    ])
  }

  @Test("DEKR's people, joints and scores equal MMPose's")
  func centers() throws {
    let golden = try GoldenFile.archive("golden/decode/spr1.npz")
    let found = DEKRDecoder().decode(try maps(golden, isOfficial: false), Placement(.identity, input: 512))
    let (joints, scores) = (try golden.tensor("dec.keypoints").floats, try golden.tensor("dec.kpt_scores").floats)
    let centers = try golden.tensor("dec.root_scores").floats
    // Suppression orders people by the scores of their joints.
    let means = (0..<4).map { scores[17 * $0..<17 * $0 + 17].reduce(0, +) }
    let order = means.indices.sorted { means[$0] > means[$1] }
    try #require(found.count == 4)
    for (person, index) in zip(found, order) {
      expect([person.detection.score], near: centers[index...index], within: 1e-6)
      // The identity counts pixels' corners, and a crop their middles.
      let positions = person.keypoints.flatMap { [$0.position.x, $0.position.y] }
      expect(positions, near: joints[34 * index..<34 * index + 34], within: 1e-3)
      expect(person.jointScores, near: scores[17 * index..<17 * index + 17], within: 1e-5)
      let pose = try #require(DEKRDecoder().person(person, [], .coco17, Placement(.identity, input: 512)))
      let mean = Double(means[index]) / 17 * person.detection.score
      #expect(abs(pose.detection.score - mean) < 1e-5)
    }
  }

  @Test(
    "the people, joints and scores of DEKR's own code are equal, also where joints move to peaks",
    arguments: [false, true])
  func officialCenters(_ matchesPeaks: Bool) throws {
    let golden = try GoldenFile.archive("golden/decode/spr1.npz")
    let (decoder, placement) = (DEKROfficialDecoder(matchesPeaks: matchesPeaks), Placement(.identity, input: 512))
    let found = decoder.decode(try maps(golden, isOfficial: true), placement)
      .compactMap { decoder.person($0, [], .coco17, placement) }
    let official = try GoldenFile.archive("golden/decode/dekr_official.npz")
    let poses = try official.tensor(matchesPeaks ? "match.poses" : "nms.poses").floats
    let scores = try official.tensor("nms.scores").floats
    try #require(found.count == scores.count)
    for (index, person) in found.enumerated() {
      expect([person.detection.score], near: scores[index...index], within: 1e-5)
      let own = person.keypoints.flatMap { [$0.position.x, $0.position.y, $0.score] }
      expect(own, near: poses[51 * index..<51 * index + 51], within: 1e-3)
    }
  }

  @Test("AdaptivePose's people, joints and scores equal the published code's")
  func adaptivePoints() throws {
    let golden = try GoldenFile.archive("golden/decode/adaptivepose.npz")
    let heat = try golden.tensor("heat").floats
    let outputs = Outputs([
      "heatmap": OutputTensor(shape: [1, 32, 32], values: heat.map { log($0 / (1 - $0)) }),
      "offsets": OutputTensor(shape: [34, 32, 32], values: try golden.tensor("kps").floats),
    ])
    let found = AdaptivePoseDecoder().decode(outputs, Placement(.identity, input: 32))
    let expected = try golden.tensor("detections").floats
    #expect(found.count == 20)
    for (index, person) in found.enumerated() {
      // A logarithm and a sigmoid in float32 cost a few digits.
      expect([person.detection.score], near: expected[36 * index...36 * index], within: 1e-5)
      let own = person.keypoints.flatMap { [$0.position.x, $0.position.y] }
      expect(own, near: expected[36 * index + 1..<36 * index + 35], within: 1e-3)
    }
  }

  /// Decoders that take a picture and its mirror image together, and how many maps they read.
  static let mirroring: [(name: String, maps: [String: Int])] = [
    ("dekr", ["heatmaps": 18, "displacements": 34]), ("dekr_official", ["heatmaps": 18, "offsets": 34]),
    ("adaptive_pose", ["heatmap": 1, "offsets": 34]),
  ]

  @Test(
    "a picture and the outputs that its mirror image would have give what the picture alone gives", arguments: mirroring
  )
  func mirrored(_ name: String, _ maps: [String: Int]) throws {
    let decoder = try #require(DecoderCatalogue.decoder(named: name) as? any MultiviewDecoder)
    let (size, input) = (Size(height: 24, width: 32), Size(height: 96, width: 128))
    var random = SplitMix(7)
    var (outputs, mirror) = (Outputs(), Outputs())
    for (port, channels) in maps.sorted(by: { $0.key < $1.key }) {
      let values = (0..<channels * size.height * size.width).map { _ in Float(random.unit) }
      outputs[port] = OutputTensor(shape: [channels, size.height, size.width], values: values)
      let isWay = port != "heatmaps" && port != "heatmap"
      let own = Heatmaps(unchecked: values, joints: channels, height: size.height, width: size.width)
      var pairs = Skeleton.coco17.flipPairs
      if isWay {
        pairs = pairs.flatMap { pair in
          (0..<2).map { axis in Skeleton.Pair(2 * pair.first + axis, 2 * pair.second + axis) }
        }
      }
      var other = own.flippedBack(pairs, shifted: false)
      if isWay {
        // MMPose takes a place's middle for its left end: so the mirror image's ways are that much shorter.
        let cell: Float = name == "dekr" ? 4 : 1
        for joint in 0..<17 {
          for index in other.range(of: 2 * joint) { other.values[index] = -other.values[index] + (cell - 1) / cell }
        }
      }
      mirror[port] = OutputTensor(shape: [channels, size.height, size.width], values: other.values)
    }
    let placement = Placement(.identity, input: input)
    func people(_ outputs: [Outputs]) -> [[Keypoint]] {
      let views = outputs.enumerated().map { OutputView($1, isMirrored: $0 == 1, placement) }
      switch decoder {
      case let decoder as any PoseDecoder & MultiviewDecoder:
        return decoder.decode(views, .coco17, isShifted: false).map(\.keypoints)
      case let decoder as any PoseCandidateDecoder & MultiviewDecoder:
        return decoder.decode(views, .coco17, isShifted: false).map(\.keypoints)
      default: return []
      }
    }
    let (alone, both) = (people([outputs]), people([outputs, mirror]))
    #expect(!alone.isEmpty && alone.count == both.count)
    for (one, other) in zip(alone.joined(), both.joined()) {
      #expect(abs(one.position.x - other.position.x) < 1e-3 && abs(one.position.y - other.position.y) < 1e-3)
      #expect(abs(one.score - other.score) < 1e-5)
    }
  }

  @Test("MoveNet's joints equal the published code's")
  func moveNet() throws {
    let golden = try GoldenFile.archive("golden/decode/movenet.npz")
    var outputs = Outputs()
    for (port, channels) in [("heatmaps", 17), ("centers", 1), ("regs", 34), ("offsets", 34)] {
      let floats = try golden.tensor(port).floats
      outputs[port] = OutputTensor(shape: [channels, 48, 48], values: Array(floats[..<(channels * 48 * 48)]))
    }
    let placement = InputGeometry.stretch.placement(of: nil, in: 48, input: 48)
    let found = MoveNetDecoder().decode(outputs, placement)
    let expected = try golden.tensor("decoded").floats
    for (joint, keypoint) in found.enumerated() {
      let (x, y) = (expected[2 * joint], expected[2 * joint + 1])
      // The published code marks joints that are not found.
      if x == -1 { #expect(keypoint.score == 0) }
      if x != -1 { expect([keypoint.position.x, keypoint.position.y], near: [48 * x, 48 * y], within: 1e-3) }
    }
    // The mirrored picture says the same.
    let pairs = Skeleton.coco17.flipPairs
    let decoder = MoveNetDecoder()
    var mirrored = outputs
    for port in ["heatmaps", "centers", "regs", "offsets"] {
      let blank = OutputTensor(shape: outputs[port]?.shape ?? [], values: outputs[port]?.values.map { _ in 0 } ?? [])
      var zero = outputs
      zero[port] = blank
      mirrored[port] = decoder.merged(zero, withMirrored: outputs, pairs, isShifted: false, input: 192)[port]
        .map { OutputTensor(shape: $0.shape, values: $0.values.map { 2 * $0 }) }
    }
    let merged = decoder.merged(outputs, withMirrored: mirrored, pairs, isShifted: false, input: 192)
    for port in ["heatmaps", "centers", "regs", "offsets"] {
      let (a, b) = (merged[port]?.values ?? [], outputs[port]?.values ?? [])
      #expect(a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 }, "\(port)")
    }
  }

  @Test("positions come back to the picture as the published code brings them back")
  func picture() throws {
    // MMPose: x / input * scale + center - scale / 2, for joints and boxes alike.
    let size = Size(height: 300, width: 500)
    let placement = InputGeometry.centered(fill: 114).placement(of: nil, in: size, input: 160)
    let point = placement.picturePoint(of: Point(x: 40, y: 100), on: 160)
    #expect(abs(point.x - 125) < 1e-3 && abs(point.y - (100 / 160 * 500 + 150 - 250)) < 1e-3)
    let box = placement.pictureBox(left: 40, top: 100, right: 80, bottom: 120)
    #expect(abs(box.x - 125) < 1e-3 && abs(box.width - 125) < 1e-3 && abs(box.y - 212.5) < 1e-3)
  }

  @Test("a decoder refuses outputs that are missing or of other shapes", arguments: cases)
  func refuses(_ test: Case) throws {
    let channels = ["bbox_preds": 4, "kpt_offsets": 34, "kpt_vis": 17]
    var ports: [String: [Int]] = [:]
    for port in test.ports { ports["\(port).0"] = [channels[port] ?? 1, 4, 6] }
    try test.decoder.check(ports, skeleton: .coco17)
    for port in test.ports {
      for shape in [nil, [3, 4, 6], [channels[port] ?? 1, 4, 5]] {
        if port == "cls_scores", shape?.last == 5 { continue }
        var other = ports
        other["\(port).0"] = shape
        #expect(throws: DecoderError.self) { try test.decoder.check(other, skeleton: .coco17) }
      }
    }
    #expect(throws: DecoderError.self) { try test.decoder.check(ports, skeleton: nil) }
  }

  @Test("numbers far out of range give nobody that is not finite", arguments: cases, [3e38, -3e38, 0, 90] as [Float])
  func extremes(_ test: Case, _ value: Float) {
    let channels = ["bbox_preds": 4, "kpt_offsets": 34, "kpt_vis": 17]
    var outputs = Outputs()
    for port in test.ports {
      let shape = [channels[port] ?? 1, 2, 2]
      outputs["\(port).0"] = OutputTensor(
        shape: shape, values: Array(repeating: value, count: shape.reduce(1, *)))
    }
    for person in test.decoder.decode(outputs, Placement(.identity, input: 64)) {
      let box = person.detection.boundingBox
      let numbers: [Double] =
        [box.x, box.y, box.width, box.height, person.detection.score]
        + person.keypoints.flatMap { [$0.position.x, $0.position.y, $0.score] }
      let areFinite = numbers.allSatisfy { $0.isFinite }
      #expect(areFinite)
    }
  }
}
