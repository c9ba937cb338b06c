import Foundation
import PoseCore
import PoseTracking
import PoseVideo

/// A file for each person in the form of motion capture (TRC): a row for each frame, in pixels with y upwards, and nothing where
/// a joint is not seen.
final class TRCWriter: TrackWriter {
  private let folder: URL
  private let name: String
  private let jointThreshold: Double
  private let skeleton: Skeleton
  private let rate: Double
  /// How many rows each person's file has.
  private var counts: [Int: Int] = [:]

  init(_ folder: String, name: String, skeleton: Skeleton, rate: Double?, jointThreshold: Double) throws {
    (self.folder, self.name, self.skeleton) = (URL(filePath: folder), name, skeleton)
    (self.rate, self.jointThreshold) = (rate ?? 25, jointThreshold)
    do {
      try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
    } catch {
      throw WrongOutput("cannot make the folder '\(folder)': \(error.localizedDescription)", exitCode: 74)
    }
  }

  func write(_ frame: VideoFrame, _ people: [TrackedPose]) throws {
    for person in people {
      let joints = person.pose.keypoints.flatMap { keypoint in
        keypoint.score >= jointThreshold
          ? [keypoint.position.x.text(3), (Double(frame.image.height) - keypoint.position.y).text(3), "0"]
          : ["", "", ""]
      }
      let row = ["\(frame.index + 1)", frame.time.text(6)] + joints
      try append(row.joined(separator: "\t") + "\n", to: person.track)
      counts[person.track, default: 0] += 1
    }
  }

  func finish() throws {
    for (track, count) in counts { try rewriteHeader(of: track, count: count) }
  }

  private func place(of track: Int) -> URL { folder.appending(path: "\(name)_person\(track).trc") }

  private func append(_ row: String, to track: Int) throws {
    let place = place(of: track)
    try reporting(place) {
      if counts[track] == nil { try Data(header(of: track, count: 0).utf8).write(to: place) }
      // People come and go: no file stays open for one who is gone.
      let file = try FileHandle(forWritingTo: place)
      try file.seekToEnd()
      try file.write(contentsOf: Data(row.utf8))
      try file.close()
    }
  }

  /// The number of rows is known at the end; its place is as wide before.
  private func rewriteHeader(of track: Int, count: Int) throws {
    try reporting(place(of: track)) {
      let file = try FileHandle(forUpdating: place(of: track))
      try file.write(contentsOf: Data(header(of: track, count: count).utf8))
      try file.close()
    }
  }

  private func header(of track: Int, count: Int) -> String {
    let rows = String(format: "%9d", count)
    let names = skeleton.joints.map { "\($0.rawValue)\t\t\t" }.joined()
    let axes = skeleton.joints.indices.map { "X\($0 + 1)\tY\($0 + 1)\tZ\($0 + 1)" }.joined(separator: "\t")
    return """
      PathFileType\t4\t(X/Y/Z)\t\(place(of: track).lastPathComponent)
      DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames
      \(rate.text(4))\t\(rate.text(4))\t\(rows)\t\(skeleton.joints.count)\tpx\t\(rate.text(4))\t1\t\(rows)
      Frame#\tTime\t\(names)
      \t\t\(axes)


      """
  }

  private func reporting(_ place: URL, _ body: () throws -> Void) throws {
    do { try body() } catch {
      throw WrongOutput("cannot write '\(place.path)': \(error.localizedDescription)", exitCode: 74)
    }
  }
}
