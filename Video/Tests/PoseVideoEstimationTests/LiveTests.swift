import Foundation
import PoseVideo
import Testing

@Suite("pose track, live")
struct LiveTests {
  /// A folder with a program named ffplay.
  private func player(_ video: MovingPicture, _ script: String) throws -> String {
    let folder = video.folder.appending(path: "bin")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let program = folder.appending(path: "ffplay").path
    try "#!/bin/sh\n\(script)\n".write(toFile: program, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    return folder.path + ":/usr/bin:/bin"
  }

  @Test("the player gets every picture at its size, and repeats those that others wait for")
  func pictures() throws {
    let video = try MovingPicture(frames: 6)
    let path = try player(video, "echo \"$@\" > arguments; cat > pictures")
    let run = try video.track([video.path, "--live", "--json", "a.jsonl", "--every", "2"], path: path)
    #expect(run.code == 0 && run.output.isEmpty, "\(run.errors)")
    let size = try VideoReader(video.path).information.size
    let arguments = try String(contentsOfFile: video.file("arguments"), encoding: .utf8)
    #expect(arguments.contains("-video_size \(size.width)x\(size.height) -framerate 5 "), "\(arguments)")
    let bytes = try Data(contentsOf: URL(filePath: video.file("pictures"))).count
    #expect(bytes == 3 * 3 * size.width * size.height)
    #expect(try String(contentsOfFile: video.file("a.jsonl"), encoding: .utf8).split(separator: "\n").count == 3)
  }

  @Test("closing the window ends the work, and files are whole")
  func closing() throws {
    let video = try MovingPicture(frames: 20)
    let path = try player(video, "head -c 1000000 > /dev/null")
    let run = try video.track([video.path, "--live", "--coco", "a.json"], path: path)
    #expect(run.code == 0, "\(run.errors)")
    let results = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: video.file("a.json"))))
    #expect(results is [Any])
  }

  @Test("what is missing is said", arguments: [("", Int32(65), "apt-get install ffmpeg"), ("exit 1", 74, "a screen")])
  func missing(_ script: String, _ code: Int32, _ words: String) throws {
    let video = try MovingPicture(frames: 3)
    let path = script.isEmpty ? "/nowhere" : try player(video, script)
    let run = try video.track([video.path, "--live"], path: path)
    #expect(run.code == code && run.errors.contains(words), "\(run.code) \(run.errors)")
  }

  @Test("Ctrl-C ends the work though the player reads nothing")
  func paused() throws {
    let video = try MovingPicture(frames: 20)
    let path = try player(video, "sleep 2; kill -INT $PPID; exec sleep 60")
    let start = Date()
    let run = try video.track([video.path, "--live", "--json", "a.jsonl", "--coco", "a.json"], path: path)
    #expect(run.code == 130 && Date().timeIntervalSince(start) < 40, "\(run.code) \(run.errors)")
    let results = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: video.file("a.json"))))
    #expect(results is [Any])
  }

  @Test("a folder of pictures is a video, and none of them is written over")
  func folder() throws {
    let video = try MovingPicture(frames: 2)
    try FileManager.default.createDirectory(at: video.folder.appending(path: "walk"), withIntermediateDirectories: true)
    let reader = try VideoReader(video.path)
    while let frame = try reader.next() { try frame.image.write(to: video.file("walk/\(frame.index).png")) }
    let run = try video.track(["walk", "--csv", "rows/", "--rate", "10"])
    #expect(run.code == 0, "\(run.errors)")
    let rows = try String(contentsOfFile: video.file("rows/walk.csv"), encoding: .utf8).split(separator: "\n")
    #expect(rows.count > 3 && Set(rows.dropFirst().map { $0.split(separator: ",")[1] }) == ["0", "0.1"])
    let picture = try Data(contentsOf: URL(filePath: video.file("walk/1.png")))
    for source in ["walk", "walk/%d.png"] {
      let over = try video.track([source, "--json", "walk/1.png"])
      #expect(over.code == 64 && over.errors.contains("is an input"), "\(over.errors)")
    }
    #expect(try Data(contentsOf: URL(filePath: video.file("walk/1.png"))) == picture)
    let pattern = try video.track(["walk/%d.png", "--csv", "rows/"])
    #expect(pattern.code == 0 && pattern.errors.contains("2 frames"), "\(pattern.errors)")
  }
}
