import Foundation
import PoseCore
import PoseTracking
import PoseVideo

/// COCO's results with a `track_id`; `image_id` is the frame's number. The file is whole once it is finished.
final class COCOTrackWriter: TrackWriter {
  private let file: LineFile
  /// What stands before the next row.
  private var separator = "[\n"

  init(_ path: String) throws { file = try LineFile(path) }

  func write(_ frame: VideoFrame, _ people: [TrackedPose]) throws {
    for person in people {
      let (pose, box) = (person.pose, person.pose.boundingBox)
      // COCO has no word for a joint that is not seen: its score tells.
      let keypoints = pose.keypoints.flatMap { [$0.position.x.text(2), $0.position.y.text(2), $0.score.text(4)] }
      let sides = [box.x, box.y, box.width, box.height].map { $0.text(2) }.joined(separator: ",")
      try file.write(
        separator
          + #"{"image_id":\#(frame.index),"category_id":1,"track_id":\#(person.track),"time":\#(frame.time.text(6)),"#
          + #""bbox":[\#(sides)],"score":\#(pose.score.text(4)),"keypoints":[\#(keypoints.joined(separator: ","))]}"#)
      separator = ",\n"
    }
  }

  func finish() throws { try file.write(separator == "[\n" ? "[]\n" : "\n]\n") }
}
