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
