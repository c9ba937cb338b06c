import Foundation
import PoseCore
import Synchronization
import Testing

@testable import PoseVideo

@Suite("Live videos")
struct LiveVideoTests {
  /// A transport stream of numbered pictures.
  private func bytes(frames: Int = 30, rate: Double = 25) throws -> [UInt8] {
    let folder = try Folder()
    try Numbered.write(folder("a.ts"), times: Numbered.even(frames, rate: rate))
    return try Array(Data(contentsOf: URL(filePath: folder("a.ts"))))
  }

  private func reader(_ server: StreamServer, patience: Double = 0.5) throws -> VideoReader {
    var options = VideoReader.Options()
    options.patience = patience
    return try VideoReader(server.url, options: options)
  }

  @Test("who reads slowly gets the newest frames, and the others are counted")
  func newest() throws {
    let server = try StreamServer([.init(bytes: bytes(), pieces: 30, pause: 0.03)])
    let reader = try reader(server)
    #expect(reader.information.isLive && reader.information.size == Size(height: 64, width: 80))
    var frames: [VideoFrame] = []
    #expect(throws: VideoError.self) {
      while let frame = try reader.next() {
        frames.append(frame)
        Thread.sleep(forTimeInterval: 0.2)
      }
    }
    #expect(reader.droppedFrames > 5 && frames.count + reader.droppedFrames == 30, "\(frames.count)")
    // A frame's number counts those that were dropped, and what it shows is what had come by then.
    #expect(frames.allSatisfy { Numbered.number(of: $0.image) == $0.index })
    #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.time < $1.time && $0.index < $1.index })
  }

  @Test("a stream that breaks off is opened again, and times go on by the clock")
  func reconnection() throws {
    let bytes = try bytes()
    let server = try StreamServer([.init(bytes: bytes), .init(bytes: bytes), .init(bytes: bytes)])
    let reader = try reader(server, patience: 3)
    let start = ContinuousClock.now
    var frames: [(frame: VideoFrame, clock: Double)] = []
    let error = #expect(throws: VideoError.self) {
      while let frame = try reader.next() { frames.append((frame, (ContinuousClock.now - start) / .seconds(1))) }
    }
    #expect(reader.reconnections == 2 && server.connectionCount == 3)
    #expect(
      frames.count + reader.droppedFrames == 90 && frames.count > 3,
      "\(frames.count) \(reader.droppedFrames) \(reader.damagedFrames)")
    #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.frame.time < $1.frame.time })
    // Three connections of a second each, and the pauses between.
    let last = try #require(frames.last)
    #expect(last.frame.time > 2 && abs(last.frame.time - last.clock) < 1.5, "\(last.frame.time) \(last.clock)")
    #expect("\(error, default: "")".contains("could not be opened again"))
  }

  @Test("an address says neither its password nor its query")
  func address() throws {
    let error = #expect(throws: VideoError.self) { try VideoReader("http://me:secret@127.0.0.1:1/a.ts?token=secret") }
    let text = "\(error, default: "")"
    #expect(text.contains("http://127.0.0.1:1/a.ts") && !text.contains("secret"), "\(text)")
  }

  @Test("cancelling ends the wait for a stream that is silent")
  func cancelling() async throws {
    let server = try StreamServer([.init(bytes: bytes(), stays: true)])
    let reader = try reader(server)
    let count = Mutex(0)
    let task = Task {
      for try await _ in reader { count.withLock { $0 += 1 } }
    }
    while count.withLock(\.self) + reader.droppedFrames < 20 { try await Task.sleep(for: .milliseconds(20)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try reader.next() == nil)
  }

  @Test("a file that an address leads to is no live video: every frame is read")
  func file() throws {
    let server = try StreamServer([.init(bytes: bytes(), pieces: 2, pause: 0, saysLength: true)])
    let reader = try reader(server)
    #expect(!reader.information.isLive)
    var count = 0
    while try reader.next() != nil {
      Thread.sleep(forTimeInterval: 0.01)
      count += 1
    }
    #expect(count == 30 && reader.droppedFrames == 0)
  }

  @Test(
    "a source that is not there is an error that names it",
    arguments: [
      "http://127.0.0.1:1/live.ts", "camera:99", "camera:x", "/dev/video99", "rtsp://127.0.0.1:1/a", "gopher://x",
    ]
  )
  func missing(_ source: String) {
    let error = #expect(throws: VideoError.self) { try VideoReader(source) }
    #expect(error?.exitCode == 65 && "\(error, default: "")".contains(source.hasPrefix("camera:9") ? "99" : source))
  }

  @Test("a playlist of this machine does not connect, and one elsewhere does not lead to this machine's files")
  func playlists() throws {
    let folder = try Folder()
    try Numbered.write(folder("a.ts"), times: Numbered.even(10))
    func playlist(_ source: String) -> String {
      "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.4,\n\(source)\n#EXT-X-ENDLIST\n"
    }
    let server = try StreamServer([.init(bytes: bytes(), pieces: 1)])
    try Data(playlist(server.url).utf8).write(to: URL(filePath: folder("a.m3u8")))
    #expect(throws: VideoError.self) { _ = try VideoReader(folder("a.m3u8")).next() }
    #expect(server.connectionCount == 0)
    let other = try StreamServer([.init(bytes: Array(playlist("file://" + folder("a.ts")).utf8), pieces: 1)])
    #expect(throws: VideoError.self) { _ = try VideoReader(other.url.replacing("live.ts", with: "a.m3u8")).next() }
  }
}
