import Foundation
import PoseVideo

/// Says on standard error how far the work is.
struct Progress {
  private let video: String
  private let end: Double?
  private let start = Date()
  private var shown = Date.distantPast
  private(set) var frames = 0
  private var first: Double?
  private let isTerminal = isatty(STDERR_FILENO) == 1

  /// - Parameter times: of the video's frames; nil where they are not known.
  init(_ video: String, times: ClosedRange<Double>?, range: ClosedRange<Double>?) {
    self.video = video
    end =
      times.map { min($0.upperBound, range?.upperBound ?? $0.upperBound) }
      ?? range.flatMap { $0.upperBound.isFinite ? $0.upperBound : nil }
  }

  /// - Parameter time: of the frame that is done.
  mutating func show(_ time: Double) {
    frames += 1
    let first = self.first ?? time
    self.first = first
    guard isTerminal, Date().timeIntervalSince(shown) > 0.5 else { return }
    shown = Date()
    var text = "\(video): \(frames) frame\(frames == 1 ? "" : "s"), \(rate) a second"
    if let end, time > first {
      let left = (end - time) / (time - first) * Date().timeIntervalSince(start)
      text += ", \(Int(max(0, left).rounded())) s left"
    }
    FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
  }

  /// - Parameters:
  ///   - reader: which has read everything.
  ///   - looks: in how many frames people were looked for.
  func end(_ reader: VideoReader, looks: Int) {
    if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    let losses = [
      (reader.damagedFrames, "damaged left out"), (reader.droppedFrames, "dropped since newer ones had come"),
    ]
    var text = "\(video): \(frames) frame\(frames == 1 ? "" : "s")"
    for (count, what) in losses where count > 0 { text += ", \(count) \(what)" }
    if reader.reconnections > 0 { text += ", opened again \(reader.reconnections) times" }
    Self.note("\(text), people looked for in \(looks), \(rate) a second")
  }

  private var rate: String {
    let seconds = max(Date().timeIntervalSince(start), 1e-6)
    return String(format: "%.1f", Double(frames) / seconds)
  }

  /// Says a sentence, with control characters written out, which names of files could command a terminal with.
  static func note(_ text: String) {
    let printable = text.unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control
        ? "\\u{\(String(scalar.value, radix: 16))}" : String(Character(scalar))
    }
    FileHandle.standardError.write(Data("pose track: \(printable.joined())\n".utf8))
  }
}
