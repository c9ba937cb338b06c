import ArgumentParser
import Foundation
import PoseConfiguration
import PoseCore
import PoseEstimation
import PoseExperiments
import PoseTracking
import PoseVideo

/// `pose track` hands over to this program.
@main
struct PoseTrack: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pose track",
    abstract: "Find the joints of the people in videos, who keep their numbers.",
    discussion: """
      Without any output, JSON lines go to standard output. Rows are written as frames come, in pixels of the upright \
      picture; a joint that is not seen is null or empty. Times are those that the file has, in seconds. With several \
      videos every output is a folder. A file that is there is replaced once the first frame is done.

      pose track walk.mp4 --output drawn.mp4 --json walk.jsonl
      pose track walk.mp4 --output drawn.mp4 --side-by-side --trails 3
      pose track walk.mp4 --csv walk.csv --angles --smooth live --range 3.5..9
      pose track squats.mp4 --people 1 --smooth offline --count knee_right --plot plots
      pose track *.mp4 --output drawn --json rows

      Damaged frames are left out and counted. Ctrl-C ends with 130 after every file is closed. Exit codes: 0 done, 64 wrong \
      usage, 65 an input cannot be used, 70 a fault of this program, 74 output cannot be written, 130 interrupted.
      """,
    version: "0.1.0")

  @Argument(
    help: ArgumentHelp(
      "Videos: files; - for standard input; folders of pictures, or their patterns such as frames/%06d.jpg; cameras, such as "
        + "camera:0; and addresses, such as rtsp://camera.local/stream.", valueName: "video"))
  var videos: [String]

  @OptionGroup var sources: SourceOptions
  @OptionGroup var outputs: OutputOptions
  @OptionGroup var network: NetworkOptions

  @Option(
    help: ArgumentHelp(
      "Look for people in one of every so many frames, and follow them between; auto: four times a second, where "
        + "somebody is lost, and ten times a second while somebody is waited for. Defaults to auto.",
      valueName: "count|auto"), transform: DetectionInterval.init(parsing:))
  var detectEvery = DetectionInterval(detection: .automatic)

  @Option(
    help: ArgumentHelp("Follow so many people at most, the largest first. Defaults to everybody.", valueName: "count"))
  var people: Int?

  @Flag(help: "Put arms and legs right whose left and right sides the network exchanged for up to half a second.")
  var fixSwaps = false

  @Option(
    help: ArgumentHelp(
      "Take jitter away: live, as frames come, a little late; offline, without delay, when all frames are known, with jumps "
        + "removed and short gaps filled, for which the video is read twice; or off.", valueName: "live|offline|off"))
  var smooth = Smoothing.off

  @Option(
    help: ArgumentHelp(
      "With --smooth offline, the cutoff of the filter: what is faster is taken away. It must be below half of the "
        + "pictures a second. Defaults to 6, or to four tenths of the pictures a second where these are fewer than 15.",
      valueName: "hertz"))
  var cutoff: Double?

  /// The cutoff for so many pictures a second.
  private func cutoff(at rate: Double?) -> Double { cutoff ?? min(6, 0.4 * (rate ?? 25)) }

  enum Smoothing: String, ExpressibleByArgument, CaseIterable { case live, offline, off }

  func validate() throws {
    if videos.isEmpty { throw ValidationError("Give a video.") }
    if let people, people < 1 { throw ValidationError("--people takes 1 or more.") }
    if let cutoff, !(0.1...1000).contains(cutoff) { throw ValidationError("--cutoff takes 0.1 to 1000 hertz.") }
    if cutoff != nil, smooth != .offline { throw ValidationError("--cutoff goes with --smooth offline.") }
    if smooth == .offline, outputs.live { throw ValidationError("--live goes with --smooth live or off.") }
    if smooth == .offline, videos.contains("-") {
      throw ValidationError("--smooth offline reads a video twice: give a file.")
    }
    if videos.filter({ $0 == "-" }).count > 1 { throw ValidationError("Standard input is one video.") }
  }

  func run() throws {
    // A reader that goes away is an error of writing.
    signal(SIGPIPE, SIG_IGN)
    let interruption = Interruption(signals: [SIGINT, SIGTERM, SIGHUP])
    do {
      let (plans, estimator) = (try outputs.plans(for: videos), try network.estimator())
      var failure: VideoError?
      for (video, plan) in zip(videos, plans) where !interruption.isAsked {
        do {
          try track(video, estimator, plan, interruption)
        } catch is VideoError where interruption.isAsked {
          break
        } catch let error as VideoError where videos.count > 1 && error.exitCode == 65 {
          // The others are looked at all the same.
          Progress.note("\(error)")
          failure = failure ?? error
        }
      }
      if interruption.isAsked { throw ExitCode(130) }
      if let failure { throw ExitCode(failure.exitCode) }
    } catch is LivePlayer.Closed where interruption.isAsked {
      throw ExitCode(130)
    } catch is LivePlayer.Closed {
      // Whoever closes the window has seen enough.
    } catch let error as any UserError {
      Progress.note("\(error)")
      throw ExitCode(error.exitCode)
    }
  }

  private func track(
    _ video: String, _ estimator: PoseEstimator, _ plan: OutputPlan, _ interruption: Interruption
  ) throws {
    let reading = sources.reading(threads: network.threads)
    let cancellation = Cancellation()
    interruption.whenAsked { cancellation.cancel() }
    let reader = try VideoReader(video, options: reading, cancellation: cancellation)
    try sources.check(reader)
    let rate = reader.information.rate.map { $0 / Double(reading.every) }
    if smooth == .offline, reader.information.isLive {
      throw WrongOutput(
        "--smooth offline reads a video twice, and '\(reader.name)' is live: --smooth live goes with it")
    }
    // Said before the work rather than after it.
    let cutoff = cutoff(at: rate)
    if smooth == .offline, let rate, cutoff >= rate / 2 {
      throw WrongOutput(
        "--cutoff \(cutoff.text(3)) is not below half of the \(rate.text(3)) pictures a second: give a lower one")
    }
    var following = PeopleFollower.Options()
    (following.detection, following.mostPeople) = (detectEvery.detection, people)
    following.fixesSwaps = fixSwaps
    var smoother = smooth == .live ? LiveSmoother() : nil
    var follower = PeopleFollower(estimator, options: following)
    let writers = try plan.writers(
      skeleton: estimator.skeleton, video: video, of: reader.information, start: reading.range?.lowerBound ?? 0,
      rate: rate, isOver: { interruption.isAsked })
    var progress = Progress(reader.name, times: reader.information.times, range: reading.range)
    var history = TrackHistory(jointScore: outputs.jointThreshold)
    var closing: LivePlayer.Closed?
    do {
      while !interruption.isAsked, let frame = try reader.next() {
        let people = try follower.people(in: frame.image, at: frame.time)
        if smooth == .offline {
          history.append(people, at: frame.time)
        } else {
          let smoothed = smoother?(people, at: frame.time)
          try write(frame, smoothed ?? people, found: smoothed == nil ? nil : people, writers)
        }
        progress.show(frame.time)
      }
    } catch let closed as LivePlayer.Closed {
      closing = closed
    } catch {
      progress.end(reader, looks: follower.looks)
      // What is written so far is whole.
      if progress.frames > 0 { for writer in writers { try? writer.finish() } }
      throw error
    }
    if progress.frames == 0, !interruption.isAsked, closing == nil {
      throw VideoError.noFrames(source: reader.name, isRange: reading.range != nil, times: reader.information.times)
    }
    if smooth == .offline {
      var writing = Progress("\(reader.name), writing", times: reader.information.times, range: reading.range)
      try write(history, of: VideoReader(video, options: reading), writers, cutoff: cutoff) { writing.show($0) }
    }
    for writer in writers { try writer.finish() }
    progress.end(reader, looks: follower.looks)
    if let closing { throw closing }
  }

  /// Writes the smoothed people of a video's frames, which are read again.
  ///
  /// - Parameter show: is told the time of each frame that is done.
  private func write(
    _ history: TrackHistory, of reader: VideoReader, _ writers: [any TrackWriter], cutoff: Double,
    _ show: (Double) -> Void
  ) throws {
    var smoother = OfflineSmoother()
    smoother.filter = .butterworth(cutoff: cutoff)
    let (frames, changes) = try history.smoothed(by: smoother)
    Progress.note("\(changes.removed) joints were far from those around them, \(changes.filled) were filled")
    for (people, found) in zip(frames, history.frames) {
      guard let frame = try reader.next() else { return }
      try write(frame, people, found: found, writers)
      show(frame.time)
    }
  }

  /// - Parameter found: the people before they were smoothed; nil where they are not.
  private func write(
    _ frame: VideoFrame, _ people: [TrackedPose], found: [TrackedPose]?, _ writers: [any TrackWriter]
  ) throws {
    for writer in writers {
      if let found { writer.take(found: found) }
      try writer.write(frame, people)
    }
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
