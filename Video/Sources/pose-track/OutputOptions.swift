import ArgumentParser
import Foundation
import PoseCore
import PoseTracking
import PoseVideo

/// What is written, and where.
///
/// What has a value unless given is optional where it goes with another option, so that it is refused without.
struct OutputOptions: ParsableArguments {
  @Option(
    name: [.customLong("output"), .customShort("o")],
    help: ArgumentHelp(
      "Draw the people into a video: an .mp4, .mov or .mkv file, or a folder. Sound is copied.",
      valueName: "file|folder"))
  var output: String?

  @Flag(help: "Show the people drawn in a window of ffplay while they are found. Closing it ends the work.")
  var live = false

  @Option(
    help: ArgumentHelp(
      "Write a line of JSON for each frame; - for standard output.", valueName: "file|folder"))
  var json: String?

  @Option(
    help: ArgumentHelp(
      "Write a row of comma-separated values for each person and frame; - for standard output.",
      valueName: "file|folder"))
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
      "Write a file for each frame as OpenPose does: BODY_25, and 0 for joints that are not seen. Files of the same "
        + "video that are in the folder are replaced.", valueName: "folder")
  )
  var openpose: String?

  @Option(
    help: ArgumentHelp(
      "Write a file of motion capture (TRC) for each person, in pixels with y upwards. Files of the same video that are "
        + "in the folder are replaced.", valueName: "folder"))
  var trc: String?

  @Option(
    help: ArgumentHelp(
      "Draw a picture (PNG) for each person with the angles of knees, hips, elbows, shoulders and trunk over time. "
        + "Pictures of the same video that are in the folder are replaced.", valueName: "folder"))
  var plot: String?

  @Option(
    help: ArgumentHelp(
      "Say how often each person's angle went up by 30 degrees and down again, and when: \(JointAngle.names).",
      valueName: "angle"))
  var count: String?

  @Flag(help: "With --json and --csv, also write 17 angles of joints and limbs, in degrees.")
  var angles = false

  @Option(
    help: ArgumentHelp(
      "Joints that score less, from 0 to 1, count as not seen: they are left empty, and are not drawn.",
      valueName: "score"))
  var jointThreshold = 0.2

  @Option(
    help: ArgumentHelp(
      "With --output or --live, draw the way of each person's hips in the last so many seconds; 0 for none. Defaults to 1.",
      valueName: "seconds"))
  var trails: Double?

  @Flag(help: "With --output or --live, show the video as it is on the left, and the people drawn on the right.")
  var sideBySide = false

  @Flag(help: "With --output or --live, draw the people on black.")
  var skeletonOnly = false

  @Flag(
    help:
      "With --output or --live, cover the heads of the people who are found with coarse blocks. Others stay visible.")
  var blurFaces = false

  @Option(
    help: ArgumentHelp(
      "With --output, FFmpeg's encoder, such as libx264, which is under the GPL, or libopenh264. Defaults to libx264.",
      valueName: "name"))
  var encoder: String?

  func validate() throws {
    if !(0...1).contains(jointThreshold) { throw ValidationError("--joint-threshold takes 0 to 1.") }
    if let trails, !(0...3600).contains(trails) { throw ValidationError("--trails takes 0 to 3600 seconds.") }
    if let count, JointAngle.named(count) == nil { throw ValidationError("--count takes \(JointAngle.names).") }
    let places = [
      ("--output", output), ("--json", json), ("--csv", csv), ("--coco", coco), ("--posetrack", poseTrack),
      ("--openpose", openpose),
      ("--trc", trc), ("--plot", plot),
    ]
    if let option = places.first(where: { $0.1 == "" })?.0 { throw ValidationError("\(option) takes a name.") }
    let drawn = [
      ("--blur-faces", blurFaces), ("--skeleton-only", skeletonOnly), ("--side-by-side", sideBySide),
      ("--trails", trails != nil),
    ]
    if output == nil, !live, let option = drawn.first(where: \.1)?.0 {
      throw ValidationError("\(option) goes with --output, which draws the people into a video, or --live.")
    }
    if output == nil, encoder != nil { throw ValidationError("--encoder goes with --output.") }
    if angles, !isSilent, json == nil, csv == nil { throw ValidationError("--angles goes with --json or --csv.") }
  }

  /// The files of each video.
  ///
  /// - Throws: `ValidationError` where an output is an input, or one file would be that of two videos.
  func plans(for videos: [String]) throws -> [OutputPlan] {
    let rows = [
      ("--json", isSilent ? json ?? "-" : json), ("--csv", csv), ("--coco", coco), ("--posetrack", poseTrack),
    ]
    .filter { $0.1 == "-" }
    if let option = rows.first?.0, videos.count > 1 {
      throw WrongOutput("several videos need a folder for their rows: \(option) FOLDER")
    }
    if rows.count > 1 {
      throw WrongOutput(
        "standard output takes the rows of one option: give \(rows.map(\.0).joined(separator: " or ")) a file")
    }
    let names = videos.map(name(of:))
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }), writesFiles {
      throw WrongOutput(
        "two videos are named '\(twice)', and their outputs would be too: look at one after the other, and write into "
          + "different folders")
    }
    let pictures = videos.map { $0.contains("%") ? URL(filePath: $0).deletingLastPathComponent().path : $0 }
    if let plot, pictures.map(Self.place(of:)).contains(Self.place(of: plot)) {
      throw WrongOutput("'\(plot)' is an input, whose pictures those of --plot would be among: give another folder")
    }
    let plans = try videos.map { video in
      func folder(_ path: String?) throws -> OutputFolder? {
        try path.map { path throws(WrongOutput) in try OutputFolder(path, name: name(of: video)) }
      }
      return OutputPlan(
        name: name(of: video),
        video: try path(output, of: video, "mp4", isOne: videos.count == 1),
        json: try path(isSilent ? json ?? "-" : json, of: video, "jsonl", isOne: videos.count == 1),
        csv: try path(csv, of: video, "csv", isOne: videos.count == 1),
        coco: try path(coco, of: video, "json", isOne: videos.count == 1),
        poseTrack: try path(poseTrack, of: video, "json", isOne: videos.count == 1), openpose: try folder(openpose),
        trc: try folder(trc), plot: try folder(plot), options: self)
    }
    var places = Set((videos + videos.flatMap(VideoReader.files)).map(Self.place(of:)))
    for path in plans.flatMap(\.paths) where path != "-" {
      guard places.insert(Self.place(of: path)).inserted else {
        throw WrongOutput("'\(path)' is an input or another output: write to another file")
      }
    }
    return plans
  }

  /// Whether nothing is written but what goes to standard output.
  private var isSilent: Bool {
    !live && [output, csv, coco, poseTrack, openpose, trc, plot, count].allSatisfy { $0 == nil }
  }

  private var writesFiles: Bool { [output, json, csv, coco, poseTrack, openpose, trc, plot].contains { $0 != nil } }

  /// How the files of a video are called.
  private func name(of video: String) -> String {
    if video == "-" { return "video" }
    if video.contains("://"), !video.hasPrefix("file:") { return address(video) }
    if video.hasPrefix("camera:") { return video.replacing(":", with: "") }
    let name = URL(filePath: video).deletingPathExtension().lastPathComponent
    // Of a pattern such as frames/%06d.jpg its folder.
    return name.contains("%") ? URL(filePath: video).deletingLastPathComponent().lastPathComponent : name
  }

  /// Of an address its host, port and path, as a file may be called: `camera.local_stream`.
  private func address(_ video: String) -> String {
    let parts = URLComponents(string: video)
    let path = URL(filePath: parts?.path ?? "").deletingPathExtension().path.split(separator: "/").map(String.init)
    let name =
      [parts?.host ?? "video", parts?.port.map { "\($0)" }].compactMap(\.self)
      + (parts?.path.isEmpty == false ? path : [])
    return String(name.joined(separator: "_").map { $0.isLetter || $0.isNumber || "._-".contains($0) ? $0 : "_" })
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

extension JointAngle {
  /// The names of all angles, for people to read.
  fileprivate static var names: String { all.map(\.name).joined(separator: ", ") }
}

/// An output that cannot be.
struct WrongOutput: UserError {
  let description: String
  let exitCode: Int32

  init(_ description: String, exitCode: Int32 = 64) { (self.description, self.exitCode) = (description, exitCode) }
}
