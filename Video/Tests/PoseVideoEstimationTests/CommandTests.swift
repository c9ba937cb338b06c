import Foundation
import PoseVideo
import Testing

/// What `pose-track` writes, and what it refuses.
@Suite("pose track", .serialized)
struct CommandTests {
  private struct Line: Decodable {
    struct Person: Decodable {
      struct Joint: Decodable {
        var name: String
        var x, y: Double?
        var score: Double
      }

      var track: Int
      var bbox: [Double]
      var score: Double
      var keypoints: [Joint]
    }

    var frame: Int
    var time: Double
    var poses: [Person]
  }

  private func lines(_ text: String) throws -> [Line] {
    try text.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
  }

  @Test("JSON lines, CSV and a drawn video have the same frames")
  func outputs() throws {
    let video = try MovingPicture()
    let run = try video.track(
      video.path, "--json", video.file("a.jsonl"), "--csv", video.file("a.csv"), "--output", video.file("drawn.mp4"))
    #expect(run.code == 0 && run.output.isEmpty && run.errors.contains("20 frames"), "\(run.errors)")
    let lines = try lines(String(contentsOfFile: video.file("a.jsonl"), encoding: .utf8))
    #expect(lines.map(\.frame) == Array(0..<20) && lines.map(\.time) == (0..<20).map { Double($0) / 10 })
    let joints = lines.flatMap(\.poses).flatMap(\.keypoints)
    #expect(joints.allSatisfy { ($0.x == nil) == ($0.score < 0.2) && ($0.x == nil) == ($0.y == nil) })
    let rows = try String(contentsOfFile: video.file("a.csv"), encoding: .utf8).split(separator: "\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(rows[0].prefix(4) == ["frame", "time", "track", "score"] && rows.allSatisfy { $0.count == 8 + 51 })
    #expect(rows.count == 1 + lines.flatMap(\.poses).count)
    #expect(rows.dropFirst().map { Int($0[2]) } == lines.flatMap { $0.poses.map(\.track) })
    let drawn = try VideoReader(video.file("drawn.mp4"))
    #expect(drawn.information.size == (try VideoReader(video.path)).information.size)
    let plain = try VideoReader(video.path)
    var count = 0
    while let frame = try drawn.next(), let other = try plain.next() {
      #expect(abs(frame.time - Double(count) / 10) < 1e-6 && frame.image != other.image)
      count += 1
    }
    #expect(count == 20)
  }

  @Test("without an output, JSON lines go to standard output; a range and every second frame of it")
  func standardOutput() throws {
    let video = try MovingPicture(frames: 10)
    let run = try video.track(video.path, "--range", "0.2..0.8", "--every", "2", "--smooth", "live")
    let lines = try lines(run.output)
    #expect(lines.map(\.time) == [0.2, 0.4, 0.6, 0.8] && lines.map(\.frame) == [0, 2, 4, 6], "\(run.errors)")
    #expect(lines.allSatisfy { !$0.poses.isEmpty })
  }

  @Test("COCO's and OpenPose's files, and angles")
  func formats() throws {
    let video = try MovingPicture(frames: 3)
    let run = try video.track(
      video.path, "--coco", "c.json", "--openpose", "body", "--json", "a.jsonl", "--csv", "a.csv", "--angles",
      "--fix-swaps")
    #expect(run.code == 0 && run.output.isEmpty, "\(run.errors)")
    func json(_ name: String) throws -> Any {
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: video.file(name))))
    }
    let results = try #require(try json("c.json") as? [[String: Any]])
    #expect(Set(results.compactMap { $0["image_id"] as? Int }) == [0, 1, 2])
    #expect(results.allSatisfy { ($0["keypoints"] as? [Double])?.count == 51 && $0["track_id"] is Int })
    let names = try FileManager.default.contentsOfDirectory(atPath: video.file("body")).sorted()
    #expect(names == (0..<3).map { "people_00000000000\($0)_keypoints.json" })
    let body = try #require(try json("body/" + names[0]) as? [String: Any])
    let people = try #require(body["people"] as? [[String: Any]])
    let numbers = try #require(people[0]["pose_keypoints_2d"] as? [Double])
    // The neck is between the shoulders, and there are no feet.
    #expect(people.count == results.count { $0["image_id"] as? Int == 0 } && numbers.count == 75)
    #expect(abs(numbers[3] - (numbers[6] + numbers[15]) / 2) < 0.01 && numbers[57...].allSatisfy { $0 == 0 })
    let rows = try String(contentsOfFile: video.file("a.csv"), encoding: .utf8).split(separator: "\n")
    #expect(rows.allSatisfy { $0.split(separator: ",", omittingEmptySubsequences: false).count == 8 + 51 + 17 })
    #expect(try String(contentsOfFile: video.file("a.jsonl"), encoding: .utf8).contains(#""knee_left":"#))
  }

  @Test("PoseTrack's file has its joints, and pose evaluate scores it, as it is and as a list")
  func poseTrack() throws {
    let video = try MovingPicture(frames: 4)
    let run = try video.track(video.path, "--posetrack", "p.json", "--coco", "c.json")
    #expect(run.code == 0 && run.output.isEmpty, "\(run.errors)")
    func json(_ name: String) throws -> Any {
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: video.file(name))))
    }
    func write(_ value: Any, _ name: String) throws -> String {
      try JSONSerialization.data(withJSONObject: value).write(to: URL(filePath: video.file(name)))
      return video.file(name)
    }
    var file = try #require(try json("p.json") as? [String: Any])
    var people = try #require(file["annotations"] as? [[String: Any]])
    let images = try #require(file["images"] as? [[String: Any]])
    #expect(images.compactMap { $0["file_name"] as? String } == (0..<4).map { "people/00000\($0).jpg" })
    let found = try #require(try json("c.json") as? [[String: Any]])
    #expect(people.count == found.count && !people.isEmpty)
    for (person, other) in zip(people, found) {
      let joints = try #require(person["keypoints"] as? [Double])
      let coco = try #require(other["keypoints"] as? [Double])
      let scores = try #require(person["scores"] as? [Double])
      func point(_ numbers: [Double], _ joint: Int) -> [Double] { Array(numbers[3 * joint..<3 * joint + 3]) }
      #expect(joints.count == 51 && scores == (0..<17).map { joints[3 * $0 + 2] })
      #expect(person["track_id"] as? Int == other["track_id"] as? Int)
      for joint in [0] + Array(3..<17) where coco[3 * joint + 2] != 0.2 {
        #expect(point(joints, joint) == (coco[3 * joint + 2] > 0.2 ? point(coco, joint) : [0, 0, 0]))
      }
      let (nose, left, right) = (point(joints, 0), point(joints, 5), point(joints, 6))
      let (bottom, top) = (point(joints, 1), point(joints, 2))
      if left[2] > 0, right[2] > 0 {
        #expect((0..<2).allSatisfy { abs(bottom[$0] - (left[$0] + right[$0]) / 2) < 0.011 })
        #expect(bottom[2] == min(left[2], right[2]))
      } else {
        #expect(bottom == [0, 0, 0] && top == [0, 0, 0])
      }
      if top[2] > 0 { #expect((0..<2).allSatisfy { abs(top[$0] + bottom[$0] - 2 * nose[$0]) < 0.02 }) }
    }
    #expect(people.contains { ($0["scores"] as? [Double])?[2] != 0 })

    // What was found is right where it is the truth.
    for index in people.indices { people[index]["bbox_head"] = [10, 10, 30, 30] }
    file["annotations"] = people
    let truth = try write(file, "truth.json")
    for results in [video.file("p.json"), try write(people, "list.json")] {
      let scored = try video.run(
        "pose",
        ["evaluate", "--metric", "posetrack18", "--annotations", truth, "--results", results, "--json", "-"])
      let values = try JSONDecoder().decode([String: Double?].self, from: Data(scored.output.utf8))
      #expect(values["MOTA Total"] == 100 && values["Precision"] == 100 && values["Recall"] == 100, "\(scored)")
    }
  }

  @Test("offline, joints are smoothed and gaps filled; motion capture's files; repetitions are counted")
  func offline() throws {
    let video = try MovingPicture()
    let run = try video.track(
      video.path, "--smooth", "offline", "--cutoff", "3", "--json", "a.jsonl", "--trc", "trc", "--count", "knee_left",
      "--output",
      "d.mp4")
    #expect(
      run.code == 0 && run.errors.contains("were filled") && run.errors.contains("knee_left 0 times"), "\(run.errors)")
    let lines = try lines(String(contentsOfFile: video.file("a.jsonl"), encoding: .utf8))
    let first = try #require(lines.first?.poses.first)
    #expect(lines.map(\.frame) == Array(0..<20))
    #expect(try VideoReader(video.file("d.mp4")).information.rate != nil)
    let files = try FileManager.default.contentsOfDirectory(atPath: video.file("trc")).sorted()
    #expect(files.first == "people_person1.trc" && files.count >= 3)
    let rows = try String(contentsOfFile: video.file("trc/people_person1.trc"), encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false).map {
        $0.split(separator: "\t", omittingEmptySubsequences: false)
      }
    #expect(rows[2][2].trimmingPrefix { $0 == " " } == "20" && rows[2][3] == "17" && rows[6].count == 2 + 51)
    let nose = try #require(first.keypoints[0].y)
    #expect(abs((Double(rows[6][3]) ?? 0) - (500 - nose)) < 0.01 && rows[6][0] == "1")
    let tooHigh = try video.track(video.path, "--smooth", "offline", "--cutoff", "5", "--json", "b.jsonl")
    #expect(tooHigh.code == 64 && tooHigh.errors.contains("half of the 10 pictures a second"), "\(tooHigh.errors)")
    let twice = try video.track("-", "--smooth", "offline")
    #expect(twice.code == 64 && twice.errors.contains("twice"))
  }

  @Test("heads are covered where that is asked for, and little else")
  func faces() throws {
    let video = try MovingPicture(frames: 1)
    #expect(try video.track(video.path, "--output", "a.mp4").code == 0)
    #expect(try video.track(video.path, "--output", "b.mp4", "--blur-faces").code == 0)
    func frame(_ name: String) throws -> [UInt8] {
      try #require(try VideoReader(video.file(name)).next()?.image.pixels)
    }
    let changed = zip(try frame("a.mp4"), try frame("b.mp4")).count { abs(Int($0) - Int($1)) > 30 }
    #expect((3_000...60_000).contains(changed), "\(changed)")
  }

  @Test("a bad video does not keep others from being looked at")
  func others() throws {
    let video = try MovingPicture(frames: 2)
    try Data().write(to: URL(filePath: video.file("a.mp4")))
    let run = try video.track("a.mp4", "people.mp4", "--json", "rows")
    #expect(run.code == 65 && run.errors.contains("a.mp4"), "\(run.errors)")
    let rows = try String(contentsOfFile: video.file("rows/people.jsonl"), encoding: .utf8)
    #expect(rows.split(separator: "\n").count == 2)
  }

  @Test("several videos get files of their names in folders")
  func several() throws {
    let (video, other) = (try MovingPicture(frames: 2), try MovingPicture(frames: 3))
    try FileManager.default.copyItem(atPath: other.path, toPath: video.file("other.mkv"))
    let run = try video.track(video.path, video.file("other.mkv"), "--csv", video.file("rows"))
    #expect(run.code == 0, "\(run.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: video.file("rows")).sorted()
    #expect(names == ["other.csv", "people.csv"])
  }

  @Test(
    "wrong uses are refused before anything is written",
    arguments: [
      (["people.mp4", "--output", "people.mp4"], Int32(64), "input or another output"),
      (["people.mp4", "--json", "./people.mp4"], 64, "input or another output"),
      (["people.mp4", "--csv", "a", "--json", "a"], 64, "input or another output"),
      (["missing.mp4"], 65, "missing.mp4"), (["empty.mp4"], 65, "empty.mp4"),
      (["people.mp4", "empty.mp4", "--csv", "empty.mp4"], 64, "need a folder"),
      (["people.mp4", "--range", "5..3"], 64, "two times"), (["people.mp4", "--every", "0"], 64, "--every"),
      (["people.mp4", "--detect-every", "x"], 64, "auto"), (["people.mp4", "--smooth", "x"], 64, "live"),
      (["people.mp4", "--model", "/nowhere.pth"], 65, "/nowhere.pth"), (["people.mp4", "--unknown"], 64, "--unknown"),
      (["people.mp4", "--json", "hard.mp4"], 64, "input or another output"),
      (["people.mp4", "--range", "50..60"], 65, "lies in the range"),
      (["people.mp4", "people.mp4"], 64, "--json FOLDER"),
      (["people.mp4", "empty.mp4", "--csv", "-"], 64, "--csv FOLDER"),
      (["people.mp4", "--json", "-", "--csv", "-"], 64, "--json or --csv a file"),
      (["people.mp4", "other/people.mov", "--trc", "trc"], 64, "two videos are named 'people'"),
      (["people.mp4", "other/people.mov", "--csv", "trc"], 64, "two videos are named 'people'"),
      (["people.mp4", "--trc", "k.mp4"], 74, "k.mp4"), (["people.mp4", "--plot", "k.mp4/a"], 74, "k.mp4"),
      (["people.mp4", "--every", "9223372036854775807"], 64, "--every"),
      (["people.mp4", "--output", "k.mp4", "--encoder", "nonsense"], 64, "nonsense"),
      (["people.mp4", "--blur-faces"], 64, "--blur-faces goes with --output"),
      (["people.mp4", "--skeleton-only", "--json", "a"], 64, "--skeleton-only goes with --output"),
      (["people.mp4", "--side-by-side"], 64, "--side-by-side goes with --output"),
      (["people.mp4", "--trails", "2"], 64, "--trails goes with --output"),
      (["people.mp4", "--encoder", "libx264"], 64, "--encoder goes with --output"),
      (["people.mp4", "--output", "a.mp4", "--trails=-1"], 64, "0 to 3600"),
      (["people.mp4", "--angles", "--coco", "a"], 64, "--angles goes with --json or --csv"),
      (["people.mp4", "--cutoff", "3"], 64, "--cutoff goes with --smooth offline"),
      (["people.mp4", "--cutoff", "3", "--smooth", "live"], 64, "--cutoff goes with --smooth offline"),
      (["./%d.png", "--plot", "."], 64, "'.' is an input"),
      (["people.mp4", "--plot", ""], 64, "--plot takes a name"),
      (["people.mp4", "--csv", ""], 64, "--csv takes a name"),
      (["people.mp4", "--count", "knee"], 64, "knee_right"),
      (["people.mp4", "--output", "a.txt"], 64, "names no format"), (["people.mp4", "--json", "none/a"], 74, "none/a"),
      ([], 64, "video"),
    ] as [([String], Int32, String)])
  func refused(_ arguments: [String], _ code: Int32, _ words: String) throws {
    let video = try MovingPicture(frames: 2)
    try Data().write(to: URL(filePath: video.file("empty.mp4")))
    try FileManager.default.linkItem(atPath: video.path, toPath: video.file("hard.mp4"))
    try Data("kept".utf8).write(to: URL(filePath: video.file("k.mp4")))
    let before = try Data(contentsOf: URL(filePath: video.path))
    let run = try video.track(arguments)
    #expect(run.code == code && run.errors.contains(words), "\(run.code) \(run.errors)")
    #expect(try Data(contentsOf: URL(filePath: video.path)) == before)
    #expect(try String(contentsOfFile: video.file("k.mp4"), encoding: .utf8) == "kept")
  }
}
