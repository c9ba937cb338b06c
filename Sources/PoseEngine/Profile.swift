import PoseGraph

/// The cost of the instructions that run as one closure.
struct UnitCost: Sendable {
  /// The operators in their order.
  let name: String
  /// The published module path of the last one.
  let path: String
  let multiplyAdds: Int
  /// Bytes that are read and written, weights included, each counted once.
  let bytes: Int
  /// A line for each instruction.
  let listing: [String]
}

/// The measured time of the instructions that run as one closure, and what they compute and move.
package struct UnitProfile: Sendable {
  /// The operators that run as one, in their order.
  package var name: String
  /// The published module path of the last one.
  package var path: String
  /// The shortest time of all runs.
  package var seconds: Double
  package var multiplyAdds: Int
  /// Bytes that are read and written, weights included, each counted once.
  package var bytes: Int
}

extension Engine {
  /// Times each compiled group on one thread.
  ///
  /// - Parameters:
  ///   - image: the input's floats, `C x H x W`.
  ///   - runs: the number of runs; the shortest time of each group counts.
  /// - Throws: ``EngineError`` if the number of floats is not the input's.
  package func profile(_ image: UnsafeBufferPointer<Float>, runs: Int) throws(EngineError) -> [UnitProfile] {
    try checkCount(of: image)
    let context = RunContext(plan)
    context.setInput(image)
    var best = Array(repeating: Duration.seconds(Int64.max / 2), count: plan.fusedGroups.count)
    let clock = ContinuousClock()
    for _ in 0..<max(runs, 1) {
      let memory = context.memory(of: 0)
      for (index, fusedGroup) in plan.fusedGroups.enumerated() {
        let start = clock.now
        fusedGroup.run(memory, 0, 1)
        best[index] = min(best[index], clock.now - start)
      }
    }
    return zip(plan.fusedGroups, best).map { fusedGroup, time in
      UnitProfile(
        name: fusedGroup.cost.name, path: fusedGroup.cost.path,
        seconds: Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18,
        multiplyAdds: fusedGroup.cost.multiplyAdds, bytes: fusedGroup.cost.bytes)
    }
  }
}

extension Program {
  /// The cost of a group of the schedule.
  ///
  /// - Parameter dataflow: this program's.
  func cost(of fusedGroup: Schedule.FusedGroup, _ dataflow: Dataflow) -> UnitCost {
    let instructions = fusedGroup.instructions.map { self.instructions[$0] }
    let (members, made) = (Set(fusedGroup.instructions), Set(instructions.flatMap(\.results)))
    let read = Set(instructions.flatMap(\.inputs)).subtracting(made)
    let kept = made.filter { dataflow.isOutput($0) || !members.isSuperset(of: dataflow.readers(of: $0)) }
    let floats = read.union(kept).map { Tensor.count(of: shapes[$0]) ?? 0 }.reduce(0, +)
    let parts = instructions.flatMap(\.parts)
    return UnitCost(
      name: instructions.map(\.label).joined(separator: "+"), path: parts.last?.path ?? "",
      multiplyAdds: parts.map { part in
        part.operation.multiplyAdds(
          inputs: part.inputs.map { shapes[$0] }, output: shapes[part.output],
          weightCount: part.weights.first?.count ?? 0)
      }.reduce(0, +), bytes: 4 * (floats + parts.flatMap(\.weights).map(\.count).reduce(0, +)),
      listing: instructions.map(description(of:)))
  }
}
