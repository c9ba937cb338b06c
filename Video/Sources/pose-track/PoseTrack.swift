import ArgumentParser
import Foundation
import PoseConfiguration
import PoseCore
import PoseEstimation
import PoseExperiments
import PoseTracking
import PoseVideo
import PoseVideoEstimation

/// `pose track` hands over to this program.
@main
struct PoseTrack: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pose track",
    abstract: "Find the joints of the people in videos, who keep their numbers.",
    discussion: """
      Rows are written as frames come: JSON lines or CSV, in pixels of the upright picture; a joint that is not seen is null \
      or empty. The time of a frame is the one that the file has. Without any output, JSON lines go to standard output. With \
      several videos every output must be a folder.

      pose track walk.mp4 --output drawn.mp4 --json walk.jsonl
      pose track walk.mp4 --csv walk.csv --smooth live --range 3.5..9
      pose track *.mp4 --output drawn --people 1

      Damaged frames are left out and counted. Ctrl-C ends with 130 after every file is closed. Exit codes: 0 done, 64 wrong \
      usage, 65 an input cannot be used, 70 a fault of this program, 74 output cannot be written, 130 interrupted.
      """)

  @Argument(help: ArgumentHelp("Videos: files, or - for standard input.", valueName: "video"))
  var videos: [String]

  @OptionGroup var outputs: OutputOptions
  @OptionGroup var network: NetworkOptions

  @Option(
    help: ArgumentHelp("The times of the frames to look at, in seconds.", valueName: "start..end"),
    transform: TimeRange.init(parsing:))
  var range: TimeRange?

  @Option(help: ArgumentHelp("Look at one of every so many frames.", valueName: "count"))
  var every = 1

  @Option(
    help: ArgumentHelp("Make pictures smaller until their longest side has so many pixels.", valueName: "pixels"))
  var longestSide: Int?

  @Option(
    help: ArgumentHelp(
      "Look for people in one of every so many frames, and follow them between; auto: four times a second, where "
        + "somebody is lost, and ten times a second while somebody is waited for.", valueName: "count|auto"),
    transform: DetectionInterval.init(parsing:))
  var detectEvery = DetectionInterval(detection: .automatic)

  @Option(help: ArgumentHelp("The most people, the largest first. Defaults to everybody.", valueName: "count"))
  var people: Int?

  @Flag(help: "Put arms and legs right whose left and right sides the network exchanged for up to half a second.")
  var fixSwaps = false

  @Option(
    help: ArgumentHelp(
      "Take jitter away: live, as frames come, a little late; offline, without delay, when all frames are known, with jumps "
        + "removed and short gaps filled; or off."))
  var smooth = Smoothing.off

  @Option(help: ArgumentHelp("The cutoff of --smooth offline, which takes away what is faster.", valueName: "hertz"))
  var cutoff = 6.0

  enum Smoothing: String, ExpressibleByArgument, CaseIterable { case live, offline, off }

  func validate() throws {
    if videos.isEmpty { throw ValidationError("Give a video.") }
    if !(1...1_000_000).contains(every) { throw ValidationError("--every takes 1 to 1000000.") }
    if let people, people < 1 { throw ValidationError("--people takes 1 or more.") }
    if let longestSide, !(32...16384).contains(longestSide) {
      throw ValidationError("--longest-side takes 32 to 16384 pixels.")
    }
    if !(0.1...1000).contains(cutoff) { throw ValidationError("--cutoff takes 0.1 to 1000 hertz.") }
    if smooth == .offline, videos.contains("-") {
      throw ValidationError("--smooth offline reads a video twice: give a file.")
    }
    if videos.filter({ $0 == "-" }).count > 1 { throw ValidationError("Standard input is one video.") }
  }

  func run() throws {
    // A reader that goes away is an error of writing.
    signal(SIGPIPE, SIG_IGN)
    do {
      let plans = try outputs.plans(for: videos)
      let (estimator, interruption) = (try network.estimator(), Interruption(signals: [SIGINT, SIGTERM, SIGHUP]))
      var failure: VideoError?
      for (video, plan) in zip(videos, plans) where !interruption.isAsked {
        do {
          try track(video, estimator, plan, interruption)
        } catch let error as VideoError where videos.count > 1 && error.exitCode == 65 {
          // The others are looked at all the same.
          Progress.note("\(error)")
          failure = failure ?? error
        }
      }
      if interruption.isAsked { throw ExitCode(130) }
      if let failure { throw ExitCode(failure.exitCode) }
    } catch let error as any UserError {
      Progress.note("\(error)")
      throw ExitCode(error.exitCode)
    }
  }

  private func track(
    _ video: String, _ estimator: PoseEstimator, _ plan: OutputPlan, _ interruption: Interruption
  ) throws {
    var reading = VideoReader.Options()
    (reading.range, reading.every, reading.longestSide) = (range?.times, every, longestSide)
    reading.threads = network.threads ?? 0
    let reader = try VideoReader(video, options: reading)
    let rate = reader.information.rate.map { $0 / Double(every) }
    // Said before the work rather than after it.
    if smooth == .offline, let rate, cutoff >= rate / 2 {
      throw WrongOutput(
        "--cutoff \(cutoff.text(3)) is not below half of the \(rate.text(3)) pictures a second: give a lower one")
    }
    var following = PeopleFollower.Options()
    (following.detection, following.mostPeople) = (detectEvery.detection, people)
    following.fixesSwaps = fixSwaps
    if smooth == .live { following.smoother = LiveSmoother() }
    var follower = PeopleFollower(estimator, options: following)
    let writers = try plan.writers(
      skeleton: estimator.skeleton, video: video, start: range?.times.lowerBound ?? 0,
      rate: rate)
    var progress = Progress(video, duration: reader.information.duration, range: range?.times)
    var history = TrackHistory(jointScore: outputs.jointThreshold)
    while !interruption.isAsked, let frame = try reader.next() {
      let people = try follower.people(in: frame.image, at: frame.time)
      if smooth == .offline {
        history.append(people, at: frame.time)
      } else {
        for writer in writers { try writer.write(frame, people) }
      }
      progress.show(frame.time)
    }
    if progress.frames == 0, !interruption.isAsked {
      throw VideoError.noFrames(source: video, isRange: range != nil, duration: reader.information.duration)
    }
    if smooth == .offline { try write(history, of: VideoReader(video, options: reading), writers) }
    for writer in writers { try writer.finish() }
    progress.end(damaged: reader.damagedFrames, looks: follower.looks)
  }

  /// Writes the smoothed people of a video's frames, which are read again.
  private func write(_ history: TrackHistory, of reader: VideoReader, _ writers: [any TrackWriter]) throws {
    var smoother = OfflineSmoother()
    smoother.filter = .butterworth(cutoff: cutoff)
    let (frames, changes) = try history.smoothed(by: smoother)
    Progress.note("\(changes.removed) joints were far from those around them, \(changes.filled) were filled")
    for people in frames {
      guard let frame = try reader.next() else { return }
      for writer in writers { try writer.write(frame, people) }
    }
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

/// `auto`, or a number of frames.
struct DetectionInterval {
  let detection: PeopleFollower.Detection

  init(detection: PeopleFollower.Detection) { self.detection = detection }

  init(parsing text: String) throws {
    if text == "auto" {
      detection = .automatic
    } else if let count = Int(text), count >= 1 {
      detection = .frames(count)
    } else {
      throw ValidationError("give auto, or a number of frames from 1 on")
    }
  }
}
