import Foundation
import TestSupport
import Testing

@testable import PoseMetrics

@Suite("Scores of tracking")
struct TrackingScoreTests {
  /// Random videos with TrackEval's numbers, by `Scripts/make-tracking-goldens`.
  private struct Case: Decodable {
    struct Frame: Decodable {
      var people: [Int]
      var tracks: [Int]
      var similarities: [[Double]]
    }

    var videos: [[Frame]]
    var expected: [String: Double]
  }

  @Test("HOTA and the identity scores are TrackEval's", arguments: 0..<6)
  func trackEval(_ index: Int) throws {
    let cases = try JSONDecoder().decode([Case].self, from: GoldenFile.ownData("tracking.json"))
    let (videos, expected) = (cases[index].videos, cases[index].expected)
    let frames = videos.map { video in
      video.map { TrackingFrame(people: $0.people, tracks: $0.tracks, similarities: $0.similarities) }
    }
    let values = try HOTA(frames).values + IdentityScores(frames).values
    #expect(values.count == expected.count)
    for value in values {
      let wanted = try #require(expected[value.name])
      #expect(abs(value.value - wanted) < 1e-9, "\(value.name) \(value.value) \(wanted)")
    }
  }

  @Test("who keeps the number scores 1, and who changes it in the middle half of the association")
  func switches() throws {
    func video(_ change: Int) -> [TrackingFrame] {
      (0..<40).map { TrackingFrame(people: [1], tracks: [$0 < change ? 5 : 6], similarities: [[1]]) }
    }
    let (kept, changed) = (try HOTA([video(40)]), try HOTA([video(20)]))
    #expect(kept.values.allSatisfy { $0.value == 1 })
    #expect(changed.detA == 1 && abs(changed.assA - 0.5) < 1e-12 && abs(changed.hota - 0.5.squareRoot()) < 1e-12)
    #expect(try IdentityScores([video(20)]).idf1 == 0.5 && IdentityScores([video(40)]).idf1 == 1)
    // Two videos do not share their numbers.
    #expect(try HOTA([video(40), video(0)]).assA == 1)
    #expect(try HOTA([]).hota == 0 && IdentityScores([[]]).idf1 == 0)
  }

  @Test("numbers that are there twice and similarities that are none are refused")
  func refused() {
    for frame in [
      TrackingFrame(people: [1, 1], tracks: [2], similarities: [[0], [0]]),
      TrackingFrame(people: [1], tracks: [2, 2], similarities: [[0, 0]]),
      TrackingFrame(people: [1], tracks: [2], similarities: []),
      TrackingFrame(people: [1], tracks: [2], similarities: [[.nan]]),
      TrackingFrame(people: [1], tracks: [2], similarities: [[1.5]]),
    ] {
      #expect(throws: MetricError.self) { try HOTA([[frame]]) }
      #expect(throws: MetricError.self) { try IdentityScores([[frame]]) }
    }
  }
}
