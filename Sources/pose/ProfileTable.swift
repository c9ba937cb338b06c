import PoseEngine
import PoseGraph

extension Engine {
  /// The passes of the compiler, the compiled program, its memory, a table with a row for each compiled unit, and one
  /// with a row for each kind of unit, all for one image on one thread.
  func profileText(for input: Tensor, against limits: MachineLimits) throws -> String {
    let units = try input.floats.withUnsafeBufferPointer { try profile($0, runs: 100) }
    var kinds: [String: UnitProfile] = [:]
    for var unit in units {
      unit.path = ""
      kinds[unit.name] = kinds[unit.name].map { $0 + unit } ?? unit
    }
    var passes = Table("pass", "instructions")
    passes.append("(graph)", graph.nodes.count.grouped)
    for pass in self.passes { passes.append(pass.name, pass.instructions.grouped) }
    let (constants, activations, workspace) = (
      memoryUse.constants.grouped, memoryUse.activations.grouped, memoryUse.workspace.grouped
    )
    return [
      passes.text, programDescription,
      "memory             \(constants) bytes of weights and tables, \(activations) of values, \(workspace) of workspace",
      ProfileTable(units, limits).text, ProfileTable(kinds.values.sorted { $0.seconds > $1.seconds }, limits).text,
    ].joined(separator: "\n\n")
  }
}

/// The measured time of units beside the time that the machine's peak rates allow.
private struct ProfileTable {
  private var table = Table(
    "unit", "path", "microseconds", "share %", "multiply-adds", "bytes", "G madds/s", "of peak %", "GB/s",
    "of memory %")

  init(_ units: [UnitProfile], _ limits: MachineLimits) {
    let whole = units.reduce(0) { $0 + $1.seconds }
    func rate(_ amount: Int, _ seconds: Double) -> Double { seconds > 0 ? Double(amount) / seconds : 0 }
    func text(_ number: Double, _ places: Int = 1) -> String { "\(number.rounded(toPlaces: places))" }
    for unit in units {
      let (madds, bytes) = (rate(unit.multiplyAdds, unit.seconds), rate(unit.bytes, unit.seconds))
      table.append(
        unit.name, unit.path, text(unit.seconds * 1e6), text(whole > 0 ? 100 * unit.seconds / whole : 0),
        unit.multiplyAdds.grouped, unit.bytes.grouped, text(madds / 1e9),
        text(100 * madds / max(limits.multiplyAdds, 1)), text(bytes / 1e9),
        text(100 * bytes / max(limits.read, 1)))
    }
  }

  var text: String { table.text }
}

extension UnitProfile {
  fileprivate static func + (first: UnitProfile, second: UnitProfile) -> UnitProfile {
    var sum = first
    sum.seconds += second.seconds
    sum.multiplyAdds += second.multiplyAdds
    sum.bytes += second.bytes
    return sum
  }
}
