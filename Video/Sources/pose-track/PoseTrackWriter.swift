import Foundation
import PoseCore
import PoseTracking
import PoseVideo

/// PoseTrack 2018's form of results, which poseval reads: `images` with their names, and in `annotations` the people with
/// `track_id`, `keypoints` and the joints' `scores`. A joint that is not found is 0, 0, 0. The file is whole once it is
/// finished.
final class PoseTrackWriter: TrackWriter {
  private let file: LineFile
  private let video: String
  private let jointThreshold: Double
  private var images: [(index: Int, name: String)] = []
  private var people = 0

  /// - Parameters:
  ///   - video: its name, for those of the images.
  ///   - jointThreshold: joints that score less are not found.
  init(_ path: String, video: String, jointThreshold: Double) throws {
    (file, self.video, self.jointThreshold) = (try LineFile(path), video, jointThreshold)
  }

  func write(_ frame: VideoFrame, _ people: [TrackedPose]) throws {
    if images.isEmpty { try begin() }
    images.append((frame.index, Self.fileName(of: frame, in: video)))
    for person in people {
      let (pose, box) = (person.pose, person.pose.boundingBox)
      let joints = Self.joints(of: pose, scoring: jointThreshold)
      let keypoints = joints.flatMap { joint in
        joint.map { [$0.position.x.text(2), $0.position.y.text(2), $0.score.text(4)] } ?? ["0", "0", "0"]
      }
      let scores = joints.map { $0?.score.text(4) ?? "0" }
      let sides = [box.x, box.y, box.width, box.height].map { $0.text(2) }.joined(separator: ",")
      try file.write(
        (self.people == 0 ? "" : ",\n")
          + #"{"id":\#(self.people),"image_id":\#(frame.index),"category_id":1,"track_id":\#(person.track),"#
          + #""bbox":[\#(sides)],"score":\#(pose.score.text(4)),"keypoints":[\#(keypoints.joined(separator: ","))],"#
          + #""scores":[\#(scores.joined(separator: ","))]}"#)
      self.people += 1
    }
  }

  func finish() throws {
    if images.isEmpty { try begin() }
    let folder = try Self.quoted(video)
    try file.write("\n],\"images\":[")
    for (place, image) in images.enumerated() {
      let name = try Self.quoted(image.name)
      try file.write(
        (place == 0 ? "\n" : ",\n")
          + #"{"id":\#(image.index),"frame_id":\#(image.index),"vid_id":\#(folder),"nframes":\#(images.count),"file_name":\#(name)}"#
      )
    }
    let names = try Skeleton.poseTrack18.joints.map { try Self.quoted($0.rawValue) }.joined(separator: ",")
    try file.write(
      "\n],\"categories\":[{\"id\":1,\"name\":\"person\",\"supercategory\":\"person\",\"keypoints\":[\(names)]}]}\n")
  }

  private func begin() throws { try file.write("{\"annotations\":[\n") }

  /// The name of a frame's image: that of a sequence's picture from the folder `images` on, as PoseTrack's annotations have it,
  /// or from its own folder on; of other videos a number in a folder named as the video.
  private static func fileName(of frame: VideoFrame, in video: String) -> String {
    guard let file = frame.file else { return "\(video)/\(String(format: "%06d", frame.index)).jpg" }
    let parts = URL(filePath: file).pathComponents
    return parts[(parts.lastIndex(of: "images") ?? max(0, parts.count - 2))...].joined(separator: "/")
  }

  private static func quoted(_ text: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(text), as: UTF8.self)
  }

  /// PoseTrack's 17 joints, nil for those that are not found or cannot be told.
  ///
  /// Joints are found by their names. COCO's have no ends of the head: as where others make PoseTrack's joints of
  /// COCO's, its lower end is the middle of the shoulders, and its top as far beyond the nose as
  /// the nose is from there. Their score is the lowest of those that they come from.
  private static func joints(of pose: Pose, scoring threshold: Double) -> [Keypoint?] {
    func found(_ joints: Joint...) -> Keypoint? {
      joints.lazy.compactMap { pose[$0] }.first.flatMap { $0.score >= threshold ? $0 : nil }
    }
    func has(_ joint: Joint) -> Bool { pose[joint] != nil }
    /// The point on the line from one to the other, where 1 is the other.
    func point(_ from: Keypoint?, _ to: Keypoint?, at share: Double) -> Keypoint? {
      guard let from, let to else { return nil }
      let (start, end) = (from.position, to.position)
      return Keypoint(
        x: start.x + share * (end.x - start.x), y: start.y + share * (end.y - start.y), score: min(from.score, to.score)
      )
    }
    let shoulders = point(found(.leftShoulder), found(.rightShoulder), at: 0.5)
    return Skeleton.poseTrack18.joints.map { joint in
      switch joint {
      case "head_bottom" where !["head_bottom", "upper_neck", "neck"].contains(where: has): shoulders
      case "head_bottom": found("head_bottom", "upper_neck", "neck")
      case "head_top" where !["head_top", "top_head"].contains(where: has): point(shoulders, found(.nose), at: 2)
      case "head_top": found("head_top", "top_head")
      default: found(joint)
      }
    }
  }
}
