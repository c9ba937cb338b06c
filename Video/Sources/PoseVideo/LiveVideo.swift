import CFFmpeg
import Foundation

/// A source that goes on whether anybody looks or not: of its frames the newest is kept, and those that nobody took are
/// counted. Where it breaks off it is opened again.
///
/// Times are seconds after the first frame. They go on over a break by the clock, so that they never run backwards.
final class LiveVideo: FrameSource {
  let information: VideoReader.Information
  private let mailbox: Mailbox
  private let taken: UnsafeMutablePointer<AVFrame>

  /// - Parameters:
  ///   - first: the source, which was just opened.
  ///   - patience: for how many seconds a source that breaks off is tried again.
  ///   - open: opens it once more.
  init(
    _ first: DecodedVideo, source: String, patience: Double, _ cancellation: Cancellation,
    _ open: @escaping @Sendable () throws(VideoError) -> DecodedVideo
  ) {
    information = first.information
    guard let frame = av_frame_alloc() else { fatalError("there is no memory for a frame") }
    (taken, mailbox) = (frame, Mailbox(cancellation))
    let receiver = Receiver(first, source: source, patience: patience, mailbox, open)
    let thread = Thread { receiver.run() }
    thread.name = "live video"
    thread.start()
  }

  deinit {
    mailbox.cancellation.cancel()
    var frame: UnsafeMutablePointer<AVFrame>? = taken
    av_frame_free(&frame)
  }

  var damagedFrames: Int { mailbox.counts.damaged }
  var droppedFrames: Int { mailbox.counts.dropped }
  var reconnections: Int { mailbox.counts.reconnections }

  func next() throws(VideoError) -> SourceFrame? { try mailbox.take(into: taken) }
}

/// Holds the newest frame until somebody takes it.
private final class Mailbox: @unchecked Sendable {
  struct Counts {
    var damaged = 0
    var dropped = 0
    var reconnections = 0
  }

  let cancellation: Cancellation
  // All below is touched under the lock alone.
  private let condition = NSCondition()
  private let newest: UnsafeMutablePointer<AVFrame>
  private var time: Double?
  private var ratio = AVRational(num: 0, den: 1)
  private var droppedSinceTaken = 0
  private var total = Counts()
  private var end: VideoError??

  init(_ cancellation: Cancellation) {
    guard let frame = av_frame_alloc() else { fatalError("there is no memory for a frame") }
    (newest, self.cancellation) = (frame, cancellation)
  }

  deinit {
    var frame: UnsafeMutablePointer<AVFrame>? = newest
    av_frame_free(&frame)
  }

  var counts: Counts { condition.withLock { total } }

  func change(_ body: (inout Counts) -> Void) { condition.withLock { body(&total) } }

  /// Puts a frame in the place of one that nobody took.
  func put(_ frame: UnsafeMutablePointer<AVFrame>, at time: Double, ratio: AVRational) {
    condition.withLock {
      if self.time != nil {
        droppedSinceTaken += 1
        total.dropped += 1
      }
      av_frame_unref(newest)
      av_frame_move_ref(newest, frame)
      (self.time, self.ratio) = (time, ratio)
      condition.signal()
    }
  }

  /// Says that no more frames come, and why.
  func finish(_ error: VideoError?) {
    condition.withLock {
      end = .some(error)
      condition.signal()
    }
  }

  /// Waits for the next frame; nil at the end, and once the reader is cancelled.
  func take(into frame: UnsafeMutablePointer<AVFrame>) throws(VideoError) -> SourceFrame? {
    condition.lock()
    defer { condition.unlock() }
    while time == nil, end == nil, !cancellation.isCancelled {
      _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1))
    }
    if cancellation.isCancelled { return nil }
    guard let time else {
      if let error = end ?? nil { throw error }
      return nil
    }
    av_frame_unref(frame)
    av_frame_move_ref(frame, newest)
    defer { (self.time, droppedSinceTaken) = (nil, 0) }
    return SourceFrame(picture: .decoded(frame), time: time, ratio: ratio, dropped: droppedSinceTaken)
  }
}

