import PoseGraph
import Testing

/// Parameters in the order of the published code, whatever runs first.
struct RegistrationTests {
  private func graph(_ build: @escaping (Value, Scope) -> Value) throws -> Graph {
    try Graph("net", input: [4, 8, 8]) { x, scope in ["y": build(x, scope)] }
  }

  @Test("parts come in the order in which they are registered, what is not named first")
  func order() throws {
    let graph = try graph { x, scope in
      (scope / "block").parameterOrder("last", "first")
      let gain = (scope / "block").parameter("gain", shape: [4, 1, 1], .constant(1))
      let y = (scope / "block" / "first").conv(x, to: 4, bias: true)
      return (scope / "after").conv((scope / "block" / "last").conv(y, to: 4), to: 2) * gain.slice(axis: 0, 0..<1)
    }
    #expect(
      graph.parameters.map(\.name)
        == ["block.gain", "block.last.weight", "block.first.weight", "block.first.bias", "after.weight"])
    // Each layer still has its own parameters.
    for node in graph.nodes where node.isModule {
      #expect(node.parameters.allSatisfy { graph.parameters[$0].name.hasPrefix(node.path + ".") })
    }
  }

  @Test("a name that only begins alike is not registered with the others")
  func prefixes() throws {
    let graph = try graph { x, scope in
      (scope / "a").parameterOrder("z", "y")
      let first = (scope / "ab" / "y").conv((scope / "a" / "y").conv(x, to: 4), to: 4)
      return (scope / "a" / "z").conv((scope / "ab" / "z").conv(first, to: 4), to: 4)
    }
    #expect(graph.parameters.map(\.name) == ["a.z.weight", "ab.y.weight", "ab.z.weight", "a.y.weight"])
  }

  @Test("what only training uses is counted, checked and part of fresh weights")
  func declared() throws {
    let graph = try graph { x, scope in
      (scope / "loss").unusedParameter("weight", shape: [3, 2], .constant(2))
      (scope / "loss").unusedParameter("mask", shape: [2], .values([0, 1]), role: .buffer())
      return (scope / "conv").conv(x, to: 4)
    }
    #expect(graph.cost.parameters == 6 + 16)
    var checkpoint = graph.initialized(seed: 1)
    #expect(checkpoint["loss.mask"]?.floats == [0, 1])
    try graph.check(checkpoint)
    checkpoint["loss.weight"] = nil
    #expect(throws: CheckpointMismatch.self) { try graph.check(checkpoint) }
  }

  @Test("integer tables keep their numbers")
  func integers() throws {
    let graph = try graph { x, scope in
      scope.unusedParameter("index", shape: [3], .values([2, 0, 1]), role: .buffer(isInteger: true))
      return (scope / "conv").conv(x, to: 4)
    }
    let table = graph.initialized(seed: 1)["index"]
    #expect(table?.type == .int64 && table?.floats == [2, 0, 1])
  }

  @Test("a constant whose numbers do not fill its shape is refused")
  func constants() {
    #expect(throws: GraphError.self) {
      try graph { x, scope in x + scope.constant([1, 2, 3], shape: [2, 2]) }
    }
  }
}
