import PoseCore
import PoseFormats
import TestSupport
import Testing

@testable import PoseCodecs

/// CID's targets, against MMPose's.
@Suite struct CIDTargetTests {
  static let area = 64 * 64

  private func every(_ step: Int, _ values: [Float]) -> [Float] {
    stride(from: 0, to: values.count, by: step).map { values[$0] }
  }

  @Test("everybody's heatmaps and each person's own are MMPose 1.x's, the smallest person first")
  func published() throws {
    let golden = try GoldenFile.ownArchive("cid.npz")
    let encoder = try TargetEncoder(CIDTarget(jitter: 0), for: SceneTargetTests.grid)
    let target = encoder.encode(try SceneTargetTests.scene(SceneTargetTests.golden()))
    #expect(try SceneTargetTests.worst(every(7, target.values[0]), golden.tensor("heatmaps").floats) < 1e-5)
    let coordinates = try golden.tensor("instance_coords").floats
    let weights = try golden.tensor("keypoint_weights").floats
    for person in 0..<5 {
      let row = Array(target.values[2][person * 18..<(person + 1) * 18])
      #expect(row[0] == coordinates[2 * person + 1] * 64 + coordinates[2 * person])
      #expect(Array(row[1...]) == Array(weights[person * 17..<(person + 1) * 17]))
    }
    #expect((5..<8).allSatisfy { target.values[2][$0 * 18] == -1 })
    let (columns, rows) = (target.values[3], target.values[4])
    var own: [Float] = []
    for map in 0..<5 * 17 {
      for pixel in 0..<Self.area { own.append(columns[map * 64 + pixel % 64] * rows[map * 64 + pixel / 64]) }
    }
    #expect(try SceneTargetTests.worst(every(37, own), golden.tensor("instance_heatmaps").floats) < 1e-5)
  }

  @Test("Gaussians are as wide as boxes say, by their sides before they were turned")
  func boxes() throws {
    let golden = try GoldenFile.ownArchive("cid.npz")
    let sides = try golden.tensor("boxes").floats.map(Double.init)
    var scene = try SceneTargetTests.scene(SceneTargetTests.golden())
    let encoder = try TargetEncoder(CIDTarget(jitter: 0), for: SceneTargetTests.grid)
    for person in 0..<5 {
      scene.people[person].box = BoundingBox(
        x: 0, y: 0, width: sides[2 * person], height: sides[2 * person + 1])
    }
    let upright = encoder.encode(scene)
    #expect(try SceneTargetTests.worst(every(7, upright.values[0]), golden.tensor("boxed_heatmaps").floats) < 1e-5)
    for person in 0..<5 {
      scene.people[person].boxSides = SIMD2(sides[2 * person], sides[2 * person + 1])
      scene.people[person].box = BoundingBox(x: 0, y: 0, width: 500, height: 500)
    }
    #expect(encoder.encode(scene) == upright)
  }

  @Test("features are read near the center, at another place with each position, and few people are spread evenly")
  func places() throws {
    let grid = TargetGrid(joints: 2, input: 256, maps: 64, people: 3)
    func person(_ x: Double, _ y: Double, _ extent: Double) -> LabelledPerson {
      LabelledPerson(joints: [.init(x: x - extent, y: y - extent), .init(x: x + extent, y: y + extent)])
    }
    let encoder = try TargetEncoder(CIDTarget(), for: grid)
    var seen: Set<SIMD2<Int>> = []
    for step in 0..<200 {
      let target = encoder.encode(LabelledScene(people: [person(128.1 + 0.0137 * Double(step), 100.3, 20)]))
      let pixel = Int(target.values[2][0])
      let away = SIMD2(pixel % 64 - 32, pixel / 64 - 25)
      #expect(away.x.magnitude <= 1 && away.y.magnitude <= 1)
      seen.insert(away)
    }
    #expect(seen.count == 3)
    let many = (0..<6).map { person(20 + 40 * Double($0), 100, 5 + 2 * Double($0)) }
    let still = try TargetEncoder(CIDTarget(jitter: 0), for: grid).encode(LabelledScene(people: many))
    #expect([0, 3, 6].map { Int(still.values[2][$0]) % 64 } == [5, 25, 45])
  }
}
