import Foundation
import PoseCore
import PoseImage
import PoseMedia
import PoseTracking
import PoseVideo

/// Writes what was found in each frame, as it comes.
protocol TrackWriter: AnyObject {
  func write(_ frame: VideoFrame, _ people: [TrackedPose]) throws
  func finish() throws
}

/// A file that grows line by line and can be read at any time.
final class LineFile {
  private let handle: FileHandle
  private let path: String

  /// - Parameter path: `-` for standard output.
  init(_ path: String) throws(WrongOutput) {
    self.path = path == "-" ? "standard output" : path
    let descriptor = path == "-" ? dup(STDOUT_FILENO) : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    if descriptor < 0 {
      throw WrongOutput("cannot write '\(path)': \(String(cString: strerror(errno)))", exitCode: 74)
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  func write(_ lines: String) throws {
    var rest = Array(lines.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(handle.fileDescriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw WrongOutput("cannot write '\(path)': \(String(cString: strerror(errno)))", exitCode: 74) }
      rest = rest.dropFirst(count)
    }
  }
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

  init(_ path: String, skeleton: Skeleton, jointThreshold: Double, angles: [JointAngle]) throws {
    (file, self.jointThreshold, self.angles) = (try LineFile(path), jointThreshold, angles)
    let joints = skeleton.joints.flatMap { ["\($0.rawValue)_x", "\($0.rawValue)_y", "\($0.rawValue)_score"] }
    let columns =
      ["frame", "time", "track", "score", "box_x", "box_y", "box_width", "box_height"] + joints
      + angles.map(\.name)
    try file.write(columns.joined(separator: ",") + "\n")
  }

  func write(_ frame: VideoFrame, _ people: [TrackedPose]) throws {
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

  func finish() {}
}

/// The frames with the people drawn, each in a color of its own.
final class DrawnVideoWriter: TrackWriter {
  private let path: String
  private let settings: VideoWriter.Options
  private let isSkeletonOnly: Bool
  private let blur: FaceBlur?
  private var style = DrawingStyle()
  private var writer: VideoWriter?

  init(
    _ path: String, settings: VideoWriter.Options, isSkeletonOnly: Bool, blur: FaceBlur?, jointThreshold: Double
  ) {
    (self.path, self.settings, self.isSkeletonOnly, self.blur) = (path, settings, isSkeletonOnly, blur)
    (style.scoreThreshold, style.labels) = (jointThreshold, .score)
  }

  func write(_ frame: VideoFrame, _ people: [TrackedPose]) throws {
    let size = Size(height: frame.image.height, width: frame.image.width)
    if writer == nil {
      writer = try VideoWriter(path, size: size, options: settings)
      if let codec = writer?.missingSound {
        Progress.note("'\(path)' cannot hold the sound (\(codec)), which is left out: .mkv holds most")
      }
    }
    var ground = frame.image
    if isSkeletonOnly {
      ground = try Image(
        width: size.width, height: size.height, pixels: [UInt8](repeating: 0, count: ground.pixels.count))
    } else if let blur {
      ground = try blur(ground, people.map(\.pose))
    }
    let named = people.map { ($0.pose, "\($0.track)", Self.palette(of: $0.track)) }
    let drawn = try ground.drawing(named: named, style: style)
    try writer?.write(drawn, at: frame.time - settings.start)
  }

  func finish() throws { try writer?.finish() }

  /// Hues a golden angle apart, so that neighboring numbers differ most; the right side darker.
  private static func palette(of track: Int) -> DrawingStyle.Palette {
    let hue = (Double(track) * 0.618034).truncatingRemainder(dividingBy: 1)
    func color(_ value: Double) -> Color {
      func part(_ shift: Double) -> Double {
        let place = ((hue + shift) * 6).truncatingRemainder(dividingBy: 6)
        return value * (1 - 0.75 * (1 - min(max(abs(place - 3) - 1, 0), 1)))
      }
      return Color(red: part(0), green: part(2 / 3.0), blue: part(1 / 3.0))
    }
    var palette = DrawingStyle.Palette()
    (palette.left, palette.middle, palette.right) = (color(1), color(0.85), color(0.65))
    return palette
  }
}
