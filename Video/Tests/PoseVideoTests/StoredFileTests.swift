import Foundation
import PoseCore
import Testing

@testable import PoseVideo

@Suite("Videos of other programs")
struct StoredFileTests {
  /// Frames whose pictures cannot say their number: those of damaged files, and after an edit that begins later.
  private static let isOutOfOrder: Set = ["damaged.ts", "edited.mp4"]

  @Test("there are files of all kinds")
  func count() { #expect(StoredFile.all.count >= 30) }

  @Test("frames, times and upright sizes are ffprobe's", arguments: StoredFile.all.filter { !$0.times.isEmpty })
  func frames(_ file: StoredFile) throws {
    let reader = try VideoReader(file.path)
    #expect(reader.information.size == file.size && reader.information.rotation == file.probe.rotation)
    let frames = try reader.frames()
    #expect(frames.allSatisfy { $0.image.width == file.size.width && $0.image.height == file.size.height })
    #expect(frames.map(\.index) == Array(0..<frames.count))
    if file.name == "damaged.ts" {
      // Those that are damaged are left out, some of which ffprobe shows.
      let times = Set(file.times)
      #expect(frames.allSatisfy { times.contains($0.time) } && frames.count <= file.times.count && frames.count > 3)
      return
    }
    #expect(frames.count == file.times.count, "\(frames.count) of \(file.times.count)")
    for (frame, time) in zip(frames, file.times) {
      if let time { #expect(abs(frame.time - time) <= 1e-6, "\(frame.time) is \(time)") }
    }
    guard !Self.isOutOfOrder.contains(file.name) else { return }
    let numbers = frames.map { Numbered.number(of: $0.image) }
    if file.probe.rotation == 0 {
      #expect(numbers == Array(0..<frames.count) && frames.allSatisfy { Numbered.isUpright($0.image) }, "\(numbers)")
    }
  }

  @Test("a file with a header and no frame has none")
  func noFrames() throws {
    let file = try #require(StoredFile.all.first { $0.name == "header.mp4" })
    #expect(file.times.isEmpty)
    #expect((try? VideoReader(file.path).frames())?.isEmpty ?? true)
  }

  @Test(
    "sound is copied packet by packet",
    arguments: [("sound.mp4", "mp4"), ("sound.mp4", "mkv"), ("sound.mkv", "mkv"), ("sound.avi", "mkv")])
  func sound(_ name: String, _ format: String) throws {
    let folder = try Folder()
    let file = try #require(StoredFile.all.first { $0.name == name })
    var options = VideoWriter.Options()
    options.sound = file.path
    try Numbered.write(folder("a." + format), times: Numbered.even(30), options: options)
    let (before, after) = (try soundPackets(of: file.path), try soundPackets(of: folder("a." + format)))
    // Formats number the packets before the first sample in different ways, and leave them out or not.
    let kept = before.filter { $0.time >= 0 }
    #expect(kept.count > 2 && kept.map(\.bytes) == after.suffix(kept.count).map(\.bytes))
    #expect(after.count <= before.count)
    #expect(try VideoReader(folder("a." + format)).frames().count == 30)
    #expect(zip(kept, after.suffix(kept.count)).allSatisfy { abs($0.time - $1.time) < 0.002 })
  }

  @Test("MP4 does not hold MP3 of a low rate")
  func lowRate() throws {
    let folder = try Folder()
    let file = try #require(StoredFile.all.first { $0.name == "sound.avi" })
    var options = VideoWriter.Options()
    options.sound = file.path
    let writer = try VideoWriter(folder("a.mp4"), size: Size(height: 64, width: 80), options: options)
    #expect(writer.missingSound == "mp3")
  }
}
