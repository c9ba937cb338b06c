import PoseCore
import PoseMetrics
import Testing

@testable import PoseTracking

@Suite("Tracker")
struct TrackerTests {
  /// What a tracker made of a scene: for each person the numbers in order of appearance, and the share of seen poses with one.
  private func follow(_ scene: Scene, _ options: Tracker.Options = .init()) -> (numbers: [[Int]], share: Double) {
    var tracker = Tracker(options: options)
    var numbers = scene.walkers.map { _ in [Int]() }
    var (seen, followed) = (0, 0)
    for frame in scene.frames() {
      let tracked = tracker.update(frame.poses, at: frame.time)
      #expect(tracked.map(\.track) == tracked.map(\.track).sorted() && Set(tracked.map(\.track)).count == tracked.count)
      #expect(tracked.allSatisfy { $0.pose == frame.poses[$0.source] })
      for person in tracked where numbers[frame.truth[person.source]].last != person.track {
        numbers[frame.truth[person.source]].append(person.track)
      }
      (seen, followed) = (seen + frame.poses.count, followed + tracked.count)
    }
    return (numbers, Double(followed) / Double(seen))
  }

  @Test("people who cross keep their numbers", arguments: 0..<20 as Range<UInt64>)
  func crossing(_ seed: UInt64) {
    var random = SplitMix(state: seed &+ 1000)
    let walkers = [
      Walker(start: Point(x: 100, y: 300), velocity: Point(x: random.uniform(80...220), y: 0), phase: random.unit()),
      Walker(
        start: Point(x: 1100, y: 300 + random.uniform(-15...15)), velocity: Point(x: -random.uniform(80...220), y: 0),
        phase: random.unit()),
      Walker(
        start: Point(x: 600, y: 330), velocity: Point(x: random.uniform(-30...30), y: 0), height: 230,
        phase: random.unit()),
    ]
    let scene = Scene(walkers: walkers, seconds: 7, seed: seed)
    let (numbers, share) = follow(scene)
    #expect(numbers.allSatisfy { $0.count == 1 } && Set(numbers.joined()).count == 3, "\(numbers)")
    #expect(share > 0.95, "\(share)")
  }

  @Test("who is hidden for two seconds keeps the number", arguments: 0..<20 as Range<UInt64>)
  func occlusion(_ seed: UInt64) {
    var random = SplitMix(state: seed &+ 2000)
    // A pillar that nobody sees, or a person who stands in front.
    let speed = random.uniform(60...130)
    let walkers = [
      Walker(start: Point(x: 640, y: 300), velocity: Point(x: 0, y: 0), height: 240, phase: random.unit()),
      Walker(start: Point(x: 200, y: 310), velocity: Point(x: speed, y: random.uniform(-4...4)), phase: random.unit()),
    ]
    var scene = Scene(walkers: walkers, seconds: 8, seed: seed)
    scene.gaps.joint = 0.1
    let (numbers, _) = follow(scene)
    #expect(numbers.allSatisfy { $0.count == 1 }, "\(numbers)")
  }

  @Test("HOTA of crossing and hidden people is above .9", arguments: 0..<20 as Range<UInt64>)
  func hota(_ seed: UInt64) throws {
    var random = SplitMix(state: seed &+ 3000)
    let walkers = [
      Walker(start: Point(x: 640, y: 300), velocity: Point(x: 0, y: 0), height: 240, phase: random.unit()),
      Walker(start: Point(x: 200, y: 310), velocity: Point(x: random.uniform(80...130), y: 0), phase: random.unit()),
      Walker(start: Point(x: 1200, y: 320), velocity: Point(x: -random.uniform(90...180), y: 0), phase: random.unit()),
    ]
    var tracker = Tracker()
    let frames = Scene(walkers: walkers, seconds: 8, seed: seed).frames().map { frame in
      let tracked = tracker.update(frame.poses, at: frame.time)
      let truth = frame.truth.map { walkers[$0].pose(at: frame.time) }
      return TrackingFrame(
        people: frame.truth, tracks: tracked.map(\.track),
        similarities: truth.map { person in
          tracked.map {
            objectKeypointSimilarity(
              person.keypoints, $0.pose.keypoints, areas: (person.boundingBox.area, person.boundingBox.area),
              sigmas: Skeleton.coco17.sigmas)
          }
        })
    }
    let (hota, identity) = (try HOTA([frames]), try IdentityScores([frames]))
    #expect(hota.hota > 0.9 && identity.idf1 > 0.99, "\(hota.hota) \(identity.idf1)")
  }

  @Test("a gap of two seconds is bridged, and one of four is not", arguments: [2.0, 4], 0..<10 as Range<UInt64>)
  func gap(_ seconds: Double, _ seed: UInt64) {
    let walker = Walker(start: Point(x: 200, y: 300), velocity: Point(x: 90, y: 0))
    var frames = Scene(walkers: [walker], seconds: 10, seed: seed).frames()
    frames = frames.map { $0.time > 3 && $0.time < 3 + seconds ? Scene.Frame(time: $0.time, poses: [], truth: []) : $0 }
    var tracker = Tracker()
    let numbers = frames.reduce(into: [Int]()) { numbers, frame in
      numbers += tracker.update(frame.poses, at: frame.time).map(\.track)
    }
    #expect(Set(numbers) == (seconds < 3 ? [1] : [1, 2]))
  }

