import PoseConfiguration
import PoseEstimation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Says on standard error what happens while weights are fetched, with a bar on a terminal.
final class FetchReport {
  private let isVisible = isatty(STDERR_FILENO) == 1
  /// When the transfer began, and at how many bytes.
  private var start = (time: ContinuousClock.now, count: 0)
  private var lastDrawn: ContinuousClock.Instant?

  func callAsFunction(_ event: ModelStore.Event) {
    switch event {
    case .waiting(let file): Failure.report("waiting for another process that fetches \(file)")
    case .connecting(let file, let host, let offset):
      start = (.now, offset)
      Failure.report("fetching \(file) from \(host)" + (offset > 0 ? ", from \(offset.megabytes) on" : ""))
    case .progress(let done, let total): draw(done, of: total)
    case .failed(let failure):
      clear()
      Failure.report("\(failure)")
    case .fetched(let file):
      clear()
      let licence = file.weights.licence.map { "license \($0)" } ?? "no license stated"
      let source = file.weights.source.map { ", source \($0)" } ?? ""
      Failure.report("\(file.weights.fileName): \(licence)\(source)")
      if file.weights.digits == nil {
        Failure.report("\(file.weights.fileName): SHA-256 \(file.sha256), which nothing published confirms")
      }
    }
  }

  private func draw(_ done: Int, of total: Int?) {
    guard isVisible else { return }
    let now = ContinuousClock.now
    if let lastDrawn, now - lastDrawn < .milliseconds(100) { return }
    lastDrawn = now
    let rate = Double(done - start.count) / max((now - start.time) / .seconds(1), 1e-3)
    var line = done.megabytes
    if let total, total > 0 {
      let left = rate > 0 ? Int((Double(total - done) / rate).rounded(.up)) : 0
      line = "\(Progress.bar(done, of: total)) \(line) of \(total.megabytes)  \(left) s left"
    }
    standardError("\r\(line)  \(Int(rate).megabytes)/s \u{1B}[K")
  }

  private func clear() {
    if lastDrawn != nil { standardError("\r\u{1B}[K") }
    lastDrawn = nil
  }
}

extension Int {
  /// A number of bytes for people to read: `109.2 MB`.
  var megabytes: String { "\((Double(self) / 1e6).rounded(toPlaces: 1)) MB" }
}
