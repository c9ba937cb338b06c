import PoseCore
import PoseEngine
import Testing

@testable import PoseGraph

/// Networks are refused before their memory is allocated.
struct MemoryLimitTests {
  @Test(
    "a small network with large values is refused",
    arguments: ["resize", "concat", "pad", "planes", "constant"])
  func refuses(_ kind: String) throws {
    let graph = try Graph(kind, input: [2, 64, 64]) { x, scope in
      switch kind {
      case "resize": return ["y": x.resized(to: Size(19_200), .nearest).relu()]
      case "concat": return ["y": (0..<17).reduce(x) { y, _ in scope.concat([y, y]) }.reduced(.max, axes: [1])]
      case "pad": return ["y": x.padded(before: [0, 0, 20_000, 20_000], after: [0, 0, 0, 0], value: 0)]
      case "planes": return ["y": (0..<14).reduce(x.reshaped(to: [1, 8192, 1, 1])) { y, _ in scope.concat([y, y]) }]
      default:
        let table = scope.parameter("table", shape: [1, 2, 64, 64], .constant(0))
        return ["y": x.adaptiveAveragePool(to: 1) * table.resized(to: Size(19_200), .nearest)]
      }
    }
    do {
      _ = try Engine(graph, WeightRecipe.checkpoint(for: graph))
      Issue.record("compiled")
    } catch EngineError.tooMuchMemory(let needed, let limit) {
      #expect(limit == 2 << 30 && needed > limit)
    }
  }

  @Test("tables that the compiled network keeps count, too", arguments: ["broadcast", "gather"])
  func countsTables(_ kind: String) throws {
    let graph = try Graph(kind, input: [2, 64, 64]) { x, _ in
      if kind == "gather" { return ["y": x.gathered(axis: 3, indices: Array(repeating: 0, count: 100_000))] }
      return ["y": x.reshaped(to: [1, 4096, 1, 2]) * x.reshaped(to: [1, 1, 4096, 2])]
    }
    let values = graph.values.map { 4 * $0.shape.reduce(1, *) }.reduce(0, +)
    #expect(throws: EngineError.self) {
      try Engine(graph, WeightRecipe.checkpoint(for: graph), threads: 1, memoryLimit: values + values / 8)
    }
  }

  @Test("the limit is what the buffers take, for any number of threads", arguments: [1, 4])
  func exact(threads: Int) throws {
    let graph = try Graph("exact", input: [4, 24, 32]) { x, scope in
      let y = (scope / "stem").conv(x, to: 16, kernel: 3, bias: true).relu()
      let tokens = y.reshaped(to: [1, 16, 768]).transposed([0, 2, 1])
      return [
        "y": (scope / "up").transposedConv(y, to: 8, kernel: 4, stride: 2, padding: 1),
        "t": tokens.matmul(tokens.transposed([0, 2, 1])),
      ]
    }
    let checkpoint = WeightRecipe.checkpoint(for: graph)
    let use = try Engine(graph, checkpoint, threads: threads).memoryUse
    #expect(use.constants > 0 && use.activations > 0 && use.workspace > 0)
    #expect(try Engine(graph, checkpoint, threads: threads, memoryLimit: use.total).memoryUse == use)
    #expect(throws: EngineError.tooMuchMemory(needed: use.total, limit: use.total - 1)) {
      try Engine(graph, checkpoint, threads: threads, memoryLimit: use.total - 1)
    }
  }

  @Test("batches within the limit give the same results, and their outputs count")
  func batches() throws {
    let graph = try Graph("batch", input: [2, 16, 16]) { x, scope in ["y": (scope / "conv").conv(x, to: 64, kernel: 3)]
    }
    let checkpoint = WeightRecipe.checkpoint(for: graph)
    let images = try WeightRecipe.input(shape: [7, 2, 16, 16])
    let free = try Engine(graph, checkpoint, threads: 4)
    let outputs = 2 * 7 * 64 * 16 * 16 * 4
    let tight = try Engine(graph, checkpoint, threads: 4, memoryLimit: free.memoryUse.total + outputs)
    #expect(try tight(images).map(\.tensor) == free(images).map(\.tensor))
    let short = try Engine(graph, checkpoint, threads: 4, memoryLimit: free.memoryUse.total + outputs - 1)
    #expect(throws: EngineError.self) { try short(images) }
  }

  @Test("the message says how much memory it takes, what the limit is, and what to do")
  func message() {
    #expect(
      "\(EngineError.tooMuchMemory(needed: 6 << 30 | 1, limit: 1536 << 20))"
        == "running the network takes at least 6.1 GiB of memory, more than the limit of 1.5 GiB; raise the limit "
        + "(--memory-limit) if the machine has the memory, or use a smaller input")
    #expect("\(EngineError.tooMuchMemory(needed: .max, limit: 100))".contains("limit of 100 bytes"))
  }

  @Test("a graph without inputs, or of several, is refused", arguments: [0, 2])
  func inputs(count: Int) throws {
    let graph = try Graph("inputs", input: [2, 3, 4]) { x, _ in ["y": x + 1] }
    let other = Graph(
      name: "other", nodes: graph.nodes, values: graph.values, parameters: graph.parameters,
      inputs: Array(repeating: graph.inputs[0], count: count), outputs: graph.outputs)
    #expect(throws: EngineError.wrongInputCount(count)) { try Engine(other, Checkpoint()) }
  }
}
