import Foundation
import PoseCore
import PoseFormats
import TestSupport
import Testing

@testable import PoseMetrics

@Suite("PoseTrack's tracking accuracy")
struct PoseTrackMOTATests {
  /// MOTA, MOTP, precision and recall by joint; nil for those that are none.
  private typealias Numbers = [String: [Double?]]

  @Test("the numbers of each joint are poseval's", arguments: 0..<6)
  func poseval(_ index: Int) throws {
    let lines = try Self.goldens()
    #expect(lines.count == 19)
    let frames = try PoseTrackFrame.frames(
      COCOAnnotations(json: lines[3 * index]), COCOResults(json: lines[3 * index + 1]))
    #expect(frames.areTracked)
    try expect(
      PoseTrackMOTA(frames), JSONDecoder().decode(Numbers.self, from: Data(lines[3 * index + 2])))
  }

  @Test("the numbers are poseval's for people of PoseTrack, too, with results made up by a rule", .needsSharedData)
  func sample() throws {
    let annotations = try COCOAnnotations(
      contentsOf: SharedData.url("data/samples/posetrack18/annotations/test_posetrack18_val.json").path)
    var frames: [PoseTrackFrame] = []
    for frame in try PoseTrackFrame.frames(annotations, COCOResults()) {
      for number in 0..<5 {
        var repeated = frame
        for (index, person) in frame.people.enumerated() where (index + number) % 4 != 3 {
          let far = index % 5 == 4 ? 300.0 : 0
          repeated.results.append(
            (0..<17).flatMap { joint in
              let (x, y) = (person.keypoints[3 * joint], person.keypoints[3 * joint + 1])
              let step = Double((7 * index + 5 * number + 3 * joint) % 11 - 5)
              return person.keypoints[3 * joint + 2] == 0 ? [0, 0, 0] : [x + 2 * step + far, y - step, 1]
            })
          repeated.tracks.append(20 + (number < 2 ? index : index ^ 1))
        }
        frames.append(repeated)
      }
    }
    try expect(PoseTrackMOTA(frames), JSONDecoder().decode(Numbers.self, from: Data(Self.goldens()[18])))
  }

  /// Three lines a case, annotations, results and numbers, and last the numbers of the sample, by
  /// `Scripts/make-tracking-goldens`.
  private static func goldens() throws -> [[UInt8]] {
    try GoldenFile.ownData("posetrack.txt").split(separator: UInt8(ascii: "\n")).map { Array($0) }
  }

  private func expect(_ found: PoseTrackMOTA, _ expected: Numbers) throws {
    #expect(expected.count == 16 && found.joints.count == 15)
    for (name, numbers) in expected {
      // poseval calls the lower end of the head the neck.
      let joint = Joint(rawValue: name == "neck" ? "head_bottom" : name)
      let scores = try name == "total" ? found.total : #require(found.joints[joint])
      for (value, wanted) in zip([scores.mota, scores.motp, scores.precision, scores.recall], numbers) {
        let isRight = wanted.map { abs(value - $0) < 1e-9 } ?? value.isNaN
        #expect(isRight, "\(name) \(value) \(String(describing: wanted))")
      }
    }
  }

  @Test("the truth itself scores 100, and the last frame does not count")
  func truth() throws {
    let frames = (0..<5).map { frame([(3, 0)], $0 == 4 ? [] : [(8, 0)]) }
    let values = try PoseTrackMOTA(frames).values
    #expect(values.map(\.name).suffix(5) == ["MOTA Ankle", "MOTA Total", "MOTP", "Precision", "Recall"])
    #expect(values.count == 11 && values.allSatisfy { $0.value == 100 })
  }

  @Test("a change of tracks costs a match once, and a gap does not hide it")
  func switches() throws {
    let kept = try PoseTrackMOTA([8, 8, 8, 8, 8].map { frame([(3, 0)], [($0, 0)]) })
    let changed = try PoseTrackMOTA([8, 8, 9, 9, 9].map { frame([(3, 0)], [($0, 0)]) })
    #expect(kept.total.mota == 100 && changed.total.mota == 75 && changed.total.recall == 100)
    // Nobody is matched in the frame between: one missed and one wrong.
    let gone = try PoseTrackMOTA(
      [frame([(3, 0)], [(8, 0)]), frame([(3, 0)], []), frame([(3, 0)], [(9, 0)]), frame([(3, 0)], [(9, 0)])])
    #expect(abs(gone.total.mota) < 1e-9 && abs(gone.total.recall - 200 / 3.0) < 1e-9)
  }

  @Test("who was together stays together, though another is nearer")
  func order() throws {
    let stays = try PoseTrackMOTA([
      frame([(3, 0)], [(8, 2)]), frame([(3, 0)], [(8, 4), (9, 0)]), frame([(3, 0)], [(8, 0)]),
    ])
    // The nearer one is wrong, and there is no switch.
    #expect(stays.total.mota == 50 && stays.total.recall == 100)
  }

  @Test("videos do not share their numbers, and one of a single frame counts for nothing")
  func videos() throws {
    func video(_ name: String, _ track: Int, _ count: Int) -> [PoseTrackFrame] {
      (0..<count).map { _ in
        var frame = frame([(3, 0)], [(track, 0)])
        frame.video = name
        return frame
      }
    }
    #expect(try PoseTrackMOTA(video("a", 8, 3) + video("b", 9, 3)).total.mota == 100)
    let single = try PoseTrackMOTA(video("a", 8, 1))
    #expect(single.total.mota.isNaN && single.total.motp == 0 && single.joints.count == 15)
    #expect(try PoseTrackMOTA([]).total.recall.isNaN)
  }

  @Test("a frame without results counts as one missed and one wrong, however many people there are")
  func empty() throws {
    let people = (0..<4).map { ($0, Double($0) * 500) }
    let missed = try PoseTrackMOTA([frame(people, []), frame(people, [])])
    #expect(missed.total.mota == -100 && missed.total.recall == 0 && missed.total.precision == 0)
  }

  @Test("everybody needs a track, and results of their own")
  func refusals() {
    var nameless = frame([(3, 0)], [(8, 0)])
    nameless.people[0].track = nil
    var untracked = frame([(3, 0)], [(8, 0)])
    untracked.tracks = []
    for wrong in [nameless, untracked, frame([(3, 0)], [(8, 0), (8, 90)])] {
      #expect(throws: MetricError.self) { try PoseTrackMOTA([wrong]) }
    }
    #expect(![nameless].areTracked && ![untracked].areTracked && [frame([(3, 0)], [])].areTracked)
  }

  /// People and results by their numbers and how far they are to the right; a head's size is 30 pixels.
  private func frame(_ people: [(Int, Double)], _ results: [(Int, Double)]) -> PoseTrackFrame {
    func keypoints(_ right: Double) -> [Double] { (0..<17).flatMap { [right + 10, Double($0) * 10 + 5, 1] } }
    return PoseTrackFrame(
      people: people.map { track, right in
        PoseTrackFrame.Person(
          keypoints: keypoints(right), headBox: BoundingBox(x: right, y: 0, width: 30, height: 40), track: track)
      }, results: results.map { keypoints($0.1) }, tracks: results.map(\.0))
  }
}
