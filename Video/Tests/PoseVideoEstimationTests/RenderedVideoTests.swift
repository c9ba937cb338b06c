import Foundation
import PoseCore
import PoseEstimation
import PoseImage
import PoseMetrics
import PoseTracking
import PoseVideoEstimation
import RenderedPeople
import Testing

/// The models that come with the library, with drawn people whose joints are known.
@Suite("Rendered people", .serialized)
struct RenderedVideoTests {
  /// `POSE_LONG=1` takes twenty of each kind of video, not a few.
  private static func seeds(_ few: UInt64) -> Range<UInt64> {
    0..<(ProcessInfo.processInfo.environment["POSE_LONG"] == nil ? few : 20)
  }

  private func follow(_ video: RenderedVideo, _ options: PeopleFollower.Options = .init()) throws -> RenderedScore {
    var follower = PeopleFollower(try PoseEstimator(), options: options)
    var score = RenderedScore(people: video.frame(0).people.count)
    for index in 0..<video.count {
      let frame = video.frame(index)
      let image = try Image(width: video.width, height: video.height, pixels: frame.pixels)
      score.add(frame.people, try follower.people(in: image, at: frame.time))
    }
    return score
  }

  /// Writes a score's numbers where all seeds are taken.
  private func report(_ name: String, _ seed: UInt64, _ score: RenderedScore) throws {
    guard ProcessInfo.processInfo.environment["POSE_LONG"] != nil else { return }
    let (found, ideal) = (try HOTA([score.frames]), try HOTA([score.idealFrames]))
    let values = (found.values + [MetricValue("ideal", ideal.hota)]).map {
      "\($0.name) \(($0.value * 1000).rounded() / 1000)"
    }
    print(
      name, seed, values.joined(separator: " "), "numbers", score.numbers, "hidden", score.longestHidden, "exchanged",
      score.exchanged, "of", score.count)
  }

  @Test("people who cross, or are hidden for up to two seconds, keep their numbers", arguments: seeds(3))
  func crossing(_ seed: UInt64) throws {
    let score = try follow(.crossing(seed))
    try report("crossing", seed, score)
    #expect(score.longestHidden.max() ?? 0 >= 3 && score.longestHidden.max() ?? 0 <= 20, "\(score.longestHidden)")
    let (found, ideal) = (try HOTA([score.frames]), try HOTA([score.idealFrames]))
    // Poses bound the score: those of faces of 20 pixels, and of people who are half hidden, are not exact.
    #expect(found.locA > 0.9 && ideal.hota > 0.84, "\(found.locA) \(ideal.hota)")
    withKnownIssue("two who are hidden in the same place at once are taken for each other", isIntermittent: true) {
      #expect(score.numbers.allSatisfy { $0.count == 1 }, "\(score.numbers)")
      #expect(found.hota > ideal.hota - 0.02, "\(found.hota) of \(ideal.hota)")
    } when: {
      Self.exchanged.contains(seed)
    }
  }

  /// Videos in which somebody gets another's number or a new one.
  private static let exchanged: Set<UInt64> = [10, 18]

  @Test("who turns around keeps the number, and left stays left", arguments: seeds(1))
  func turning(_ seed: UInt64) throws {
    var options = PeopleFollower.Options()
    options.fixesSwaps = true
    let score = try follow(.turning(seed), options)
    try report("turning", seed, score)
    #expect(score.numbers.map(\.count) == [1], "\(score.numbers)")
    #expect(score.count > 55 && score.exchanged <= 3, "\(score.exchanged) of \(score.count)")
    let hota = try HOTA([score.frames]).hota
    #expect(hota > 0.88, "\(hota)")
  }

  @Test("ten people at once have ten numbers", arguments: seeds(1))
  func ten(_ seed: UInt64) throws {
    let score = try follow(.ten(seed))
    try report("ten", seed, score)
    #expect(score.numbers.allSatisfy { $0.count == 1 } && Set(score.numbers.joined()).count == 10, "\(score.numbers)")
    let hota = try HOTA([score.frames]).hota
    #expect(hota > 0.9, "\(hota)")
  }

  @Test("who leaves the picture and comes back is followed again", arguments: seeds(1))
  func leaving(_ seed: UInt64) throws {
    let score = try follow(.leaving(seed))
    try report("leaving", seed, score)
    // Who turns around where nobody sees it may get another number.
    #expect((1...2).contains(score.numbers[0].count), "\(score.numbers)")
    let found = try HOTA([score.frames])
    #expect(found.detA > 0.8, "\(found.detA)")
  }
}
