import Dispatch
import Synchronization

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Ctrl-C, or a request to end: the first is remembered, so that training ends after its iteration; the second ends the
/// process at once.
public final class Interruption: Sendable {
  private let count = Atomic(0)
  private let sources = Mutex<[any DispatchSourceSignal]>([])

  /// - Parameter signals: numbers of signals that ask; none for ``ask()`` alone.
  public init(signals: [Int32] = [SIGINT, SIGTERM]) {
    for number in signals {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [weak self] in
        if let self, self.ask() > 1 {
          signal(number, SIG_DFL)
          raise(number)
        }
      }
      source.resume()
      sources.withLock { $0.append(source) }
    }
  }

  public var isAsked: Bool { count.load(ordering: .relaxed) > 0 }

  /// Asks, and returns how often anybody has.
  @discardableResult
  public func ask() -> Int { count.add(1, ordering: .relaxed).newValue }
}
