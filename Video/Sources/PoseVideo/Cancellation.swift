import Synchronization

/// Whether somebody wants a reader to end, which any thread may say at any time, also while the reader waits for its source.
public final class Cancellation: Sendable {
  private let isAsked = Atomic(false)
  private let parent: Cancellation?

  public init() { parent = nil }

  /// - Parameter parent: which ends the reader too.
  init(parent: Cancellation) { self.parent = parent }

  public var isCancelled: Bool { isAsked.load(ordering: .relaxed) || parent?.isCancelled == true }

  /// Lets whoever waits for a frame get nil, now and from now on.
  public func cancel() { isAsked.store(true, ordering: .relaxed) }
}

/// What FFmpeg asks while it waits for a source: whether to go on. It does not once the reader is cancelled, or where the
/// source lets more than a number of seconds pass.
final class Interrupt: Sendable {
  private let cancellation: Cancellation
  /// In nanoseconds since ``start``.
  private let deadline = Atomic(UInt64.max)
  private let start = ContinuousClock.now

  init(_ cancellation: Cancellation) { self.cancellation = cancellation }

  /// Lets the source have so many seconds from now on; nil for any number.
  func allow(seconds: Double?) {
    deadline.store(seconds.map { elapsed + UInt64($0 * 1e9) } ?? .max, ordering: .relaxed)
  }

  /// Whether the source took too long.
  var isLate: Bool { elapsed > deadline.load(ordering: .relaxed) }

  var isOver: Bool { cancellation.isCancelled || isLate }

  private var elapsed: UInt64 {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
  }
}
