import PoseCore
import PoseFormats
import PoseImage
import PoseMedia

/// A picture of the curves so far: loss, accuracy where there is one, the validation's score and the learning rate, by epochs.
///
/// The score is the first value of a validation that is neither loss nor accuracy.
public final class CurveLog: TrainingLog {
  private let path: String
  private let interval: Duration
  private var curves = Curves()
  private var drawn: ContinuousClock.Instant?

  /// - Parameters:
  ///   - path: ends in `.png`.
  ///   - earlier: the records of a run that goes on here.
  ///   - interval: how often the picture is replaced at most; a validation always does it.
  public init(_ path: String, earlier: [TrainingRecord] = [], every interval: Duration = .seconds(60)) {
    self.path = path
    self.interval = interval
    for record in earlier { curves.append(record) }
  }

  public func record(_ record: TrainingRecord) throws(TrainingLogError) {
    curves.append(record)
    if let drawn, record.mode == .train, drawn.duration(to: .now) < interval { return }
    try flush()
  }

  public func flush() throws(TrainingLogError) {
    do throws(MediaError) {
      try Image.charts(curves.charts).write(to: path)
    } catch {
      throw .picture(error)
    }
    drawn = .now
  }

  public func finish() throws(TrainingLogError) { try flush() }
}

/// What a run's charts show.
struct Curves {
  private struct Name: Hashable {
    var mode: TrainingRecord.Mode
    var value: String
  }

  private var points: [Name: [Point]] = [:]
  /// What the last validation was judged by.
  private var score = "score"

  mutating func append(_ record: TrainingRecord) {
    for value in record.values {
      points[Name(mode: record.mode, value: value.name), default: []]
        .append(Point(x: record.epochsDone, y: value.value))
    }
    let judged = record.values.first { $0.name != "loss" && $0.name != "accuracy" }
    if let judged, record.mode == .validation { score = judged.name }
  }

  var charts: [LineChart] {
    // Networks that find no joints have no accuracy.
    let accuracy = points.keys.contains { $0.value == "accuracy" } ? [chart("accuracy")] : []
    return [chart("loss")] + accuracy + [chart(score), chart("rate", title: "learning rate")]
  }

  private func chart(_ name: String, title: String? = nil) -> LineChart {
    let lines = [
      (TrainingRecord.Mode.train, Color(red: 0.16, green: 0.42, blue: 0.75)),
      (.validation, Color(red: 0.85, green: 0.42, blue: 0.12)),
    ].compactMap { mode, color in
      points[Name(mode: mode, value: name)].map { LineChart.Line(name: mode.rawValue, color: color, points: $0) }
    }
    return LineChart(title: title ?? name, axis: "epoch", lines: lines)
  }
}
