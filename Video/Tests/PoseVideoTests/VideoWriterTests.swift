import Foundation
import PoseCore
import Testing

@testable import PoseVideo

@Suite("Writing videos")
struct VideoWriterTests {
  @Test("what was written before the program was killed plays")
  func killed() throws {
    let folder = try Folder()
    var options = VideoWriter.Options()
    options.rate = 25
    let writer = try VideoWriter(folder("a.mp4"), size: Size(height: 64, width: 80), options: options)
    for number in 0..<260 {
      try writer.write(Numbered.image(number % 32, size: writer.size), at: Double(number) / 25)
    }
    // Nothing is closed yet.
    try FileManager.default.copyItem(atPath: folder("a.mp4"), toPath: folder("b.mp4"))
    let frames = try VideoReader(folder("b.mp4")).frames()
    #expect(frames.count >= 100, "\(frames.count)")
    #expect(frames.map { Numbered.number(of: $0.image) } == frames.map { $0.index % 32 })
    try writer.finish()
    #expect(try VideoReader(folder("a.mp4")).frames().count == 260)
  }

  @Test("the finished file begins with what players need")
  func fastStart() throws {
    let folder = try Folder()
    try Numbered.write(folder("a.mp4"), times: Numbered.even(60))
    let bytes = try Data(contentsOf: URL(filePath: folder("a.mp4")))
    let (index, data) = (
      try #require(bytes.range(of: Data("moov".utf8))), try #require(bytes.range(of: Data("mdat".utf8)))
    )
    #expect(index.lowerBound < data.lowerBound && bytes.range(of: Data("moof".utf8)) == nil)
  }

  /// A WAV file of two seconds of a tone.
  private func writeTone(_ path: String) throws {
    let samples = (0..<16000).map { Int16(8000 * sin(Double($0) * 0.3)) }
    func little(_ value: Int, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(value >> (8 * $0) & 0xff) } }
    let format = little(1, 2) + little(1, 2) + little(8000, 4) + little(16000, 4) + little(2, 2) + little(16, 2)
    let data = samples.flatMap { little(Int(UInt16(bitPattern: $0)), 2) }
    let header = Array("RIFF".utf8) + little(36 + data.count, 4) + Array("WAVEfmt ".utf8) + little(16, 4) + format
    try Data(header + Array("data".utf8) + little(data.count, 4) + data).write(to: URL(filePath: path))
  }

  @Test("sound is copied as it is", arguments: ["mkv", "mov"])
  func sound(_ format: String) throws {
    let folder = try Folder()
    try writeTone(folder("a.wav"))
    var options = VideoWriter.Options()
    options.sound = folder("a.wav")
    try Numbered.write(folder("a." + format), times: Numbered.even(50), options: options)
    let (before, after) = (try soundPackets(of: folder("a.wav")), try soundPackets(of: folder("a." + format)))
    #expect(before.flatMap(\.bytes) == after.flatMap(\.bytes) && before.count > 1)
    #expect(try VideoReader(folder("a." + format)).information.hasSound)
    #expect(try VideoReader(folder("a." + format)).frames().count == 50)
    // From the middle, and no further than the pictures.
    options.start = 1
    try Numbered.write(folder("b." + format), times: Numbered.even(13), options: options)
    let part = try soundPackets(of: folder("b." + format))
    let (first, bytes, all) = (try #require(part.first), Data(part.flatMap(\.bytes)), Data(before.flatMap(\.bytes)))
    let place = try #require(all.range(of: bytes)).lowerBound
    // Two bytes a sample, 8000 samples a second.
    #expect(first.time < 0.3 && abs(Double(place) / 16000 - 1 - first.time) < 0.001 && bytes.count < 16000)
  }

  @Test("sound that the file cannot hold is left out and named")
  func missingSound() throws {
    let folder = try Folder()
    try writeTone(folder("a.wav"))
    var options = VideoWriter.Options()
    options.sound = folder("a.wav")
    let size = Size(height: 64, width: 80)
    let writer = try VideoWriter(folder("a.mp4"), size: size, options: options)
    #expect(writer.missingSound == "pcm_s16le")
    try writer.write(Numbered.image(0, size: size), at: 0)
    try writer.finish()
    #expect(try VideoReader(folder("a.mp4")).frames().count == 1)
  }

  @Test("other encoders write videos, too", arguments: ["mpeg4"])
  func encoders(_ name: String) throws {
    let folder = try Folder()
    var options = VideoWriter.Options()
    options.encoder = name
    try Numbered.write(folder("a.mp4"), times: Numbered.even(12), options: options)
    let frames = try VideoReader(folder("a.mp4")).frames()
    #expect(zip(frames, Numbered.even(12)).allSatisfy { abs($0.time - $1) < 1e-4 } && frames.count == 12)
  }

  @Test(
    "what cannot be written is said",
    arguments: [
      ("a.txt", "libx264", 64, "names no format"), ("a.mp4", "nonsense", 64, "no encoder 'nonsense'"),
      ("none/a.mp4", "libx264", 74, "No such file"),
    ])
  func refused(_ name: String, _ encoder: String, _ code: Int32, _ words: String) throws {
    let folder = try Folder()
    var options = VideoWriter.Options()
    options.encoder = encoder
    let error = #expect(throws: VideoError.self) { try Numbered.write(folder(name), times: [0], options: options) }
    #expect(error?.exitCode == code && error?.description.contains(words) == true, "\(String(describing: error))")
  }

  @Test("a video without pictures can be finished")
  func empty() throws {
    let folder = try Folder()
    try Numbered.write(folder("a.mp4"), times: [])
    #expect(throws: VideoError.self) { try VideoReader(folder("a.mp4")).frames() }
  }
}
