import Foundation
import PoseCore
import Testing

@testable import PoseVideo

@Suite("Reading videos")
struct VideoReaderTests {
  @Test(
    "what was written comes back: pictures, times and sizes", arguments: ["mp4", "mov", "mkv"],
    [Size(height: 64, width: 80), Size(height: 67, width: 101)])
  func roundTrip(_ format: String, _ size: Size) throws {
    let folder = try Folder()
    // 30000/1001 frames a second, with a pause.
    let times = (0..<30).map { Double($0) * 1001 / 30000 + ($0 > 12 ? 0.7213 : 0) }
    try Numbered.write(folder("a." + format), size: size, times: times)
    let reader = try VideoReader(folder("a." + format))
    let even = Size(height: (size.height + 1) / 2 * 2, width: (size.width + 1) / 2 * 2)
    #expect(reader.information.size == even && reader.information.codec == "h264" && !reader.information.hasSound)
    let frames = try reader.frames()
    #expect(frames.map(\.index) == Array(0..<30) && frames.map { Numbered.number(of: $0.image) } == Array(0..<30))
    // Matroska counts milliseconds.
    let tolerance = format == "mkv" ? 0.0006 : 1e-6
    #expect(zip(frames, times).allSatisfy { abs($0.time - $1) <= tolerance })
    #expect(frames.allSatisfy { Numbered.isUpright($0.image) && $0.image.width == even.width })
    #expect(reader.damagedFrames == 0)
    let duration = try #require(reader.information.duration)
    #expect(abs(duration - (times[29] + 0.04)) < 0.05, "\(duration)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 1)
  }

