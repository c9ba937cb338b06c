import PoseGraph

extension Scope {
  /// Refuses a network whose arguments do not make sense; the graph's initializer throws the reason.
  ///
  /// Arguments come from configurations: a network checks what it divides by, indexes with and repeats before it builds.
  ///
  /// - Returns: whether they make sense, so that the network's code can stop.
  func accepts(_ holds: Bool, _ reason: @autoclosure () -> String) -> Bool {
    if !holds { fail(reason()) }
    return holds
  }

  /// Refuses numbers of repeated layers beyond what any network has.
  func acceptsRepeats(_ counts: [Int], from least: Int = 0, of what: String) -> Bool {
    accepts(counts.allSatisfy((least...128).contains), "takes \(least) to 128 \(what), not \(counts)")
  }
}
