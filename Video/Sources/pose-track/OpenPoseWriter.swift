import Foundation
import PoseCore
import PoseTracking
import PoseVideo

/// A file for each frame as OpenPose writes them: BODY_25, with 0 for joints that are not seen or that the skeleton lacks.
final class OpenPoseWriter: TrackWriter {
  private let folder: URL
  private let name: String
  private let jointThreshold: Double

  /// BODY_25's joints: the middle of one or two of ours, in their order; none for those that we lack.
  private static let joints: [[Joint]] = [
    [.nose], [.leftShoulder, .rightShoulder], [.rightShoulder], [.rightElbow], [.rightWrist], [.leftShoulder],
    [.leftElbow], [.leftWrist], [.leftHip, .rightHip], [.rightHip], [.rightKnee], [.rightAnkle], [.leftHip],
    [.leftKnee],
    [.leftAnkle], [.rightEye], [.leftEye], [.rightEar], [.leftEar], ["left_big_toe"], ["left_small_toe"], ["left_heel"],
    ["right_big_toe"], ["right_small_toe"], ["right_heel"],
  ]

  /// - Parameters:
  ///   - folder: where the files go; it is made where it is not there.
  ///   - name: how their names begin.
  init(_ folder: String, name: String, jointThreshold: Double) throws {
    (self.folder, self.name, self.jointThreshold) = (URL(filePath: folder), name, jointThreshold)
    do {
      try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    } catch {
      throw WrongOutput("cannot make the folder '\(folder)': \(error.localizedDescription)", exitCode: 74)
    }
  }

  func write(_ frame: VideoFrame, _ people: [TrackedPose]) throws {
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
    let number = String(format: "%012d", frame.index)
    let file = folder.appending(path: "\(name)_\(number)_keypoints.json")
    do {
      try Data(#"{"version":1.3,"people":[\#(bodies.joined(separator: ","))]}"#.utf8).write(to: file, options: .atomic)
    } catch {
      throw WrongOutput("cannot write '\(file.path)': \(error.localizedDescription)", exitCode: 74)
    }
  }

  func finish() {}
}
