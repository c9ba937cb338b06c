/// How long the stages of a command took in all.
struct Stopwatch {
  private var last = ContinuousClock.now
  private var stages: [(name: String, duration: Duration)] = []

  /// Adds the time since the last lap to a stage.
  mutating func lap(_ name: String) {
    let now = ContinuousClock.now
    defer { last = now }
    if let index = stages.firstIndex(where: { $0.name == name }) {
      stages[index].duration += now - last
    } else {
      stages.append((name, now - last))
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
