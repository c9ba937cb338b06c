import Foundation
import PoseCore
import PoseTracking
import PoseVideo

/// A file for each person in the form of motion capture (TRC): a row for each frame, in pixels with y upwards, and nothing where
/// a joint is not seen.
final class TRCWriter: TrackWriter {
  private let folder: OutputFolder
  private let jointThreshold: Double
  private let skeleton: Skeleton
  private let rate: Double
  /// How many rows each person's file has.
  private var counts: [Int: Int] = [:]
  private var hasBegun = false

  /// - Parameter rate: frames a second; nil where it is not known.
  init(_ folder: OutputFolder, skeleton: Skeleton, rate: Double?, jointThreshold: Double) {
    (self.folder, self.skeleton) = (folder, skeleton)
    (self.rate, self.jointThreshold) = (rate ?? 25, jointThreshold)
  }

  func write(_ frame: VideoFrame, _ people: [TrackedPose]) throws {
    try begin()
    for person in people {
      let joints = person.pose.keypoints.flatMap { keypoint in
        keypoint.score >= jointThreshold
          ? [keypoint.position.x.text(3), (Double(frame.image.height) - keypoint.position.y).text(3), "0"]
          : ["", "", ""]
      }
      let row = ["\(frame.index + 1)", frame.time.text(6)] + joints
      try append(row.joined(separator: "\t") + "\n", to: person.track)
    }
  }

  func finish() throws { try begin() }

  private func begin() throws {
    if !hasBegun { try folder.removeFiles("person", ".trc") }
    hasBegun = true
  }

  private func append(_ row: String, to track: Int) throws {
    let count = counts[track, default: 0] + 1
    let place = folder.file("person", "\(track)", ".trc")
    let title = title(place.lastPathComponent)
    try OutputFolder.reporting(place) { place in
      if count == 1 { try Data((title + numbers(0) + columns).utf8).write(to: place) }
      // People come and go: no file stays open for one who is gone.
      let file = try FileHandle(forUpdating: place)
      try file.seekToEnd()
      try file.write(contentsOf: Data(row.utf8))
      // The header counts the rows that are there, also where the program is killed.
      try file.seek(toOffset: UInt64(title.utf8.count))
      try file.write(contentsOf: Data(numbers(count).utf8))
      try file.close()
    }
    counts[track] = count
  }

  private func title(_ file: String) -> String {
    """
    PathFileType\t4\t(X/Y/Z)\t\(file)
    DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames

    """
  }

  /// The line of the header that has the number of rows, always of one width.
  private func numbers(_ count: Int) -> String {
    let rows = String(format: "%9d", count)
    return "\(rate.text(4))\t\(rate.text(4))\t\(rows)\t\(skeleton.joints.count)\tpx\t\(rate.text(4))\t1\t\(rows)\n"
  }

  private var columns: String {
    let names = skeleton.joints.map { "\($0.rawValue)\t\t\t" }.joined()
    let axes = skeleton.joints.indices.map { "X\($0 + 1)\tY\($0 + 1)\tZ\($0 + 1)" }.joined(separator: "\t")
    return """
      Frame#\tTime\t\(names)
      \t\t\(axes)


      """
  }
}
