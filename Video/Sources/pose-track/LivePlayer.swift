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
  private var process: Process?
  private var pipe: FileHandle?
  private var last: Image?
  /// How many pictures the player has.
  private var count = 0

  /// - Parameter rate: how many pictures it shows in a second.
  /// - Throws: ``WrongOutput`` where there is no ffplay.
  init(_ title: String, rate: Double) throws(WrongOutput) {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let programs = folders.map { "\($0)/ffplay" }
    guard let program = programs.first(where: FileManager.default.isExecutableFile) else {
      throw WrongOutput(
        "--live shows the video by ffplay, which is not here: `apt-get install ffmpeg` installs it", exitCode: 65)
    }
    (self.title, self.rate, self.program) = (title, rate, program)
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
    process?.waitUntilExit()
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
  }

  private func send(_ picture: Image) throws {
    count += 1
    do { try pipe?.write(contentsOf: picture.pixels) } catch {
      process?.waitUntilExit()
      // A signal ends it with this program.
      guard let process, process.terminationReason == .exit, ![0, 123].contains(process.terminationStatus) else {
        throw Closed()
      }
      throw WrongOutput("ffplay cannot show the video: is there a screen?", exitCode: 74)
    }
  }
}
