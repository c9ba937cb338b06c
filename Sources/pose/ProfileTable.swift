import PoseEngine
import PoseGraph

extension Engine {
  /// A row a step and a row a kind of step, for one image on one thread.
  func profileTable(for input: Tensor, against yardstick: Yardstick) throws -> String {
    let steps = try input.floats.withUnsafeBufferPointer { try profile($0, runs: 100) }
    var kinds: [String: StepProfile] = [:]
    for var step in steps {
      step.path = ""
      kinds[step.name] = kinds[step.name].map { $0 + step } ?? step
    }
    return ProfileTable(steps, yardstick).text + "\n\n"
      + ProfileTable(kinds.values.sorted { $0.seconds > $1.seconds }, yardstick).text
  }
}

/// What steps took, beside what the machine could do in that time.
private struct ProfileTable {
  private var table = Table(
    "step", "path", "microseconds", "share %", "multiply-adds", "bytes", "G madds/s", "of peak %", "GB/s",
    "of memory %")

  init(_ steps: [StepProfile], _ yardstick: Yardstick) {
    let whole = steps.reduce(0) { $0 + $1.seconds }
    func rate(_ amount: Int, _ seconds: Double) -> Double { seconds > 0 ? Double(amount) / seconds : 0 }
    func text(_ number: Double, _ places: Int = 1) -> String { "\(number.rounded(toPlaces: places))" }
    for step in steps {
      let (madds, bytes) = (rate(step.multiplyAdds, step.seconds), rate(step.bytes, step.seconds))
      table.append(
        step.name, step.path, text(step.seconds * 1e6), text(whole > 0 ? 100 * step.seconds / whole : 0),
        step.multiplyAdds.grouped, step.bytes.grouped, text(madds / 1e9),
        text(100 * madds / max(yardstick.multiplyAdds, 1)), text(bytes / 1e9),
        text(100 * bytes / max(yardstick.read, 1))
      )
    }
  }

  var text: String { table.text }
}

extension StepProfile {
  fileprivate static func + (first: StepProfile, second: StepProfile) -> StepProfile {
    var sum = first
    sum.seconds += second.seconds
    sum.multiplyAdds += second.multiplyAdds
    sum.bytes += second.bytes
    return sum
  }
}
