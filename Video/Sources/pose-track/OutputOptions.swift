import ArgumentParser
import Foundation
import PoseCore
import PoseTracking
import PoseVideo

/// What is written, and where.
struct OutputOptions: ParsableArguments {
  @Option(
    name: [.customLong("output"), .customShort("o")],
    help: ArgumentHelp(
      "Draw the people into a video: an .mp4, .mov or .mkv file, or a folder. Sound is copied.",
      valueName: "file|folder"))
  var output: String?

  @Option(
    help: ArgumentHelp("Write a JSON line for each frame, with - to standard output.", valueName: "file|folder"))
  var json: String?

  @Option(help: ArgumentHelp("Write a row for each person and frame.", valueName: "file|folder"))
  var csv: String?

  @Option(
    help: ArgumentHelp(
      "Write COCO's results with a track_id; image_id is the frame's number. The file is whole when the video is done.",
      valueName: "file|folder"))
  var coco: String?

  @Option(
    name: .customLong("posetrack"),
    help: ArgumentHelp(
      "Write PoseTrack 2018's form of results, which poseval and pose evaluate score. The file is whole when the video is "
        + "done.", valueName: "file|folder"))
  var poseTrack: String?

  @Option(
    help: ArgumentHelp(
      "Write a file for each frame as OpenPose does: BODY_25, and 0 for joints that are not seen.", valueName: "folder")
  )
  var openpose: String?

  @Option(
    help: ArgumentHelp(
      "Write a file of motion capture (TRC) for each person, in pixels with y upwards.", valueName: "folder"))
  var trc: String?

  @Option(
    help: ArgumentHelp(
      "Say how often each person's angle, such as knee_right, went up by 30 degrees and down again, and when.",
      valueName: "angle"))
  var count: String?

  @Flag(help: "Also write the angles of joints and limbs, in degrees, with --json and --csv.")
  var angles = false

  @Option(help: "Joints of a lower score are not seen.")
  var jointThreshold = 0.2

  @Flag(help: "Draw skeletons on black.")
  var skeletonOnly = false

  @Flag(help: "Cover the heads of the people who are found with coarse blocks, in the drawn video.")
  var blurFaces = false

  @Option(
    help: ArgumentHelp(
      "FFmpeg's encoder of the drawn video. libx264 is under the GPL.", valueName: "name"))
  var encoder = "libx264"

  func validate() throws {
    if !(0...1).contains(jointThreshold) { throw ValidationError("--joint-threshold takes 0 to 1.") }
    if let count, JointAngle.named(count) == nil {
      throw ValidationError("--count takes \(JointAngle.all.map(\.name).joined(separator: ", ")).")
    }
    if blurFaces, output == nil { throw ValidationError("--blur-faces goes with --output.") }
    if skeletonOnly, output == nil { throw ValidationError("--skeleton-only goes with --output.") }
  }

  /// The files of each video.
  ///
  /// - Throws: `ValidationError` where an output is an input, or one file would be that of two videos.
  func plans(for videos: [String]) throws -> [OutputPlan] {
    if videos.count > 1, isSilent, json ?? "-" == "-" {
      throw WrongOutput("several videos need a folder for their rows: --json FOLDER")
    }
    if [json, csv, coco, poseTrack].count(where: { $0 == "-" }) > 1 {
      throw WrongOutput("standard output takes the rows of one option")
    }
    let plans = try videos.map { video in
      OutputPlan(
        video: try path(output, of: video, "mp4", isOne: videos.count == 1),
        json: try path(isSilent ? json ?? "-" : json, of: video, "jsonl", isOne: videos.count == 1),
        csv: try path(csv, of: video, "csv", isOne: videos.count == 1),
        coco: try path(coco, of: video, "json", isOne: videos.count == 1),
        poseTrack: try path(poseTrack, of: video, "json", isOne: videos.count == 1).map { ($0, name(of: video)) },
        openpose: openpose.map { ($0, name(of: video)) }, trc: trc.map { ($0, name(of: video)) }, options: self)
    }
    var places = Set(videos.map(Self.place(of:)))
    for path in plans.flatMap(\.paths) where path != "-" {
      guard places.insert(Self.place(of: path)).inserted else {
        throw WrongOutput("'\(path)' is an input or another output: write to another file")
      }
    }
    return plans
  }

