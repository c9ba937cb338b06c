import Foundation
import PoseEstimation
import PoseTracking
import PoseVideo
import Testing

@testable import PoseVideoEstimation

@Suite("People in videos")
struct TrackedVideoTests {
  @Test(
    "people keep their numbers while the camera moves, with few looks of the detector or one for each frame",
    arguments: [PeopleFollower.Detection.automatic, .frames(1), .frames(7)])
  func numbers(_ detection: PeopleFollower.Detection) async throws {
    let video = try MovingPicture()
    var options = PeopleFollower.Options()
    options.detection = detection
    var (tracks, frames): ([[Int]], [Int]) = ([], [])
    var wrists: [Double] = []
    for try await frame in try PoseEstimator().poses(inVideo: video.path, options: options) {
      frames.append(frame.frame.index)
      tracks.append(frame.people.map(\.track))
      wrists.append(frame.people.first?.pose.keypoints[0].position.x ?? 0)
    }
    #expect(frames == Array(0..<MovingPicture.frames))
    let first = try #require(tracks.first)
    #expect(first.count > 2 && first == Array(1...first.count))
    // The fifth person, whom the detector is less sure of, may come later.
    #expect(tracks.allSatisfy { Set(first).isSubset(of: $0) && Set($0).isSubset(of: 1...5) }, "\(tracks)")
    let way = (wrists.last ?? 0) - (wrists.first ?? 0)
    #expect(abs(way + Double((MovingPicture.frames - 1) * MovingPicture.speed)) < 6, "\(way)")
  }

  @Test("the detector looks four times a second, and the largest people are chosen")
  func looks() throws {
    let video = try MovingPicture()
    var options = PeopleFollower.Options()
    options.mostPeople = 1
    options.smoother = LiveSmoother()
    var follower = PeopleFollower(try PoseEstimator(), options: options)
    let reader = try VideoReader(video.path)
    var chosen: Set<Int> = []
    while let frame = try reader.next() {
      let people = try follower.people(in: frame.image, at: frame.time)
      #expect(people.count <= 1)
      chosen.formUnion(people.map(\.track))
    }
    // The same one, however sizes change from frame to frame.
    #expect(chosen.count == 1)
    // Two seconds at ten frames a second: the first, and each third of them.
    #expect((5...9).contains(follower.looks), "\(follower.looks)")
  }

  @Test("a video that is none is an error of the sequence")
  func missing() async throws {
    await #expect(throws: VideoError.self) {
      for try await _ in try PoseEstimator().poses(inVideo: "/nowhere.mp4") {}
    }
  }
}
