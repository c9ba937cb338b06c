import PoseCore
import PoseFormats
import PoseImage
import TestSupport
import Testing

@testable import PoseCodecs

/// Associative embedding, beside MMPose's `HeatmapParser`.
struct GroupingTests {
  static let variants = ["default", "noflip", "noval", "toomuch", "perjoint", "udp"]

  /// The goldens' maps, without what is low in the small ones.
  private static func maps(_ variant: String) throws -> (heatmaps: Heatmaps, tags: [Heatmaps]) {
    let golden = try GoldenFile.archive("golden/decode/ae.npz")
    let (heatmaps, tags) = (try golden.tensor("heatmaps"), try golden.tensor("tags").floats)
    let (joints, height, width) = (heatmaps.shape[1], heatmaps.shape[2], heatmaps.shape[3])
    func maps(_ values: [Float]) throws -> Heatmaps {
      try Heatmaps(joints: joints, height: height, width: width, values: values)
    }
    let both = try (0..<2).map { axis in
      try maps(stride(from: axis, to: tags.count, by: 2).map { tags[$0] })
    }
    return (try maps(heatmaps.floats), variant == "noflip" ? [both[0]] : both)
  }

  @Test(
    "people, their joints and scores equal the published code's", arguments: variants,
    [(false, false), (true, false), (true, true)])
  func published(_ variant: String, _ steps: (adjusts: Bool, refines: Bool)) throws {
    let golden = try GoldenFile.archive("golden/decode/ae.npz")
    let (heatmaps, tags) = try Self.maps(variant)
    var grouping = TagGrouping()
    grouping.order = AssociativeEmbeddingDecoder.order(of: 17)
    if variant == "noval" { grouping.usesHeights = false }
    if variant == "toomuch" { (grouping.limit, grouping.limitsPeople) = (3, true) }
    grouping.isUnbiased = variant == "udp"
    let people = grouping.people(in: heatmaps, tags, adjusts: steps.adjusts, refines: steps.refines)
    let key = "\(variant).adj\(steps.adjusts ? 1 : 0).ref\(steps.refines ? 1 : 0)"
    let (results, scores) = (try golden.tensor("\(key).results"), try golden.tensor("\(key).scores").floats)
    try #require(people.count == results.shape[0], "\(key)")
    let count = results.shape[2]
    for (index, person) in people.enumerated() {
      if variant == "perjoint" {
        // The published code's score of a joint is its height, also where it was looked for.
        #expect(zip(person.joints, scores[(17 * index)...]).allSatisfy { $0.height == $1 }, "\(key)")
      } else {
        #expect(abs(person.score - scores[index]) < 1e-6, "\(key)")
      }
      for (joint, found) in person.joints.enumerated() {
        let start = (index * 17 + joint) * count
        let expected = Array(results.floats[start..<start + count])
        // On a CPU the published code blurs the heatmaps where they are, and looks for missing joints in what it leaves.
        if variant == "udp", steps.refines, expected[2] == 0 { continue }
        let isNear =
          variant == "udp"
          ? abs(found.x - expected[0]) < 1e-3 && abs(found.y - expected[1]) < 1e-3
          : found.x == expected[0] && found.y == expected[1]
        #expect(isNear && found.height == expected[2], "\(key) \(index) \(joint)")
        // Of joints that were looked for the published code keeps no tag.
        if expected[3] != 0 { #expect(found.tag == Array(expected[3...]), "\(key) \(index) \(joint)") }
      }
    }
  }

  @Test("maps are resized as PyTorch's bilinear interpolation does it", arguments: [false, true])
  func resizes(_ alignsCorners: Bool) throws {
    let golden = try GoldenFile.archive("golden/decode/ae.npz")
    func maps(_ key: String) throws -> Heatmaps {
      let tensor = try golden.tensor(key)
      return try Heatmaps(
        joints: tensor.shape[1], height: tensor.shape[2], width: tensor.shape[3], values: tensor.floats)
    }
    let resized = try ["agg.a", "agg.b"].map {
      try maps($0).resized(height: 64, width: 48, alignsCorners: alignsCorners)
    }
    let mean = resized[0].averaged(with: resized[1])
    let expected = try maps(alignsCorners ? "agg.avg.ac1" : "agg.avg.ac0")
    #expect(zip(mean.values, expected.values).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test("an assignment costs no more than any other, and gives no column twice", arguments: 1...6)
  func assignment(_ rows: Int) {
    for seed in 0..<40 {
      var random = RandomNumbers(seed: UInt64(seed * 10 + rows))
      let columns = rows + seed % 3
      let costs = (0..<rows).map { _ in (0..<columns).map { _ in Double(Int.random(in: -9...9, using: &random)) } }
      let found = leastCostAssignment(costs)
      #expect(Set(found).count == rows && found.allSatisfy((0..<columns).contains))
      func least(_ row: Int, _ taken: Set<Int>) -> Double {
        if row == rows { return 0 }
        return (0..<columns).filter { !taken.contains($0) }
          .map { costs[row][$0] + least(row + 1, taken.union([$0])) }.min() ?? .infinity
      }
      #expect(found.enumerated().reduce(0) { $0 + costs[$1.offset][$1.element] } == least(0, []))
    }
    #expect(leastCostAssignment([]).isEmpty)
  }

  @Test(
    "of assignments that cost the same SciPy's is found",
    arguments: [
      ([[1, 1, 2, 1], [1, 1, 1, 2], [0, 1, 1, 2]], [3, 1, 0]), ([[2, 2, 0], [0, 0, 0], [1, 1, 1]], [2, 0, 1]),
      ([[2, 2, 0, 1, 0, 0], [1, 1, 2, 0, 2, 2], [1, 1, 2, 1, 0, 2], [0, 2, 0, 2, 0, 1]], [2, 3, 4, 0]),
      ([[0, 2, 1, 1, 1, 0], [2, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 2], [0, 1, 2, 0, 0, 1]], [0, 1, 2, 3]),
    ] as [([[Double]], [Int])])
  func equalAssignments(_ costs: [[Double]], _ columns: [Int]) {
    #expect(leastCostAssignment(costs) == columns)
  }

  private struct RandomNumbers: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
  }
}
