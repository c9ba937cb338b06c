import PoseCore
import Testing

@testable import PoseTracking

@Suite("Whole videos")
struct TrackHistoryTests {
  @Test("everybody's joints are smoothed, jumps removed and gaps filled, in the frames in which people were")
  func smoothed() throws {
    let walkers = [
      Walker(start: Point(x: 200, y: 300), velocity: Point(x: 60, y: 0)),
      Walker(start: Point(x: 900, y: 300), velocity: Point(x: -50, y: 0), phase: 0.4, presence: 1...3),
    ]
    var (tracker, history, truth) = (Tracker(), TrackHistory(), [[Int]]())
    let frames = Scene(walkers: walkers, seconds: 5, seed: 3).frames()
    for frame in frames {
      let people = tracker.update(frame.poses, at: frame.time)
      history.append(people, at: frame.time)
      truth.append(people.map { frame.truth[$0.source] })
    }
    let (smooth, changes) = try history.smoothed(by: OfflineSmoother())
    #expect(smooth.map { $0.map(\.track) } == history.frames.map { $0.map(\.track) } && changes.filled > 100)
    func error(_ people: [[TrackedPose]]) -> Double {
      var (sum, count) = (0.0, 0)
      for (index, frame) in frames.enumerated() {
        for (person, number) in zip(people[index], truth[index]) {
          let known = walkers[number].pose(at: frame.time)
          for (found, keypoint) in zip(person.pose.keypoints, known.keypoints) where found.score >= 0.2 {
            sum += found.position.distance(to: keypoint.position)
            count += 1
          }
        }
      }
      return sum / Double(count)
    }
    #expect(error(smooth) < 0.75 * error(history.frames), "\(error(smooth)) \(error(history.frames))")
    // A joint that was not seen and is filled counts as seen.
    let seen = { (people: [[TrackedPose]]) in people.joined().flatMap(\.pose.keypoints).count { $0.score >= 0.2 } }
    #expect(seen(smooth) > seen(history.frames))
    // Who is seen in every tenth frame alone keeps nobody from being smoothed.
    var rare = TrackHistory()
    for (index, frame) in frames.enumerated() {
      let pose = walkers[0].pose(at: frame.time)
      let seen = index % 10 == 0 ? [1, 2] : [1]
      rare.append(seen.map { TrackedPose(track: $0, pose: pose, source: 0) }, at: frame.time)
    }
    #expect(try rare.smoothed(by: OfflineSmoother()).frames.map(\.count) == rare.frames.map(\.count))
    #expect(try TrackHistory().smoothed(by: OfflineSmoother()).frames.isEmpty)
  }
}
