import Foundation
import PoseEngine
import PoseModels
import Testing

@testable import PoseGraph

/// Threads change when numbers are computed, never what they are.
struct ThreadTeamTests {
  @Test("one to eight threads give the same bits", arguments: KernelSet.allCases.filter(\.isAvailable))
  func bitsDoNotDependOnThreads(_ kernels: KernelSet) throws {
    let (graph, checkpoint, image) = try network()
    let expected = try Engine(graph, checkpoint, threads: 1, kernels: kernels)(image).map(\.tensor)
    for threads in 2...8 {
      let engine = try Engine(graph, checkpoint, threads: threads, kernels: kernels)
      #expect(engine.threads == threads)
      for _ in 0..<3 { #expect(try engine(image).map(\.tensor) == expected, "\(threads) threads") }
    }
  }

  @Test("many tasks on one engine give the bits of one", arguments: [1, 2, 3])
  func bitsDoNotDependOnTasks(threads: Int) async throws {
    let (graph, checkpoint, _) = try network()
    let engine = try Engine(graph, checkpoint, threads: threads)
    let images = try (0..<4).map { try WeightRecipe.input(shape: [1, 8, 11, 13], name: "image\($0)") }
    let expected = try images.map { try engine($0).map(\.tensor) }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for task in 0..<32 {
        group.addTask {
          try (0..<10).allSatisfy { try engine(images[(task + $0) % 4]).map(\.tensor) == expected[(task + $0) % 4] }
        }
      }
      for try await isEqual in group { #expect(isEqual) }
    }
  }

  @Test("an engine can be let go at once, after a run, and when its threads sleep", .timeLimit(.minutes(1)))
  func release() async throws {
    let (graph, checkpoint, image) = try network()
    for round in 0..<30 {
      let engine = try Engine(graph, checkpoint, threads: 4)
      if round % 3 > 0 { _ = try engine(image) }
      // Longer than idle threads spin.
      if round % 3 == 2 { try await Task.sleep(for: .milliseconds(5)) }
    }
  }

  @Test("threads that fell asleep wake for the next image", .timeLimit(.minutes(1)))
  func wake() async throws {
    let (graph, checkpoint, image) = try network()
    let engine = try Engine(graph, checkpoint, threads: 3)
    let expected = try engine(image).map(\.tensor)
    for _ in 0..<20 {
      try await Task.sleep(for: .milliseconds(3))
      #expect(try engine(image).map(\.tensor) == expected)
    }
  }

  /// Odd sizes, so that every way to share work out has a remainder.
  private func network() throws -> (Graph, Checkpoint, Tensor) {
    let graph = try Graph("threads", input: [8, 11, 13]) { x, scope in
      var y = (scope / "stem").conv(x, to: 18, kernel: 3, bias: true).relu()
      y = (scope / "pointwise").conv(y, to: 23, bias: true).unary(.silu)
      y = (scope / "depthwise").conv(y, to: 23, kernel: 5, groups: 23)
      y = (scope / "bn").batchNorm(y + 1)
      let up = (scope / "up").transposedConv(y, to: 9, kernel: 4, stride: 2, padding: 1)
      let tokens = (scope / "ln").layerNorm(y.reshaped(to: [1, 23, 143]).transposed([0, 2, 1]))
      let dense = (scope / "fc").linear(tokens, to: 37).unary(.gelu)
      let row = (scope / "head").linear(dense.reduced(.mean, axes: [1]), to: 41)
      let attention = dense.matmul(dense.transposed([0, 2, 1])).softmax(axis: 2)
      return ["up": up, "dense": dense, "row": row, "attention": attention.matmul(dense), "top": y.softmax(axis: 1)]
    }
    return (graph, WeightRecipe.checkpoint(for: graph), try WeightRecipe.input(shape: [1, 8, 11, 13]))
  }
}