  @Test("any rate will do, also one that varies", arguments: [5.0, 12, 25, 60, 120])
  func rates(_ rate: Double) {
    let walkers = [
      Walker(start: Point(x: 100, y: 300), velocity: Point(x: 120, y: 0)),
      Walker(start: Point(x: 900, y: 320), velocity: Point(x: -100, y: 0), phase: 0.3),
    ]
    let (numbers, _) = follow(Scene(walkers: walkers, rate: rate, seconds: 6, seed: 1))
    #expect(numbers.allSatisfy { $0.count == 1 }, "\(numbers)")
    var frames = Scene(walkers: walkers, rate: 60, seconds: 6, seed: 2).frames()
    var random = SplitMix(state: 3)
    frames.removeAll { _ in random.unit() < 0.7 }
    var tracker = Tracker()
    #expect(Set(frames.flatMap { tracker.update($0.poses, at: $0.time).map(\.track) }) == [1, 2])
  }

  @Test("a number is never given again, and a passing shadow gets none")
  func numbers() {
    let walkers = (0..<4).map { index in
      Walker(
        start: Point(x: 300, y: 300), velocity: Point(x: 0, y: 0),
        presence: Double(6 * index)...Double(6 * index) + 1)
    }
    let (numbers, _) = follow(Scene(walkers: walkers, seconds: 24, seed: 4))
    #expect(numbers == [[1], [2], [3], [4]])
    var shadow = walkers[0]
    shadow.presence = 1...1.02
    let (none, _) = follow(Scene(walkers: [shadow], seconds: 3, gaps: (0, 0), seed: 4))
    #expect(none == [[]])
  }

  @Test("a second pose of a person, and one that is too unsure, are nobody's")
  func seconds() {
    let pose = Walker(start: Point(x: 300, y: 300), velocity: Point(x: 0, y: 0)).pose(at: 0)
    var (tracker, twin, unsure) = (Tracker(), pose.moved(x: 4, y: 2), pose.moved(x: 600, y: 0))
    (twin.score, unsure.score) = (0.7, 0.25)
    for index in 0..<20 {
      let tracked = tracker.update([twin, pose, unsure], at: Double(index) / 30)
      #expect(tracked.map(\.track) == [1])
    }
    // Somebody who is known may be unsure.
    unsure.score = 0.8
    for index in 20..<30 { _ = tracker.update([pose, unsure], at: Double(index) / 30) }
    unsure.score = 0.2
    #expect(tracker.update([pose, unsure], at: 1).map(\.track) == [1, 2])
  }

  @Test("who is not seen is expected further along the way")
  func expected() throws {
    let walker = Walker(start: Point(x: 200, y: 300), velocity: Point(x: 90, y: 30))
    var tracker = Tracker()
    let frames = Scene(walkers: [walker], seconds: 2, noise: 1, gaps: (0, 0), seed: 5).frames()
    for frame in frames { _ = tracker.update(frame.poses, at: frame.time) }
    let expected = try #require(tracker.expected(at: 2.5).first)
    let truth = walker.center(at: 2.5)
    let box = expected.pose.boundingBox
    #expect(
      abs(box.x + box.width / 2 - truth.x) < 20 && abs(box.y + box.height / 2 - truth.y) < 15 && expected.track == 1)
    #expect(tracker.update([], at: 3).isEmpty && tracker.expected(at: 3)[0].missing > 0.9)
    #expect(tracker.update([], at: 10).isEmpty && tracker.expected(at: 10).isEmpty)
  }

  @Test("times that repeat or run backwards do no harm")
  func times() {
    let walker = Walker(start: Point(x: 200, y: 300), velocity: Point(x: 90, y: 0))
    var tracker = Tracker()
    for time in [0, 0.1, 0.1, 0.05, 0.2, 0.2, 0.3, 0.15, 0.4] {
      #expect(tracker.update([walker.pose(at: time)], at: time).map(\.track) == [1])
    }
  }

  @Test("pairs are those of the least sum, and no pair is worse than the limit")
  func pairs() {
    func pairs(_ costs: [[Double]], limit: Double = 1) -> [[Int]] {
      leastCostPairs(Array(costs.indices), Array(costs[0].indices), limit: limit) { costs[$0][$1] }.map { [$0, $1] }
    }
    #expect(pairs([[0.1, 0.9], [0.2, 5]]) == [[0, 1], [1, 0]])
    #expect(pairs([[0.1, 0.95], [0.9, 5]], limit: 1) == [[0, 0]])
    #expect(pairs([[2, .infinity], [.infinity, 3]]).isEmpty)
    #expect(pairs([[0.5], [0.4], [0.6]]) == [[1, 0]])
    #expect(leastCostPairs([], [1], limit: 1) { _, _ in 0 }.isEmpty)
  }
}
