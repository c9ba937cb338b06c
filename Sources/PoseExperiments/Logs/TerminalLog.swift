import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A line a record for people, on standard error. On a terminal training's line replaces the one before; a validation's
/// stays.
public final class TerminalLog: TrainingLog {
  /// How many columns the terminal has; nil where there is none.
  private let columns: () -> Int?
  private let write: (String) -> Void
  /// Whether the cursor is at the end of a line that may be replaced.
  private var isOpen = false

  public convenience init() {
    self.init(columns: { terminalColumns }, write: writeToStandardError)
  }

  init(columns: @escaping () -> Int?, write: @escaping (String) -> Void) {
    self.columns = columns
    self.write = write
  }

  public func record(_ record: TrainingRecord) {
    let line = line(record)
    guard let columns = columns() else { return write(line + "\n") }
    // A line that wraps could not be replaced.
    write("\r" + line.prefix(max(columns - 1, 1)) + "\u{1B}[K")
    isOpen = true
    if record.mode == .validation { finish() }
  }

  public func flush() {}

  public func finish() {
    if isOpen { write("\n") }
    isOpen = false
  }

  private func line(_ record: TrainingRecord) -> String {
    var parts = [
      "epoch \(record.epoch)/\(record.epochs)",
      record.mode == .train ? "\(record.iterationInEpoch)/\(record.iterationsPerEpoch)" : "validation",
    ]
    parts += record.values.map { "\($0.name) \($0.value.short)" }
    guard record.mode == .train else { return parts.joined(separator: "  ") }
    parts.append("\(record.samplesPerSecond.short) samples/s")
    parts.append("\(record.secondsWaited.short) s waited")
    let memory = [record.residentMemory, record.deviceMemory].compactMap { $0?.gigabytes }
    parts.append("\(memory.joined(separator: " + ")) GB")
    if let left = record.secondsLeft { parts.append("\(left.asDuration) left") }
    return parts.joined(separator: "  ")
  }
}

extension Double {
  fileprivate var short: String { String(format: "%.4g", self) }

  /// Seconds as people say them, in the two largest units.
  fileprivate var asDuration: String {
    guard isFinite, abs(self) < 1e12 else { return "?" }
    let seconds = Int(max(rounded(.up), 0))
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400)
    if days > 0 { return "\(days) d \(hours % 24) h" }
    if hours > 0 { return "\(hours) h \(minutes % 60) min" }
    return minutes > 0 ? "\(minutes) min \(seconds % 60) s" : "\(seconds) s"
  }
}

extension Int {
  fileprivate var gigabytes: String { String(format: "%.1f", Double(self) / 1e9) }
}

/// How many columns standard error's terminal has; nil where it is none.
private var terminalColumns: Int? {
  guard isatty(STDERR_FILENO) == 1 else { return nil }
  var size = winsize()
  let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
  return isKnown ? Int(size.ws_col) : 80
}

private func writeToStandardError(_ text: String) {
  var bytes = Array(text.utf8)[...]
  while !bytes.isEmpty {
    let count = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    guard count > 0 else { return }
    bytes = bytes.dropFirst(count)
  }
}
