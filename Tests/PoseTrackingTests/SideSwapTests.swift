import PoseCore
import Testing

@testable import PoseTracking

@Suite("Side swaps")
struct SideSwapTests {
  /// Somebody who turns a little, so that both sides are apart, with the sides of some frames exchanged.
  private func found(_ swapped: [SideSwaps.Part: ClosedRange<Int>], frames: Int = 60, seed: UInt64) -> [[SideSwaps
    .Part]]
  {
    var (swaps, random) = (SideSwaps(), SplitMix(state: seed))
    let walker = Walker(start: Point(x: 300, y: 300), velocity: Point(x: 40, y: 0))
    return (0..<frames).map { index in
      let time = Double(index) / 30
      var pose = walker.pose(at: time)
      for joint in pose.keypoints.indices {
        // Seen from half in front.
        pose.keypoints[joint].position.x += 2 * random.normal()
        pose.keypoints[joint].position.y += 2 * random.normal()
      }
      pose = pose.exchangingSides(of: swapped.filter { $0.value.contains(index) }.map(\.key))
      return swaps.find(in: TrackedPose(track: 1, pose: pose, source: 0), at: time)
    }
  }

  @Test("exchanged arms and legs are found in just the frames where they are", arguments: 0..<10 as Range<UInt64>)
  func swapped(_ seed: UInt64) {
    let found = found([.legs: 20...23, .arms: 40...44], seed: seed)
    #expect(found.indices.filter { found[$0].contains(.legs) } == Array(20...23))
    #expect(found.indices.filter { found[$0].contains(.arms) } == Array(40...44))
  }

  @Test("nothing is found where nothing is wrong", arguments: 0..<20 as Range<UInt64>)
  func right(_ seed: UInt64) { #expect(found([:], frames: 200, seed: seed).allSatisfy { $0.isEmpty }) }

  @Test("after half a second the new sides are believed")
  func believed() {
    let found = found([.legs: 20...200], frames: 60, seed: 1)
    #expect(
      found[20].contains(.legs) && found[34].contains(.legs) && !found[40].contains(.legs) && !found[59].contains(.legs)
    )
  }

  @Test("what is repaired is as it was")
  func repaired() {
    let pose = Walker(start: Point(x: 0, y: 0), velocity: Point(x: 0, y: 0)).pose(at: 0.1)
    #expect(pose.exchangingSides(of: [.arms, .legs]).exchangingSides(of: [.legs, .arms]) == pose)
    #expect(pose.exchangingSides(of: [.arms])[.leftWrist] == pose[.rightWrist])
    #expect(pose.exchangingSides(of: [.arms])[.leftAnkle] == pose[.leftAnkle])
  }
}
