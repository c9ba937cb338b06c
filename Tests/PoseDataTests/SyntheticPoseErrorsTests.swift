import Foundation
import PoseCodecs
import PoseCore
import PoseData
import Testing

struct SyntheticPoseErrorsTests {
  private typealias Kind = SyntheticPoseErrors.Kind
  private static let errors = SyntheticPoseErrors(.coco17)
  private static let area = 40_000.0

  /// Joints so far apart that none is in another's way.
  private static func person(at y: Double, labelled: Int = 17) -> [LabelledKeypoint] {
    (0..<17).map { LabelledKeypoint(x: 1000 * Double($0), y: y, isLabelled: $0 < labelled) }
  }

  private static func poses(
    of person: [LabelledKeypoint], neighbours: [[LabelledKeypoint]] = [], count: Int, seed: UInt64 = 1
  ) -> [[SyntheticPoseErrors.Joint?]] {
    var stream = RandomStream(seed: seed)
    return (0..<count).map { _ in
      errors.pose(of: person, neighbours: neighbours, area: area, using: &stream)
    }
  }

  private static func similarity(_ a: Point, _ b: Point, _ joint: Int) -> Double {
    let (dx, dy, deviation) = (a.x - b.x, a.y - b.y, 2 * Skeleton.coco17.sigmas[joint])
    return exp(-(dx * dx + dy * dy) / (2 * area * deviation * deviation))
  }

  @Test("every error is as near to the right joints as its kind says")
  func similarities() {
    let (person, other) = (Self.person(at: 0), Self.person(at: 100_000))
    let pairs = Skeleton.coco17.flipPairs
    for pose in Self.poses(of: person, neighbours: [other], count: 2000) {
      for (index, joint) in pose.enumerated() {
        guard let joint else {
          Issue.record("joint \(index) is missing")
          continue
        }
        let pair = pairs.first { $0.first == index || $0.second == index }.map { $0.first + $0.second - index }
        func best(_ places: [LabelledKeypoint?]) -> Double {
          places.compactMap(\.self).map { Self.similarity(joint.position, $0.position, index) }.max() ?? 0
        }
        let own = best([person[index]])
        let inverted = best([pair.map { person[$0] }])
        let swapped = best([other[index], pair.map { other[$0] }])
        let slack = 1e-6
        switch joint.kind {
        case .good: #expect(own > 0.85 - slack)
        case .jitter: #expect((0.5 - slack...0.85 + slack).contains(own))
        case .inversion: #expect(inverted > 0.5 - slack && own < slack)
        case .swap: #expect(swapped > 0.5 - slack && own < slack && inverted < slack)
        case .miss: #expect((0.1 - slack...0.5 + slack).contains(max(own, inverted, swapped)))
        }
      }
    }
  }

  /// Joint, labelled joints, neighbours, then the published shares of jitter, inversion, swap and miss.
  @Test(
    "errors are as frequent as published",
    arguments: [
      (0, 17, 1, 0.10, 0, 0.01, 0.02), (3, 17, 1, 0.15, 0.01, 0.01, 0.02), (6, 17, 1, 0.15, 0.03, 0.06, 0.05),
      (9, 17, 3, 0.15, 0.03, 0.06, 0.10), (11, 17, 1, 0.20, 0.06, 0.03, 0.10), (15, 17, 1, 0.10, 0.06, 0.03, 0.05),
      (6, 15, 3, 0.15, 0.03, 0.15, 0.05), (6, 10, 1, 0.20, 0.03, 0.15, 0.13), (2, 5, 1, 0.20, 0.01, 0.02, 0.15),
      (6, 7, 0, 0.20, 0.03, 0, 0.13), (0, 5, 0, 0.15, 0, 0, 0.15),
    ] as [(Int, Int, Int, Double, Double, Double, Double)])
  func frequencies(
    _ joint: Int, _ labelled: Int, _ neighbours: Int, _ jitter: Double, _ inversion: Double, _ swap: Double,
    _ miss: Double
  ) {
    let others = (0..<neighbours).map { Self.person(at: 100_000 * Double($0 + 1)) }
    let count = 20_000
    var kinds: [Kind: Double] = [:]
    for pose in Self.poses(of: Self.person(at: 0, labelled: labelled), neighbours: others, count: count) {
      if let kind = pose[joint]?.kind { kinds[kind, default: 0] += 1 / Double(count) }
    }
    // An error that has no place leaves its share to the others.
    let isHead = joint < 5
    let lost =
      (inversion == 0 ? (isHead ? 0.01 : 0.03) : 0) + (swap == 0 ? (isHead ? 0.01 : joint > 10 ? 0.03 : 0.06) : 0)
    for (kind, share) in [(Kind.jitter, jitter), (.inversion, inversion), (.swap, swap), (.miss, miss)] {
      let expected = share / (1 - lost)
      let spread = (expected * (1 - expected) / Double(count)).squareRoot()
      #expect(abs(kinds[kind, default: 0] - expected) <= 5 * spread, "\(kind)")
    }
  }

  @Test("the same stream makes the same pose, another one another")
  func reproducible() {
    let person = Self.person(at: 0)
    #expect(Self.poses(of: person, count: 20) == Self.poses(of: person, count: 20))
    #expect(Self.poses(of: person, count: 1) != Self.poses(of: person, count: 1, seed: 2))
  }

  @Test("joints without a label come from an estimate, or are missing")
  func unlabelled() {
    var stream = RandomStream(seed: 3)
    let person = Self.person(at: 0, labelled: 4)
    #expect(Self.errors.pose(of: person, area: Self.area, using: &stream).count { $0 != nil } == 4)
    let estimated = Self.person(at: 500)
    let pose = Self.errors.pose(of: person, estimated: estimated, area: Self.area, using: &stream)
    #expect(pose.allSatisfy { $0 != nil } && pose.dropFirst(4).allSatisfy { ($0?.position.y ?? 0) > 250 })
    #expect(Self.errors.pose(of: [], area: Self.area, using: &stream) == Array(repeating: nil, count: 17))
  }

  @Test("people in one place, without an area or nowhere trap nothing", arguments: [0, 1, -1, .nan, .infinity, 1e300])
  func degenerate(_ area: Double) {
    var stream = RandomStream(seed: 4)
    for place in [0, 1e300, .nan, .infinity] {
      let person = (0..<17).map { _ in LabelledKeypoint(x: place, y: 2) }
      let pose = Self.errors.pose(of: person, neighbours: [person, []], area: area, using: &stream)
      #expect(pose.count == 17)
    }
  }

  @Test("every skeleton's joints have errors", arguments: Skeleton.all.map(\.name))
  func skeletons(_ name: String) throws {
    let skeleton = try #require(Skeleton(named: name))
    var stream = RandomStream(seed: 5)
    let person = skeleton.joints.indices.map { LabelledKeypoint(x: 1000 * Double($0), y: 0) }
    let kinds = (0..<400).flatMap { _ in
      SyntheticPoseErrors(skeleton).pose(of: person, area: Self.area, using: &stream).compactMap { $0?.kind }
    }
    let hasSides = !skeleton.flipPairs.isEmpty
    #expect(Set(kinds) == (hasSides ? [.good, .jitter, .inversion, .miss] : [.good, .jitter, .miss]))
  }
}
