import Foundation
import PoseCore
import PoseTracking
import PoseVideo

/// A file for each frame as OpenPose writes them: BODY_25, with 0 for joints that are not seen or that the skeleton lacks.
final class OpenPoseWriter: TrackWriter {
  private let folder: OutputFolder
  private let jointThreshold: Double
  private var hasBegun = false

  /// BODY_25's joints: the middle of one or two of ours, in their order; none for those that we lack.
  private static let joints: [[Joint]] = [
    [.nose], [.leftShoulder, .rightShoulder], [.rightShoulder], [.rightElbow], [.rightWrist], [.leftShoulder],
    [.leftElbow], [.leftWrist], [.leftHip, .rightHip], [.rightHip], [.rightKnee], [.rightAnkle], [.leftHip],
    [.leftKnee],
    [.leftAnkle], [.rightEye], [.leftEye], [.rightEar], [.leftEar], ["left_big_toe"], ["left_small_toe"], ["left_heel"],
    ["right_big_toe"], ["right_small_toe"], ["right_heel"],
  ]

  init(_ folder: OutputFolder, jointThreshold: Double) {
    (self.folder, self.jointThreshold) = (folder, jointThreshold)
  }

  func write(_ frame: VideoFrame, _ people: [TrackedPose]) throws {
    try begin()
    let bodies = people.map { person in
      let numbers = Self.joints.flatMap { joints -> [String] in
        let found = joints.compactMap { person.pose[$0] }
        let score = found.map(\.score).min() ?? 0
        guard found.count == joints.count, score >= jointThreshold else { return ["0", "0", "0"] }
        let count = Double(found.count)
        let (x, y) = (
          found.reduce(0) { $0 + $1.position.x } / count, found.reduce(0) { $0 + $1.position.y } / count
        )
        return [x.text(3), y.text(3), score.text(6)]
      }
      let others = ["face", "hand_left", "hand_right"].map { #""\#($0)_keypoints_2d":[]"# }.joined(separator: ",")
      return
        #"{"person_id":[\#(person.track)],"pose_keypoints_2d":[\#(numbers.joined(separator: ","))],\#(others)}"#
    }
    try OutputFolder.reporting(folder.file("", String(format: "%012d", frame.index), "_keypoints.json")) { file in
      try Data(#"{"version":1.3,"people":[\#(bodies.joined(separator: ","))]}"#.utf8).write(to: file, options: .atomic)
    }
  }

  func finish() throws { try begin() }

  private func begin() throws {
    if !hasBegun { try folder.removeFiles("", "_keypoints.json") }
    hasBegun = true
  }
}
