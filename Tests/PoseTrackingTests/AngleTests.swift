import Foundation
import PoseCore
import Testing

@testable import PoseTracking

@Suite("Angles and repetitions")
struct AngleTests {
  /// Somebody who faces the camera with arms and legs straight down, some joints moved.
  private func standing(_ moved: [Joint: Point] = [:]) -> Pose {
    var places: [Joint: Point] = [:]
    for (side, x) in [("left", 20.0), ("right", -20)] {
      for (name, y) in [("shoulder", 0.0), ("elbow", 30), ("wrist", 60), ("hip", 60), ("knee", 100), ("ankle", 140)] {
        places[Joint(rawValue: "\(side)_\(name)")] = Point(x: x, y: y)
      }
    }
    places.merge(moved) { $1 }
    return Pose(
      keypoints: Skeleton.coco17.joints.map { Keypoint(position: places[$0] ?? Point(x: 0, y: -20), score: 0.9) })
  }

  @Test("who stands straight has no angles")
  func straight() {
    for angle in JointAngle.all {
      let value = angle(standing())
      #expect(value.map { abs($0) < 1e-9 } == true, "\(angle.name) \(value ?? .nan)")
    }
    #expect(JointAngle.all.count == 17 && Set(JointAngle.all.map(\.name)).count == 17)
  }

  @Test(
    "a limb that bends has the angle by which it bends, to whichever side",
    arguments: [
      ("knee_left", Joint.leftAnkle, Point(x: 60, y: 100), 90.0), ("knee_left", .leftAnkle, Point(x: -20, y: 100), 90),
      ("elbow_right", .rightWrist, Point(x: -20, y: 0), 180), ("hip_right", .rightKnee, Point(x: 20, y: 60), 90),
      ("shoulder_left", .leftElbow, Point(x: 50, y: 0), 90), ("shoulder_left", .leftElbow, Point(x: 20, y: -30), 180),
      ("thigh_left", .leftKnee, Point(x: 60, y: 60), 90), ("thigh_left", .leftKnee, Point(x: -20, y: 60), -90),
      ("forearm_right", .rightWrist, Point(x: -20, y: 0), 180), ("shank_left", .leftAnkle, Point(x: 60, y: 140), 45),
    ])
  func bent(_ name: String, _ joint: Joint, _ place: Point, _ expected: Double) throws {
    let value = try #require(JointAngle.named(name)?(standing([joint: place])))
    #expect(abs(value - expected) < 1e-9, "\(value)")
  }

  @Test("a trunk that leans to the picture's right leans by more than 0")
  func trunk() throws {
    let pose = standing([.leftShoulder: Point(x: 80, y: 0), .rightShoulder: Point(x: 40, y: 0)])
    let value = try #require(JointAngle.named("trunk")?(pose))
    #expect(abs(value - 45) < 1e-9)
  }

  @Test("there is no angle where a joint is not seen, or on the next one")
  func missing() {
    var pose = standing()
    pose.keypoints[13].score = 0.1
    #expect(JointAngle.named("knee_left")?(pose) == nil && JointAngle.named("knee_right")?(pose) != nil)
    #expect(JointAngle.named("knee_left")?(standing([.leftAnkle: Point(x: 20, y: 100)])) == nil)
    #expect(JointAngle.named("tail") == nil)
  }

  /// What SciPy 1.15's `find_peaks(x, prominence=, distance=)` finds.
  @Test(
    "repetitions are the peaks that SciPy finds",
    arguments: [
      (30.0, 12.0, [6, 37, 69, 97]), (10, 4, [6, 11, 37, 69, 85, 97, 116]),
      (5, 1, [4, 6, 11, 13, 17, 19, 23, 37, 47, 56, 63, 69, 85, 94, 97, 99, 105, 111, 114, 116]),
    ])
  func peaks(_ prominence: Double, _ distance: Double, _ expected: [Int]) {
    let x: [Double] = [
      45, 60, 56, 78, 87, 82, 91, 91, 87, 83, 72, 88, 73, 81, 63, 51, 37, 42, 23, 29, 13, 13, 1, 24, 12, 13, 26, 22, 39,
      35,
      54, 53, 56, 71, 71, 88, 88, 93, 90, 86, 84, 85, 72, 61, 52, 48, 36, 44, 19, 13, 13, 16, 9, 5, 8, 14, 27, 22, 34,
      39, 53,
      62, 59, 89, 82, 82, 83, 88, 90, 91, 84, 82, 63, 60, 51, 49, 43, 23, 24, 23, 20, 5, 13, 12, 10, 28, 15, 26, 38, 45,
      51,
      69, 77, 81, 87, 85, 82, 103, 84, 101, 83, 80, 71, 70, 53, 59, 43, 33, 21, 20, 14, 23, 16, 1, 22, 2, 31, 17, 36,
      49,
    ]
    let times = x.indices.map { Double($0) / 30 }
    let repetitions = Repetitions(prominence: prominence, distance: (distance - 0.5) / 30)
    #expect(repetitions.peaks(of: x, at: times) == expected)
    // Gaps are passed over.
    let gaps = x.map(Optional.some) + [nil, nil]
    #expect(repetitions.peaks(of: gaps, at: (0..<x.count + 2).map { Double($0) / 30 }) == expected)
  }

  @Test("twelve squats are twelve")
  func squats() {
    let times = (0..<1200).map { Double($0) / 30 }
    var random = SplitMix(state: 1)
    let angles = times.map { time -> Double? in
      random.unit() < 0.1 ? nil : 50 - 45 * cos(2 * Double.pi * 0.3 * time) + 4 * random.normal()
    }
    #expect(Repetitions().peaks(of: angles, at: times).count == 12)
    #expect(Repetitions().peaks(of: [], at: []).isEmpty)
  }
}
