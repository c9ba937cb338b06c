import Foundation
import PoseCore
import PoseEstimation
import PoseImage
import PoseVideo

/// A video of the examples' picture of people, past which the camera moves.
final class MovingPicture {
  let folder: URL
  let path: String
  static let frames = 20
  static let rate = 10.0
  /// Pixels a frame.
  static let speed = 6

  static let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  init(frames: Int = MovingPicture.frames) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "pose-track-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.appending(path: "people.mp4").path
    let picture = try Image(contentsOf: Self.checkout.appending(path: "Examples/people.jpg").path)
    let width = picture.width - Self.frames * Self.speed
    let writer = try VideoWriter(path, size: Size(height: picture.height, width: width))
    for number in 0..<frames {
      let left = number * Self.speed
      var pixels: [UInt8] = []
      for row in 0..<picture.height {
        let start = 3 * (row * picture.width + left)
        pixels += picture.pixels[start..<start + 3 * width]
      }
      try writer.write(Image(width: width, height: picture.height, pixels: pixels), at: Double(number) / Self.rate)
    }
    try writer.finish()
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func file(_ name: String) -> String { folder.appending(path: name).path }

  /// Runs `pose-track` of the build that the tests are of.
  func track(_ arguments: String...) throws -> (code: Int32, output: String, errors: String) { try track(arguments) }

  /// - Parameter path: where it looks for programs; nil for where these tests do.
  func track(_ arguments: [String], path: String? = nil) throws -> (code: Int32, output: String, errors: String) {
    try run("pose-track", arguments, path: path)
  }

  /// Runs a program of the build in the video's folder.
  func run(
    _ program: String, _ arguments: [String], path: String? = nil
  ) throws -> (code: Int32, output: String, errors: String) {
    let process = Process()
    process.currentDirectoryURL = folder
    process.executableURL = Self.checkout.appending(path: ".build/release/\(program)")
    process.arguments = arguments
    if let path { process.environment = ProcessInfo.processInfo.environment.merging(["PATH": path]) { $1 } }
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    let words = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self), String(decoding: words, as: UTF8.self))
  }
}