  @Test("colors survive, at the sizes whose colors are coded in different ways", arguments: [64, 720])
  func colors(_ height: Int) throws {
    let folder = try Folder()
    let size = Size(height: height, width: 96)
    try Numbered.write(folder("a.mp4"), size: size, times: [0])
    let image = try #require(try VideoReader(folder("a.mp4")).next()?.image)
    for (x, y, expected) in [(10, 8, [220, 20, 20]), (86, 8, [20, 20, 220]), (48, 8, [90, 90, 90])] {
      let found = Numbered.color(of: image, x, y)
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 12 }, "\(found)")
    }
  }

  @Test("sideways videos come upright", arguments: [90, 180, 270])
  func rotation(_ degrees: Int) throws {
    let folder = try Folder()
    var options = VideoWriter.Options()
    options.rotation = degrees
    try Numbered.write(folder("a.mp4"), times: Numbered.even(3), options: options)
    let reader = try VideoReader(folder("a.mp4"))
    let isSideways = degrees != 180
    #expect(reader.information.rotation == degrees)
    #expect(reader.information.size == (isSideways ? Size(height: 80, width: 64) : Size(height: 64, width: 80)))
    let image = try #require(try reader.next()?.image)
    #expect(image.width == reader.information.size.width && image.height == reader.information.size.height)
    // The red square, which was at the top left, is where the turn brings it.
    let corner = [90: (image.width - 8, 8), 180: (image.width - 8, image.height - 8), 270: (8, image.height - 8)]
    let (x, y) = try #require(corner[degrees])
    #expect(Numbered.color(of: image, x, y)[0] > 150 && Numbered.color(of: image, x, y)[2] < 90)
  }

  @Test("a range of times, every so many frames, and smaller pictures")
  func options() throws {
    let folder = try Folder()
    try Numbered.write(folder("a.mp4"), size: Size(height: 120, width: 160), times: Numbered.even(30))
    var options = VideoReader.Options()
    options.range = 0.4...0.8
    var frames = try VideoReader(folder("a.mp4"), options: options).frames()
    #expect(frames.map { Numbered.number(of: $0.image) } == Array(10...20) && frames.map(\.index) == Array(0...10))
    (options.range, options.every) = (nil, 7)
    frames = try VideoReader(folder("a.mp4"), options: options).frames()
    #expect(
      frames.map { Numbered.number(of: $0.image) } == [0, 7, 14, 21, 28] && frames.map(\.index) == [0, 7, 14, 21, 28])
    options.longestSide = 80
    let image = try #require(try VideoReader(folder("a.mp4"), options: options).next()?.image)
    #expect(image.width == 80 && image.height == 60 && Numbered.isUpright(image))
    options.range = 5...6
    #expect(try VideoReader(folder("a.mp4"), options: options).frames().isEmpty)
  }

  @Test("one frame is a video, and ten thousandths of a second between frames are kept")
  func few() throws {
    let folder = try Folder()
    try Numbered.write(folder("a.mp4"), times: [0])
    #expect(try VideoReader(folder("a.mp4")).frames().count == 1)
    let times = [0, 0.0001, 0.0002, 0.5]
    try Numbered.write(folder("b.mp4"), times: times)
    let read = try VideoReader(folder("b.mp4")).frames().map(\.time)
    #expect(zip(read, times).allSatisfy { abs($0 - $1) < 1e-6 } && read.count == 4)
  }

  @Test("damaged bytes lose frames, not the video")
  func damaged() throws {
    let folder = try Folder()
    var options = VideoWriter.Options()
    options.rate = 10
    try Numbered.write(
      folder("a.mkv"), size: Size(height: 240, width: 320), times: Numbered.even(150), options: options)
    var bytes = try Array(Data(contentsOf: URL(filePath: folder("a.mkv"))))
    for place in bytes.count / 3..<bytes.count / 3 + 300 { bytes[place] = UInt8(truncatingIfNeeded: place &* 37) }
    try Data(bytes).write(to: URL(filePath: folder("a.mkv")))
    let reader = try VideoReader(folder("a.mkv"))
    let frames = try reader.frames()
    #expect(frames.count < 150 && frames.count > 80, "\(frames.count)")
    #expect(frames.map(\.time) == frames.map(\.time).sorted())
  }

  @Test("a file that breaks off has the frames up to there", arguments: [0.3, 0.6, 0.9])
  func truncated(_ share: Double) throws {
    let folder = try Folder()
    // As it lies there where the program was killed.
    try Numbered.write(folder("a.mkv"), size: Size(height: 240, width: 320), times: Numbered.even(100))
    let bytes = try Data(contentsOf: URL(filePath: folder("a.mkv")))
    try bytes.prefix(Int(Double(bytes.count) * share)).write(to: URL(filePath: folder("b.mkv")))
    let frames = try VideoReader(folder("b.mkv")).frames()
    #expect(frames.count > 5 && frames.count < 100, "\(frames.count)")
    #expect(frames.map { Numbered.number(of: $0.image) } == frames.map { $0.index % 32 })
  }

  @Test(
    "what is no video is refused with its name",
    arguments: ["missing.mp4", "empty.mp4", "text.mp4", "folder.mp4", "half.mp4", "playlist.m3u8"])
  func refused(_ name: String) throws {
    let folder = try Folder()
    try Numbered.write(folder("a.mp4"), times: Numbered.even(30))
    try FileManager.default.createDirectory(atPath: folder("folder.mp4"), withIntermediateDirectories: true)
    try Data().write(to: URL(filePath: folder("empty.mp4")))
    try Data("no video at all, just words. ".utf8).write(to: URL(filePath: folder("text.mp4")))
    try Data(contentsOf: URL(filePath: folder("a.mp4"))).prefix(300).write(to: URL(filePath: folder("half.mp4")))
    // A playlist must not make a reader of files connect.
    let list = "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"
    try Data(list.utf8).write(to: URL(filePath: folder("playlist.m3u8")))
    let error = #expect(throws: VideoError.self) { try VideoReader(folder(name)).frames() }
    #expect(error?.exitCode == 65 && error?.description.contains(name) == true, "\(String(describing: error))")
  }

  @Test("frames of another size get that of the first")
  func sizes() throws {
    let folder = try Folder()
    var options = VideoWriter.Options()
    options.rate = 25
    try Numbered.write(folder("a.ts"), size: Size(height: 64, width: 80), times: Numbered.even(10), options: options)
    try Numbered.write(
      folder("b.ts"), size: Size(height: 128, width: 96), times: Numbered.even(10).map { $0 + 1 }, options: options)
    let both = try Data(contentsOf: URL(filePath: folder("a.ts"))) + Data(contentsOf: URL(filePath: folder("b.ts")))
    try both.write(to: URL(filePath: folder("c.ts")))
    let frames = try VideoReader(folder("c.ts")).frames()
    #expect(frames.count > 10 && Set(frames.map { [$0.image.width, $0.image.height] }) == [[80, 64]])
  }

  @Test("times that begin again still rise")
  func restart() throws {
    let folder = try Folder()
    try Numbered.write(folder("a.ts"), times: Numbered.even(10))
    let bytes = try Data(contentsOf: URL(filePath: folder("a.ts")))
    try (bytes + bytes).write(to: URL(filePath: folder("b.ts")))
    let times = try VideoReader(folder("b.ts")).frames().map(\.time)
    #expect(times.count > 10 && zip(times, times.dropFirst()).allSatisfy { $0 < $1 }, "\(times)")
  }

  @Test("pictures beyond the limit are refused before they are decoded")
  func limit() throws {
    let folder = try Folder()
    try Numbered.write(folder("a.mp4"), times: Numbered.even(3))
    var options = VideoReader.Options()
    options.pixelLimit = 64 * 80 - 1
    let error = #expect(throws: VideoError.self) { try VideoReader(folder("a.mp4"), options: options).frames() }
    guard case .tooLarge(_, Size(height: 64, width: 80), 5119)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
