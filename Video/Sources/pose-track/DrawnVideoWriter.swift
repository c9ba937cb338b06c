import Foundation
import PoseCore
import PoseImage
import PoseMedia
import PoseTracking
import PoseVideo

/// The frames with the people drawn, each in a color of its own, with the way that each came.
final class DrawnVideoWriter: TrackWriter {
  /// What is drawn.
  struct Look {
    /// How many seconds of each person's way.
    var trails = 1.0
    var isSkeletonOnly = false
    /// Whether the frame without people drawn is left of the one with them.
    var isSideBySide = false
    /// What covers heads.
    var blur: FaceBlur?
    var jointThreshold = 0.2
  }

  private let sinks: [any PictureSink]
  private let look: Look
  private let style: DrawingStyle
  /// The time at which the drawn video begins.
  private let start: Double
  /// Where the middle of each person's hips was, by their numbers.
  private var ways: [Int: [(time: Double, place: Point)]] = [:]

  init(_ sinks: [any PictureSink], from start: Double, look: Look) {
    (self.sinks, self.start, self.look) = (sinks, start, look)
    var style = DrawingStyle()
    (style.scoreThreshold, style.labels) = (look.jointThreshold, .score)
    self.style = style
  }

  func write(_ frame: VideoFrame, _ people: [TrackedPose]) throws {
    let picture = try drawn(frame, people)
    for sink in sinks { try sink.write(picture, at: frame.time - start) }
  }

  func finish() throws { for sink in sinks { try sink.finish() } }

  private func drawn(_ frame: VideoFrame, _ people: [TrackedPose]) throws -> Image {
    let (width, height) = (frame.image.width, frame.image.height)
    let original = try look.blur?(frame.image, people.map(\.pose)) ?? frame.image
    let ground =
      look.isSkeletonOnly
      ? try Image(width: width, height: height, pixels: [UInt8](repeating: 0, count: 3 * width * height)) : original
    let named = people.map { ($0.pose, "\($0.track)", DrawingStyle.Palette(track: $0.track)) }
    let drawn = try ground.drawing(named: named, trails: trails(of: people, at: frame.time), style: style)
    return look.isSideBySide ? try original.beside(drawn) : drawn
  }

  private func trails(of people: [TrackedPose], at time: Double) -> [Trail] {
    if look.trails <= 0 { return [] }
    for person in people {
      if let place = hips(of: person.pose) { ways[person.track, default: []].append((time, place)) }
    }
    ways = ways.mapValues { way in way.filter { time - $0.time <= look.trails } }.filter { !$0.value.isEmpty }
    return people.compactMap { person in
      ways[person.track].map {
        Trail(points: $0.map(\.place), color: DrawingStyle.Palette(track: person.track).middle)
      }
    }
  }

  private func hips(of pose: Pose) -> Point? {
    guard let left = pose[.leftHip], let right = pose[.rightHip],
      min(left.score, right.score) >= look.jointThreshold
    else { return nil }
    return Point(x: (left.position.x + right.position.x) / 2, y: (left.position.y + right.position.y) / 2)
  }
}

/// A file of drawn pictures, which is made when the first one comes.
final class VideoFile: PictureSink {
  private let path: String
  private let settings: VideoWriter.Options
  private var writer: VideoWriter?

  init(_ path: String, settings: VideoWriter.Options) { (self.path, self.settings) = (path, settings) }

  func write(_ picture: Image, at time: Double) throws {
    let size = Size(height: picture.height, width: picture.width)
    let writer = try self.writer ?? VideoWriter(path, size: size, options: settings)
    if self.writer == nil, let codec = writer.missingSound {
      Progress.note("'\(path)' cannot hold the sound (\(codec)), which is left out: .mkv holds most")
    }
    self.writer = writer
    try writer.write(picture, at: time)
  }

  func finish() throws { try writer?.finish() }
}
