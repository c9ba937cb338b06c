import Foundation
import PoseCore
import PoseImage
import PoseMedia
import PoseTracking
import Testing

@testable import PoseVideo
@testable import pose_track

/// What stays of files that are there, and what is in those that come.
@Suite("outputs of pose track", .serialized)
struct OutputTests {
  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  private func write(_ text: String, to path: String) throws {
    let file = URL(filePath: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  private func frame(_ index: Int) throws -> VideoFrame {
    let image = try Image(width: 40, height: 30, pixels: [UInt8](repeating: 0, count: 3600))
    return VideoFrame(index: index, time: Double(index) / 10, image: image, file: nil)
  }

  private func person(_ track: Int) -> TrackedPose {
    let skeleton = Skeleton.coco17
    let keypoints = skeleton.joints.indices.map { Keypoint(position: Point(x: Double($0), y: 5), score: 1) }
    let pose = Pose(
      boundingBox: BoundingBox(x: 0, y: 0, width: 17, height: 10), score: 1, keypoints: keypoints, skeleton: skeleton)
    return TrackedPose(track: track, pose: pose, source: 0)
  }

  @Test("a file is emptied only once all outputs can be written and there is a frame; new ones do not stay empty")
  func kept() throws {
    let video = try MovingPicture(frames: 2)
    try write("kept", to: video.file("a.jsonl"))
    try write("kept", to: video.file("trc/people_person1.trc"))
    for wrong in [
      ["--csv", "none/a.csv"], ["--output", "a.mp4", "--encoder", "nonsense"], ["--range", "50..60"],
      ["--output", "none/a.mp4"], ["--plot", "a.jsonl"],
    ] {
      let run = try video.track(
        [video.path, "--json", "a.jsonl", "--coco", "new.json", "--trc", "trc"] + wrong)
      #expect(run.code != 0, "\(wrong)")
      #expect(
        try text(video.file("a.jsonl")) == "kept" && text(video.file("trc/people_person1.trc")) == "kept", "\(wrong)")
      #expect(!FileManager.default.fileExists(atPath: video.file("new.json")), "\(wrong)")
    }
  }

  @Test("files of an earlier run of the same video are replaced, and no others")
  func stale() throws {
    let video = try MovingPicture(frames: 2)
    let old = [
      "body/people_000000000077_keypoints.json", "trc/people_person77.trc", "plots/people_person77.png",
    ]
    let others = [
      "body/people_a_keypoints.json", "body/other_000000000077_keypoints.json", "trc/people_person.trc",
      "trc/people_person7_person1.trc", "plots/people_person77.jpg",
    ]
    for file in old + others { try write("old", to: video.file(file)) }
    let run = try video.track(video.path, "--openpose", "body", "--trc", "trc", "--plot", "plots")
    #expect(run.code == 0, "\(run.errors)")
    for file in old { #expect(!FileManager.default.fileExists(atPath: video.file(file)), "\(file)") }
    for file in others { #expect(try text(video.file(file)) == "old") }
    #expect(try text(video.file("trc/people_person1.trc")).contains("PathFileType"))
  }

  @Test("a file of motion capture counts its rows while they come")
  func rows() throws {
    let video = try MovingPicture(frames: 1)
    let folder = try OutputFolder(video.file("trc"), name: "a")
    let writer = TRCWriter(folder, skeleton: .coco17, rate: 10, jointThreshold: 0.2)
    for index in 0..<12 {
      try writer.write(try frame(index), index == 3 ? [] : [person(1)])
      let lines = try text(video.file("trc/a_person1.trc")).split(separator: "\n", omittingEmptySubsequences: false)
      let count = index < 3 ? index + 1 : index
      let numbers = lines[2].split(separator: "\t").map { $0.trimmingPrefix { $0 == " " } }
      #expect(numbers[2] == "\(count)" && numbers[7] == "\(count)" && numbers.count == 8, "\(lines[2])")
      // Five lines of header, an empty one, and the end of the last row.
      #expect(lines.count == 6 + count + 1 && lines[5].isEmpty)
    }
  }

  @Test("with a whole picture everything that is found is one person's, however unsure")
  func whole() throws {
    let video = try MovingPicture(frames: 1)
    let writer = try VideoWriter(video.file("dark.mp4"), size: Size(height: 96, width: 128))
    for index in 0..<12 {
      // A dark picture that changes once, so that what is found is elsewhere.
      let pixels = (0..<3 * 96 * 128).map { UInt8(index > 6 && $0 % 384 < 120 ? 90 : 5) }
      try writer.write(Image(width: 128, height: 96, pixels: pixels), at: Double(index) / 10)
    }
    try writer.finish()
    let run = try video.track("dark.mp4", "--detector", "whole")
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 12 && lines.allSatisfy { $0.contains(#""poses":[{"track":1,"#) }, "\(run.output)")
    #expect(lines.allSatisfy { !$0.contains(#""track":2"#) })
  }

  @Test("a picture of each person's angles, as found and smoothed, with repetitions")
  func plots() throws {
    let video = try MovingPicture()
    let run = try video.track(
      video.path, "--smooth", "offline", "--cutoff", "3", "--plot", "plots", "--count", "thigh_left")
    #expect(run.code == 0 && run.errors.contains("thigh_left"), "\(run.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: video.file("plots")).sorted()
    #expect(names.count >= 3 && names.first == "people_person1.png", "\(names)")
    let image = try Image(contentsOf: video.file("plots/people_person1.png"))
    // The thigh's chart is below the five that are always there.
    #expect(image.width == 1120 && image.height == 6 * 250)
    let palette = DrawingStyle.Palette(track: 1).onWhite
    for color in [palette.left, palette.right, palette.middle, palette.left.faint] {
      let bytes = [color.red, color.green, color.blue].map { Int(($0 * 255).rounded()) }
      let count = stride(from: 0, to: image.pixels.count, by: 3).count { start in
        (0..<3).allSatisfy { abs(Int(image.pixels[start + $0]) - bytes[$0]) < 3 }
      }
      #expect(count > 100, "\(color) \(count)")
    }
  }

  @Test("angles of a long video are kept in bounded memory, without losing a peak or a gap")
  func bounded() {
    var angles = PersonAngles(angles: 1)
    for index in 0..<100_000 {
      let angle: Double? = (50_000..<60_000).contains(index) ? nil : index == 33_333 ? 170 : Double(index % 10)
      angles.add(index == 70_000 ? nil : [angle], found: [1], at: Double(index))
    }
    let points = angles.points(0, found: false)
    #expect(angles.times.count <= 4096 && points.count <= 2 * 4096 && angles.lastTime == 99_999)
    #expect(zip(points, points.dropFirst()).allSatisfy { $0.x <= $1.x })
    let peak = points.max { $0.y < $1.y }
    #expect(peak?.y == 170 && abs((peak?.x ?? 0) - 33_333) < 64)
    let missing = points.filter(\.y.isNaN).map(\.x)
    #expect(missing.allSatisfy { 49_900...60_000 ~= $0 } && missing.count * 32 > 9_900, "\(missing.count)")
    #expect(angles.points(0, found: true).allSatisfy { $0.y == 1 })
  }

  @Test("the way of people is drawn unless that is not wanted; the video as it is may stand beside")
  func trails() throws {
    let video = try MovingPicture()
    func last(_ name: String, _ arguments: String...) throws -> Image {
      let run = try video.track([video.path, "--output", name] + arguments)
      #expect(run.code == 0, "\(run.errors)")
      return try lastFrame(of: video.file(name))
    }
    let (plain, without) = (try lastFrame(of: video.path), try last("a.mp4", "--trails", "0"))
    let (short, beside) = (try last("b.mp4"), try last("c.mp4", "--side-by-side", "--trails", "3"))
    #expect(beside.width == 2 * plain.width && beside.height == plain.height)
    func half(_ side: Int) -> [UInt8] {
      (0..<plain.height).flatMap { row in
        let start = 3 * (row * beside.width + side * plain.width)
        return beside.pixels[start..<start + 3 * plain.width]
      }
    }
    func changes(_ a: [UInt8], _ b: [UInt8]) -> Int { zip(a, b).count { abs(Int($0) - Int($1)) > 40 } }
    #expect(changes(half(0), plain.pixels) < 1_000 && changes(half(0), half(1)) > 10_000)
    let (second, all) = (changes(short.pixels, without.pixels), changes(half(1), without.pixels))
    #expect((50...20_000).contains(second) && (2 * second...30_000).contains(all), "\(second) \(all)")
  }

  private func lastFrame(of path: String) throws -> Image {
    let reader = try VideoReader(path)
    var last: Image?
    while let frame = try reader.next() { last = frame.image }
    return try #require(last)
  }

  @Test("an empty range says the times that the file has, which need not begin at 0")
  func range() throws {
    let video = try MovingPicture(frames: 1)
    let writer = try VideoWriter(video.file("late.ts"), size: Size(height: 64, width: 64))
    let image = try Image(width: 64, height: 64, pixels: [UInt8](repeating: 90, count: 3 * 64 * 64))
    for index in 0..<20 { try writer.write(image, at: 1.5 + Double(index) / 10) }
    try writer.finish()
    let run = try video.track("late.ts", "--range", "0..0.5")
    let times = try #require(try VideoReader(video.file("late.ts")).information.times)
    #expect(times.lowerBound > 1 && times.upperBound > times.lowerBound + 1.5, "\(times)")
    #expect(run.code == 65 && run.errors.contains("its times go from \((times.lowerBound * 1000).rounded() / 1000) to"))
  }

  @Test("the version is that of pose")
  func version() throws {
    let video = try MovingPicture(frames: 1)
    let run = try video.track("--version")
    let own = try video.run("pose", ["--version"])
    #expect(run.code == 0 && !run.output.isEmpty && run.output == own.output, "\(run.output) \(own.output)")
  }
}