  /// Whether nothing is written but what goes to standard output.
  private var isSilent: Bool { [output, csv, coco, poseTrack, openpose, trc, count].allSatisfy { $0 == nil } }

  private func name(of video: String) -> String {
    video == "-" ? "video" : URL(filePath: video).deletingPathExtension().lastPathComponent
  }

  /// The file that a path leads to, whatever name or link it is; of one that is not there the path without links.
  private static func place(of path: String) -> String {
    let path = URL(filePath: path).resolvingSymlinksInPath().path
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
      let file = attributes[.systemFileNumber], let device = attributes[.systemNumber]
    else { return path }
    return "\(device) \(file)"
  }

  private func path(_ output: String?, of video: String, _ suffix: String, isOne: Bool) throws -> String? {
    guard let output else { return nil }
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: output, isDirectory: &isFolder)
    if exists && isFolder.boolValue || output.hasSuffix("/") || !isOne && output != "-" {
      if exists, !isFolder.boolValue {
        throw WrongOutput("several videos need a folder for each output, and '\(output)' is a file")
      }
      do {
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
      } catch {
        throw WrongOutput("cannot make the folder '\(output)': \(error.localizedDescription)", exitCode: 74)
      }
      return URL(filePath: output).appending(path: "\(name(of: video)).\(suffix)").path
    }
    return output
  }
}

/// An output that cannot be.
struct WrongOutput: UserError {
  let description: String
  let exitCode: Int32

  init(_ description: String, exitCode: Int32 = 64) { (self.description, self.exitCode) = (description, exitCode) }
}

/// The files that are written for a video.
struct OutputPlan {
  let video: String?
  let json: String?
  let csv: String?
  let coco: String?
  let poseTrack: (path: String, name: String)?
  let openpose: (folder: String, name: String)?
  let trc: (folder: String, name: String)?
  let options: OutputOptions

  var paths: [String] { [video, json, csv, coco, poseTrack?.path].compactMap(\.self) }

  /// - Parameters:
  ///   - video: whose sound is copied.
  ///   - start: the time of the video at which the drawn one begins.
  ///   - rate: frames a second.
  func writers(skeleton: Skeleton, video source: String, start: Double, rate: Double?) throws -> [any TrackWriter] {
    var writers: [any TrackWriter] = []
    let (threshold, angles) = (options.jointThreshold, options.angles ? JointAngle.all : [])
    if let json { writers.append(try JSONLinesWriter(json, jointThreshold: threshold, angles: angles)) }
    if let csv {
      writers.append(try CSVWriter(csv, skeleton: skeleton, jointThreshold: threshold, angles: angles))
    }
    if let coco { writers.append(try COCOTrackWriter(coco)) }
    if let poseTrack {
      writers.append(try PoseTrackWriter(poseTrack.path, video: poseTrack.name, jointThreshold: threshold))
    }
    if let openpose {
      writers.append(try OpenPoseWriter(openpose.folder, name: openpose.name, jointThreshold: threshold))
    }
    if let trc {
      writers.append(
        try TRCWriter(trc.folder, name: trc.name, skeleton: skeleton, rate: rate, jointThreshold: threshold))
    }
    if let angle = options.count.flatMap(JointAngle.named) {
      writers.append(RepetitionCounter(angle, jointThreshold: threshold))
    }
    if let video {
      var settings = VideoWriter.Options()
      (settings.encoder, settings.start, settings.rate) = (options.encoder, start, rate)
      settings.sound = source == "-" ? nil : source
      writers.append(
        DrawnVideoWriter(
          video, settings: settings, isSkeletonOnly: options.skeletonOnly,
          blur: options.blurFaces ? FaceBlur(jointThreshold: threshold) : nil, jointThreshold: threshold))
    }
    return writers
  }
}