/// Decodes in a thread of its own, and opens the source again where it breaks off.
private final class Receiver: @unchecked Sendable {
  // Its own thread alone touches it.
  private var video: DecodedVideo?
  private let source: String
  private let patience: Double
  /// Whether an end without an error is that of the video.
  private let endsProperly: Bool
  private let mailbox: Mailbox
  private let open: @Sendable () throws(VideoError) -> DecodedVideo
  private let start = ContinuousClock.now
  /// What is added to the source's times.
  private var shift: Double?
  private var lastTime = -1.0
  /// When the source broke off; nil while frames come.
  private var lost: Double?
  private var pause = Receiver.pauses.first

  /// The first pause before the source is opened again, and the longest, in seconds.
  private static let pauses = (first: 0.25, longest: 15.0)
  /// Times that are so many seconds off the clock are not believed.
  private static let drift = 10.0

  init(
    _ video: DecodedVideo, source: String, patience: Double, _ mailbox: Mailbox,
    _ open: @escaping @Sendable () throws(VideoError) -> DecodedVideo
  ) {
    (self.video, self.source, self.patience, self.mailbox, self.open) = (video, source, patience, mailbox, open)
    endsProperly = source.lowercased().hasPrefix("http")
  }

  private var elapsed: Double { (ContinuousClock.now - start) / .seconds(1) }

  func run() {
    while !mailbox.cancellation.isCancelled {
      var reason = "the stream ended"
      do {
        try receive()
        if endsProperly { break }
      } catch {
        reason = "\(error)"
      }
      guard !mailbox.cancellation.isCancelled else { break }
      if let error = reopen(after: reason) { return mailbox.finish(error) }
    }
    mailbox.finish(nil)
  }

  /// Passes on frames until the source breaks off.
  private func receive() throws(VideoError) {
    guard let video else { return }
    var damaged = 0
    func count() {
      let new = video.damagedFrames - damaged
      if new > 0 { mailbox.change { $0.damaged += new } }
      damaged += new
    }
    defer { count() }
    while !mailbox.cancellation.isCancelled, let frame = try video.next() {
      count()
      (lost, pause) = (nil, Self.pauses.first)
      if case .decoded(let picture) = frame.picture { mailbox.put(picture, at: time(of: frame), ratio: frame.ratio) }
    }
  }

  private func time(of frame: SourceFrame) -> Double {
    let elapsed = elapsed
    let own = frame.time ?? elapsed
    var shift = shift ?? (lastTime < 0 ? 0 : elapsed) - own
    if own + shift <= lastTime || abs(own + shift - elapsed) > Self.drift {
      shift = max(elapsed, lastTime + 0.001) - own
    }
    (self.shift, lastTime) = (shift, own + shift)
    return lastTime
  }

  /// Opens the source again, after pauses that grow until a frame comes.
  ///
  /// - Returns: an error where no frame came for too long.
  private func reopen(after reason: String) -> VideoError? {
    // Closed first: a camera is opened once.
    (video, shift) = (nil, nil)
    var reason = reason
    let lost = lost ?? elapsed
    self.lost = lost
    while elapsed - lost < patience, !mailbox.cancellation.isCancelled {
      wait(min(pause, patience - (elapsed - lost)))
      pause = min(2 * pause, Self.pauses.longest)
      do {
        video = try open()
        mailbox.change { $0.reconnections += 1 }
        return nil
      } catch {
        reason = "\(error)"
      }
    }
    return mailbox.cancellation.isCancelled ? nil : .lost(source: source, seconds: patience, reason: reason)
  }

  private func wait(_ seconds: Double) {
    let end = elapsed + seconds
    while elapsed < end, !mailbox.cancellation.isCancelled { Thread.sleep(forTimeInterval: min(0.05, seconds)) }
  }
}
