#if os(Linux)
  import Foundation
  import PoseCore
  import PoseImage
  import PoseMedia
  import PoseVideo
  import Testing

  @Suite("Memory of pose track")
  struct MemoryTests {
    @Test("ten minutes of a person take no more memory than ten seconds, within 5 MB")
    func tenMinutes() throws {
      let video = try MovingPicture(frames: 1)
      let picture = try Image(contentsOf: MovingPicture.checkout.appending(path: "Examples/person.png").path)
      let size = Size(height: picture.height, width: picture.width)
      let writer = try VideoWriter(video.file("long.mp4"), size: size)
      for second in 0..<600 { try writer.write(picture, at: Double(second)) }
      try writer.finish()

      let rows = video.file("rows.jsonl")
      let process = Process()
      process.executableURL = MovingPicture.checkout.appending(path: ".build/release/pose-track")
      process.arguments = [video.file("long.mp4"), "--json", rows, "--csv", video.file("rows.csv")]
      process.standardError = FileHandle.nullDevice
      try process.run()
      var samples: [(rows: Int, kilobytes: Int)] = []
      while process.isRunning {
        if let memory = memory(of: process.processIdentifier) { samples.append((lines(of: rows), memory)) }
        Thread.sleep(forTimeInterval: 0.1)
      }
      #expect(process.terminationStatus == 0 && lines(of: rows) == 600)
      let first = try #require(samples.first { $0.rows >= 10 }?.kilobytes)
      let most = try #require(samples.last { $0.rows >= 500 }?.kilobytes)
      #expect(most - first < 5000, "\(first) kB, then \(most) kB")
    }

    private func lines(of path: String) -> Int {
      (try? Data(contentsOf: URL(filePath: path)))?.count { $0 == UInt8(ascii: "\n") } ?? 0
    }

    /// What a process has in memory, in kilobytes.
    private func memory(of process: Int32) -> Int? {
      let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
      return line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) }
    }
  }
#endif
