import ArgumentParser
import PoseCore
import PoseVideo

/// Which frames are looked at, and how cameras and streams are read.
struct SourceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The times of the frames to look at, in seconds as the file has them: not every file begins at 0. 3.5.. goes to "
        + "the end.", valueName: "start..end"),
    transform: TimeRange.init(parsing:))
  var range: TimeRange?

  @Option(help: ArgumentHelp("Look at one of every so many frames, which is faster.", valueName: "count"))
  var every = 1

  @Option(
    help: ArgumentHelp(
      "Make pictures smaller until their longest side has so many pixels, 32 to 16384. All coordinates are of the "
        + "smaller picture. Defaults to the size that they have.", valueName: "pixels"))
  var longestSide: Int?

  @Option(
    help: ArgumentHelp(
      "Frames a second: those of a sequence of pictures, 25 unless given, or those that a camera is asked for.",
      valueName: "rate"))
  var rate: Double?

  @Option(
    help: ArgumentHelp("The pictures that a camera is asked for.", valueName: "width>x<height"),
    transform: { try CameraSize(parsing: $0).size })
  var cameraSize: Size?

  @Option(
    help: ArgumentHelp(
      "For how many seconds a camera or a stream that breaks off is tried again.", valueName: "seconds"))
  var reconnect = 60.0

  func validate() throws {
    if !(1...1_000_000).contains(every) { throw ValidationError("--every takes 1 to 1000000.") }
    if let longestSide, !(32...16384).contains(longestSide) {
      throw ValidationError("--longest-side takes 32 to 16384 pixels.")
    }
    if let rate, !(0.001...1000).contains(rate) { throw ValidationError("--rate takes 0.001 to 1000.") }
    if !(0...1e6).contains(reconnect) { throw ValidationError("--reconnect takes 0 to 1000000 seconds.") }
  }

  /// - Throws: ``WrongOutput`` where an option has no effect on a video.
  func check(_ reader: VideoReader) throws(WrongOutput) {
    let information = reader.information
    if rate != nil, !information.isLive, information.codec != "pictures" {
      throw WrongOutput("--rate goes with pictures in a row and cameras, and '\(reader.name)' has its own times")
    }
    if cameraSize != nil, !information.isLive {
      throw WrongOutput("--camera-size goes with cameras, and '\(reader.name)' is none")
    }
  }

  func reading(threads: Int?) -> VideoReader.Options {
    var reading = VideoReader.Options()
    (reading.range, reading.every, reading.longestSide) = (range?.times, every, longestSide)
    (reading.rate, reading.cameraSize, reading.patience) = (rate, cameraSize, reconnect)
    reading.threads = threads ?? 0
    return reading
  }
}

/// `1280x720`
private struct CameraSize {
  let size: Size

  init(parsing text: String) throws {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard sides.count == 2, let width = sides[0], let height = sides[1], (1...16384).contains(width),
      (1...16384).contains(height)
    else { throw ValidationError("give a width and a height, such as 1280x720") }
    size = Size(height: height, width: width)
  }
}

/// `3.5..9`
struct TimeRange {
  let times: ClosedRange<Double>

  init(parsing text: String) throws {
    let ends = text.components(separatedBy: "..")
    let (first, last) = (Double(ends[0]), ends.count == 2 ? ends[1].isEmpty ? .infinity : Double(ends[1]) : nil)
    guard let first, let last, first.isFinite, first >= 0, last >= first else {
      throw ValidationError("give two times in seconds, such as 3.5..9, or 3.5.. for the rest")
    }
    times = first...last
  }
}
