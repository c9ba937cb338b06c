#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A bar on a terminal's standard error; silent in a pipe.
struct Progress {
  private let total: Int
  private let isVisible: Bool
  private let start = ContinuousClock.now
  private var done = 0
  private var shown: ContinuousClock.Instant?

  init(total: Int) {
    self.total = total
    isVisible = total > 1 && isatty(STDERR_FILENO) == 1
  }

  /// One more item is done.
  mutating func advance() {
    done += 1
    guard isVisible else { return }
    let now = ContinuousClock.now
    if let shown, now - shown < .milliseconds(50), done < total { return }
    shown = now
    let elapsed = (now - start) / .seconds(1)
    let rate = Double(done) / max(elapsed, 1e-9)
    let left = Int((Double(total - done) / rate).rounded(.up))
    standardError(
      "\r\(Self.bar(done, of: total)) \(done)/\(total)  \(rate.rounded(toPlaces: 1))/s  \(left) s left \u{1B}[K")
  }

  /// A bar that is filled as far as the work is done.
  static func bar(_ done: Int, of total: Int) -> String {
    let width = 30
    let share = Double(min(done, total)) / Double(max(total, 1))
    let filled = Int(share * Double(width))
    return "[" + String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled) + "]"
  }

  /// Clears the bar, so that what follows starts on a line of its own.
  func finish() {
    if isVisible { standardError("\r\u{1B}[K") }
  }
}

extension Double {
  /// Rounded to so many decimals, for people to read.
  func rounded(toPlaces places: Int) -> Double {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    return (self * scale).rounded() / scale
  }
}
