import Dispatch
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Ctrl-C, or a request to end: the first is remembered, so that the work ends in order after its present step; the
/// second ends the process at once.
public final class Interruption: @unchecked Sendable {
  // The sources are only kept, never touched again.
  private let sources: [any DispatchSourceSignal]
  private let requests = Requests()
  /// Asks by itself once somebody has looked so often.
  private let mostLooks: Int

  private final class Requests: Sendable {
    let count = Atomic(0)
    let looks = Atomic(0)
    let signal = Atomic<Int32>(0)
    let actions = Mutex<[@Sendable () -> Void]>([])

    /// - Returns: how often somebody asked before.
    func ask() -> Int {
      let before = count.add(1, ordering: .relaxed).oldValue
      if before == 0 { for action in actions.withLock(\.self) { action() } }
      return before
    }
  }

  /// - Parameter signals: numbers of signals that ask; none for ``ask()`` alone.
  public convenience init(signals: [Int32] = [SIGINT, SIGTERM]) { self.init(signals: signals, mostLooks: .max) }

  /// - Parameter mostLooks: asks by itself once somebody has looked so often.
  public init(signals: [Int32] = [], mostLooks: Int) {
    self.mostLooks = mostLooks
    sources = signals.map { [requests] number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        requests.signal.store(number, ordering: .relaxed)
        guard requests.ask() > 0 else { return }
        signal(number, SIG_DFL)
        raise(number)
      }
      source.resume()
      return source
    }
  }

  public var isAsked: Bool {
    requests.looks.add(1, ordering: .relaxed).newValue > mostLooks || requests.count.load(ordering: .relaxed) > 0
  }

  /// The number of the signal that asked; nil where none did.
  package var requestedSignal: Int32? {
    let number = requests.signal.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Asks as a signal does.
  public func ask() { _ = requests.ask() }

  /// Adds what is done at once when somebody asks first, on any thread: it ends waits that look at ``isAsked`` too rarely. It is
  /// done now where somebody has asked already.
  public func whenAsked(_ action: @escaping @Sendable () -> Void) {
    requests.actions.withLock { $0.append(action) }
    if requests.count.load(ordering: .relaxed) > 0 { action() }
  }
}
