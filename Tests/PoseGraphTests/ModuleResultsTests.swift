import PoseGraph
import Testing

@Suite struct ModuleResultsTests {
  private func graph() throws -> Graph {
    try Graph("small", input: [3, 8, 8]) { image, scope in
      let x = (scope / "stem" / "conv").conv(image, to: 4, kernel: 3)
      let y = (scope / "stem" / "relu").relu(x)
      return ["heatmaps": (scope / "head").conv(y, to: 2)]
    }
  }

  @Test("a module's results become outputs, what only it reads itself does not")
  func results() throws {
    let graph = try graph()
    let exposed = try graph.exposing(resultsOf: ["stem", "stem.conv"])
    #expect(exposed.outputs.map(\.name) == ["heatmaps", "stem.0", "stem.conv.0"])
    #expect(exposed.outputs.dropFirst().map { exposed.shape(of: $0.value) } == [[1, 4, 8, 8], [1, 4, 8, 8]])
    #expect(exposed.nodes == graph.nodes)
  }

  @Test("a path without a module is refused by its name", arguments: ["", "stems", "stem.con", "stem."])
  func strangers(_ path: String) throws {
    let error = #expect(throws: GraphError.self) { try graph().exposing(resultsOf: [path]) }
    #expect(error?.path == path)
  }

  @Test("of another network's weights those are taken that fit by name and shape")
  func taking() throws {
    func checkpoint(_ entries: KeyValuePairs<String, [Float]>) throws -> Checkpoint {
      var checkpoint = Checkpoint()
      for (name, values) in entries { checkpoint[name] = try Tensor(shape: [values.count], values) }
      return checkpoint
    }
    let own = try checkpoint(["a": [1], "b": [2], "c": [3]])
    let (result, taken) = own.taking(from: try checkpoint(["c": [7], "b": [5, 6], "d": [8]]))
    #expect(taken == ["c"])
    #expect(try result == checkpoint(["a": [1], "b": [2], "c": [7]]))
  }
}
