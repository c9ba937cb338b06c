import PoseCore
import PoseMetrics
import Testing

/// What must hold of PoseTrack's precision for any frames.
@Suite struct PoseTrackPropertyTests {
  @Test("the truth itself scores 100, nothing 0")
  func truth() throws {
    let person = Self.person(at: 0)
    let keypoints = person.keypoints
    let right = try PoseTrackAP([PoseTrackFrame(people: [person], results: [keypoints])])
    #expect(right.values.allSatisfy { abs($0.value - 100) < 1e-9 })
    #expect(try PoseTrackAP([PoseTrackFrame(people: [person], results: [])]).total == 0)
    #expect(try PoseTrackAP([]).total == 0)
  }

  @Test("each person has one result: of two the one with more joints in place")
  func competition() throws {
    let person = Self.person(at: 0)
    var half = person.keypoints
    for joint in 5..<17 { half[3 * joint] += 500 }
    let whole = try PoseTrackAP([PoseTrackFrame(people: [person], results: [half, person.keypoints])])
    // The other's joints are wrong, even those in place, and score the same: half of precision at worst.
    #expect(whole.values.allSatisfy { $0.value >= 50 - 1e-9 })
  }

  @Test("nothing counts in ignored regions, and edges are not inside")
  func regions() throws {
    let (person, other) = (Self.person(at: 0), Self.person(at: 1000))
    let square = [(900, -100), (2000, -100), (2000, 300), (900, 300)].map { Point(x: Double($0.0), y: Double($0.1)) }
    let frame = PoseTrackFrame(
      people: [person, other], results: [person.keypoints, other.keypoints.map { $0 + 60 }], ignoredRegions: [square])
    #expect(try PoseTrackAP([frame]).values.allSatisfy { abs($0.value - 100) < 1e-9 })
    var touching = frame
    touching.ignoredRegions = [
      [Point(x: 0, y: -10), Point(x: 0, y: 500), Point(x: -50, y: 200)], [Point(x: 1, y: 1)], [],
    ]
    #expect(try PoseTrackAP([touching]).total < 100)
  }

  @Test("frames without people do not count")
  func empty() throws {
    let person = Self.person(at: 0)
    let frames = [
      PoseTrackFrame(people: [person], results: [person.keypoints]),
      PoseTrackFrame(people: [], results: [person.keypoints]),
    ]
    #expect(abs(try PoseTrackAP(frames).total - 100) < 1e-9)
  }

  @Test("poses of other joints are refused by name")
  func refusals() throws {
    var person = Self.person(at: 0)
    #expect(throws: MetricError.self) { try PoseTrackAP([PoseTrackFrame(people: [person], results: [[1, 2, 3]])]) }
    person.keypoints[4] = .infinity
    #expect(throws: MetricError.self) { try PoseTrackAP([PoseTrackFrame(people: [person], results: [])]) }
  }

  /// Joints on the left edge and to the right of it.
  private static func person(at x: Double) -> PoseTrackFrame.Person {
    PoseTrackFrame.Person(
      keypoints: (0..<17).flatMap { [x + Double($0 % 3) * 20, Double($0) * 10, 1] },
      headBox: BoundingBox(x: x, y: 0, width: 30, height: 40))
  }
}
