import Foundation
import PoseCore
import PoseImage
import PoseVideo

/// Where drawn pictures go.
protocol PictureSink: AnyObject {
  /// - Parameter time: when the picture is shown, in seconds after the first one.
  func write(_ picture: Image, at time: Double) throws
  func finish() throws
}

/// A window of ffplay that shows pictures as they come, which go to it through a pipe.
final class LivePlayer: PictureSink {
  /// The window was closed.
  struct Closed: Error {}

  private let title: String
  private let rate: Double
  private let program: String
  /// Whether somebody wants the work to end.
  private let isOver: () -> Bool
  private var process: Process?
  private var pipe: FileHandle?
  private var last: Image?
  /// How many pictures the player has.
  private var count = 0

  /// - Parameters:
  ///   - rate: how many pictures it shows in a second.
  ///   - isOver: whether somebody wants the work to end, so that nothing waits for the player any more.
  /// - Throws: ``WrongOutput`` where there is no ffplay.
  init(_ title: String, rate: Double, isOver: @escaping () -> Bool) throws(WrongOutput) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let programs = folders.map { "\($0)/ffplay" }
    guard let program = programs.first(where: FileManager.default.isExecutableFile) else {
      throw WrongOutput(
        "--live shows the video by ffplay, which is not here: `apt-get install ffmpeg` installs it", exitCode: 65)
    }
    (self.title, self.rate, self.program, self.isOver) = (title, rate, program, isOver)
  }

  /// Shows a picture; the one before stays until its time, however late it comes.
  ///
  /// - Throws: ``Closed`` once the window is closed.
  func write(_ picture: Image, at time: Double) throws {
    if process == nil { try start(Size(height: picture.height, width: picture.width)) }
    // A second of waiting at most, as where times jump.
    let missing = min(Int((time * rate).rounded()) - count, Int(rate))
    if let last { for _ in 0..<max(0, missing) { try send(last) } }
    try send(picture)
    last = picture
  }

  func finish() throws {
    try? pipe?.close()
    while let process, process.isRunning {
      // It may be paused, or show nothing.
      if isOver() { kill(process.processIdentifier, SIGKILL) }
      Thread.sleep(forTimeInterval: 0.02)
    }
  }

  private func start(_ size: Size) throws {
    let (process, input) = (Process(), Pipe())
    process.executableURL = URL(filePath: program)
    process.arguments = [
      "-hide_banner", "-loglevel", "error", "-autoexit", "-window_title", title, "-f", "rawvideo", "-pixel_format",
      "rgb24",
      "-video_size", "\(size.width)x\(size.height)", "-framerate", rate.text(6), "-i", "-",
    ]
    (process.standardInput, process.standardOutput) = (input, FileHandle.nullDevice)
    do { try process.run() } catch {
      throw WrongOutput("cannot run '\(program)': \(error.localizedDescription)", exitCode: 74)
    }
    try? input.fileHandleForReading.close()
    (self.process, pipe) = (process, input.fileHandleForWriting)
    let descriptor = input.fileHandleForWriting.fileDescriptor
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  private func send(_ picture: Image) throws {
    guard let pipe, let process else { return }
    count += 1
    try picture.pixels.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        if isOver() { throw Closed() }
        // A player that is paused reads nothing.
        var waiting = pollfd(fd: pipe.fileDescriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&waiting, 1, 100) > 0 else { continue }
        let part = UnsafeRawBufferPointer(rebasing: rest)
        let written = Foundation.write(pipe.fileDescriptor, part.baseAddress, part.count)
        if written < 0, [EAGAIN, EINTR].contains(errno) { continue }
        guard written > 0 else { return try end(of: process) }
        rest = rest.dropFirst(written)
      }
    }
  }

  private func end(of process: Process) throws {
    process.waitUntilExit()
    // A signal ends it with this program.
    guard process.terminationReason == .exit, ![0, 123].contains(process.terminationStatus) else { throw Closed() }
    throw WrongOutput("ffplay cannot show the video: is there a screen?", exitCode: 74)
  }
}
