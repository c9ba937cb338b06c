import ArgumentParser
import PoseEvaluation
import PoseMetrics

/// How sure the numbers of an evaluation are.
struct BootstrapOptions: ParsableArguments {
  @Option(
    name: .customLong("bootstrap"), in: 100...1_000_000,
    help: ArgumentHelp(
      "Also say the bounds of each number's 95% confidence interval, by drawing as many pictures with replacement so often, such "
        + "as 1000 times (bootstrap). For coco, crowdpose, ochuman, aic and bbox.", valueName: "draws"))
  var draws: Int?

  @Option(
    name: .customLong("against"), parsing: .upToNextOption,
    help: ArgumentHelp(
      "Say how much larger the numbers are than those of other results, a file or several parts of one, with the same pictures in "
        + "each draw. Needs --bootstrap.",
      valueName: "file"),
    completion: .file(extensions: ["json"]))
  var others: [String] = []

  @Option(in: 0...UInt64(UInt32.max), help: "The seed of the draws.")
  var seed: UInt64 = 0

  /// The draws of these pictures; nil where none are asked for.
  func bootstrap(images: [Int]) -> Bootstrap? {
    draws.map { Bootstrap(images: Set(images).sorted(), draws: $0, seed: seed) }
  }

  func validate() throws {
    if draws == nil, !others.isEmpty { throw ValidationError("--against needs --bootstrap, such as --bootstrap 1000.") }
    if draws == nil, seed != 0 { throw ValidationError("--seed needs --bootstrap, such as --bootstrap 1000.") }
  }
}

/// What an evaluation measured.
struct Score {
  var values: [MetricValue]
  /// Of the values; empty without a bootstrap.
  var intervals: [Bootstrap.Interval] = []
  /// How much larger the values are than those of other results.
  var differences: [Bootstrap.Interval] = []

  /// One line: the exact numbers, null for those that are none.
  var json: String {
    let bounds = [("intervals", intervals), ("differences", differences)].filter { !$0.1.isEmpty }
    let sections = bounds.map { "\"\($0)\": {\($1.map(\.json).joined(separator: ", "))}" }
    return "{" + (values.map(\.json) + sections).joined(separator: ", ") + "}"
  }

  var table: String {
    var table = Table(
      ["metric", "value"] + (intervals.isEmpty ? [] : ["low", "high"])
        + (differences.isEmpty ? [] : ["difference", "low", "high"]))
    for value in values {
      func cells(_ intervals: [Bootstrap.Interval], _ show: (Bootstrap.Interval) -> [Double]) -> [String] {
        if intervals.isEmpty { return [] }
        let shown = intervals.first { $0.name == value.name }.map(show)
        return shown?.map { "\($0.rounded(toPlaces: 4))" } ?? show(intervals[0]).map { _ in "" }
      }
      table.append(
        [value.name, "\(value.value.rounded(toPlaces: 4))"] + cells(intervals) { [$0.low, $0.high] }
          + cells(differences) { [$0.value, $0.low, $0.high] })
    }
    return table.text
  }
}

extension MetricValue {
  fileprivate var json: String { "\"\(name)\": \(value.isFinite ? "\(value)" : "null")" }
}

extension Bootstrap.Interval {
  fileprivate var json: String { "\"\(name)\": {\"value\": \(value), \"low\": \(low), \"high\": \(high)}" }
}
