import Foundation
import PoseCore
import PoseImage
import PoseMedia
import Testing

@testable import PoseVideo

@Suite("Sequences of pictures")
struct PictureSequenceTests {
  private func folder(_ names: [String], size: (Int) -> Size = { _ in Size(height: 64, width: 80) }) throws -> Folder {
    let folder = try Folder()
    for (number, name) in names.enumerated() { try Numbered.image(number, size: size(number)).write(to: folder(name)) }
    return folder
  }

  @Test("a folder's pictures come in the order of their numbers, bit for bit, at a rate")
  func order() throws {
    let folder = try folder(["a1.png", "a2.png", "a10.png", "b.png"])
    try Data("no picture".utf8).write(to: URL(filePath: folder("notes.txt")))
    var options = VideoReader.Options()
    options.rate = 10
    let reader = try VideoReader(folder.path, options: options)
    #expect(reader.information.duration == 0.4 && reader.information.rate == 10 && !reader.information.isLive)
    let frames = try reader.frames()
    #expect(frames.map(\.time) == [0, 0.1, 0.2, 0.3] && frames.map(\.index) == [0, 1, 2, 3])
    #expect(
      frames.map { $0.file.map { URL(filePath: $0).lastPathComponent } } == ["a1.png", "a2.png", "a10.png", "b.png"])
    for (number, frame) in frames.enumerated() {
      #expect(frame.image == Numbered.image(number, size: Size(height: 64, width: 80)))
    }
  }

  @Test(
    "a pattern names the pictures",
    arguments: [
      ("f%06d.png", ["f000008.png", "f000009.png", "f000010.png"]), ("%d.png", ["8.png", "9.png", "10.png"]),
    ])
  func pattern(_ pattern: String, _ names: [String]) throws {
    let folder = try folder(names + ["g000009.png", "f9x.png", "f0000011.png", "08.png"])
    let frames = try VideoReader(folder(pattern)).frames()
    #expect(frames.map { Numbered.number(of: $0.image) } == [0, 1, 2])
    #expect(frames.map(\.time) == [0, 0.04, 0.08])
  }

  @Test("a range and every second picture of it")
  func range() throws {
    let folder = try folder((0..<10).map { "\($0).png" })
    var options = VideoReader.Options()
    (options.range, options.every) = (0.08...0.24, 2)
    let frames = try VideoReader(folder.path, options: options).frames()
    #expect(frames.map { Numbered.number(of: $0.image) } == [2, 4, 6] && frames.map(\.time) == [0.08, 0.16, 0.24])
  }

  @Test("pictures of another size get that of the first, and the longest side bounds it")
  func sizes() throws {
    let folder = try folder(["0.png", "1.png"]) {
      $0 == 0 ? Size(height: 64, width: 80) : Size(height: 128, width: 160)
    }
    var options = VideoReader.Options()
    for longest in [nil, 40] {
      options.longestSide = longest
      let frames = try VideoReader(folder.path, options: options).frames()
      #expect(frames.map { Numbered.number(of: $0.image) } == [0, 1])
      #expect(frames.allSatisfy { $0.image.width == longest ?? 80 && Numbered.isUpright($0.image) })
    }
  }

  @Test("what cannot be read is left out and counted, and what is not there is named")
  func wrong() throws {
    let folder = try folder(["0.png", "2.png"])
    try Data("no picture".utf8).write(to: URL(filePath: folder("1.png")))
    let reader = try VideoReader(folder.path)
    #expect(try reader.frames().map(\.time) == [0, 0.08] && reader.damagedFrames == 1)
    #expect(VideoReader.files(of: folder.path) == ["0.png", "1.png", "2.png"].map { folder($0) })
    let empty = try Folder()
    for source in [empty.path, empty("%04d.jpg"), empty("none/%d.jpg"), empty("%999999999d.jpg")] {
      let error = #expect(throws: VideoError.self) { try VideoReader(source) }
      #expect(
        error?.exitCode == 65 && "\(error, default: "")".contains(source.hasSuffix("none/%d.jpg") ? "none" : source))
    }
    var options = VideoReader.Options()
    options.pixelLimit = 1000
    #expect(throws: VideoError.self) { try VideoReader(folder.path, options: options) }
  }
}
