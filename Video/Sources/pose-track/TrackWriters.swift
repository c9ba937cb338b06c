import Foundation
import PoseCore
import PoseTracking
import PoseVideo

/// Writes what was found in each frame, as it comes. What was there before is replaced at the first frame, not earlier.
protocol TrackWriter: AnyObject {
  /// Takes the people of the next frame as they were found, where they are smoothed.
  func take(found people: [TrackedPose])
  func write(_ frame: VideoFrame, _ people: [TrackedPose]) throws
  func finish() throws
}

extension TrackWriter {
  func take(found people: [TrackedPose]) {}
}

extension Double {
  /// With so many decimals, without zeros at the end.
  func text(_ decimals: Int) -> String {
    let scale = pow(10, Double(decimals))
    let rounded = (self * scale).rounded() / scale
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
  }
}

/// A line of JSON for each frame.
final class JSONLinesWriter: TrackWriter {
  private let file: LineFile
  private let jointThreshold: Double
  private let angles: [JointAngle]

  init(_ path: String, jointThreshold: Double, angles: [JointAngle]) throws {
    (file, self.jointThreshold, self.angles) = (try LineFile(path), jointThreshold, angles)
  }

  func write(_ frame: VideoFrame, _ people: [TrackedPose]) throws {
    let poses = people.map { person in
      let (pose, box) = (person.pose, person.pose.boundingBox)
      let keypoints = zip(pose.skeleton.joints, pose.keypoints).map { joint, keypoint in
        let isSeen = keypoint.score >= jointThreshold
        let (x, y) = isSeen ? (keypoint.position.x.text(2), keypoint.position.y.text(2)) : ("null", "null")
        return #"{"name":"\#(joint.rawValue)","x":\#(x),"y":\#(y),"score":\#(keypoint.score.text(4))}"#
      }
      let sides = [box.x, box.y, box.width, box.height].map { $0.text(2) }.joined(separator: ",")
      return #"{"track":\#(person.track),"bbox":[\#(sides)],"score":\#(pose.score.text(4)),"#
        + #""keypoints":[\#(keypoints.joined(separator: ","))]\#(text(of: pose))}"#
    }
    try file.write(
      #"{"frame":\#(frame.index),"time":\#(frame.time.text(6)),"poses":[\#(poses.joined(separator: ","))]}"# + "\n")
  }

  private func text(of pose: Pose) -> String {
    if angles.isEmpty { return "" }
    let values = angles.map { #""\#($0.name)":\#($0(pose, jointScore: jointThreshold)?.text(2) ?? "null")"# }
    return #","angles":{\#(values.joined(separator: ","))}"#
  }

  func finish() {}
}

/// A row for each person and frame.
final class CSVWriter: TrackWriter {
  private let file: LineFile
  private let jointThreshold: Double
  private let angles: [JointAngle]
  private let columns: [String]
  private var hasBegun = false

  init(_ path: String, skeleton: Skeleton, jointThreshold: Double, angles: [JointAngle]) throws {
    (file, self.jointThreshold, self.angles) = (try LineFile(path), jointThreshold, angles)
    let joints = skeleton.joints.flatMap { ["\($0.rawValue)_x", "\($0.rawValue)_y", "\($0.rawValue)_score"] }
    columns =
      ["frame", "time", "track", "score", "box_x", "box_y", "box_width", "box_height"] + joints
      + angles.map(\.name)
  }

  func write(_ frame: VideoFrame, _ people: [TrackedPose]) throws {
    try begin()
    let rows = people.map { person in
      let (pose, box) = (person.pose, person.pose.boundingBox)
      let joints = pose.keypoints.flatMap { keypoint in
        let isSeen = keypoint.score >= jointThreshold
        return [
          isSeen ? keypoint.position.x.text(2) : "", isSeen ? keypoint.position.y.text(2) : "", keypoint.score.text(4),
        ]
      }
      let bends = angles.map { $0(pose, jointScore: jointThreshold)?.text(2) ?? "" }
      let own = ["\(frame.index)", frame.time.text(6), "\(person.track)", pose.score.text(4)]
      return (own + [box.x, box.y, box.width, box.height].map { $0.text(2) } + joints + bends).joined(separator: ",")
        + "\n"
    }
    if !rows.isEmpty { try file.write(rows.joined()) }
  }

  func finish() throws { try begin() }

  private func begin() throws {
    if !hasBegun { try file.write(columns.joined(separator: ",") + "\n") }
    hasBegun = true
  }
}
