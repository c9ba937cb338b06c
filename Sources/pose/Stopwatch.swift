/// How long the stages of a command took in all.
struct Stopwatch {
  private var last = ContinuousClock.now
  private var stages: [(name: String, duration: Duration)] = []

  /// Adds the time since the last lap to a stage.
  mutating func lap(_ name: String) {
    let now = ContinuousClock.now
    add(now - last, to: name)
    last = now
  }

  /// Adds the stages of another.
  mutating func add(_ other: Stopwatch) {
    for stage in other.stages { add(stage.duration, to: stage.name) }
    last = .now
  }

  private mutating func add(_ duration: Duration, to name: String) {
    if let index = stages.firstIndex(where: { $0.name == name }) {
      stages[index].duration += duration
    } else {
      stages.append((name, duration))
    }
  }

  /// Prints milliseconds by stage to standard error.
  func report() {
    for stage in stages {
      let milliseconds = (stage.duration / .milliseconds(1)).rounded(toPlaces: 2)
      standardError("\(stage.name): \(milliseconds) ms\n")
    }
  }
}
