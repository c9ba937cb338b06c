import Foundation
import PoseConfiguration
import Synchronization
import Testing

@testable import PoseEngine
@testable import PoseGraph

/// Threads change when numbers are computed, never what they are.
struct WorkGroupTests {
  @Test("one to eight threads give the same bits", arguments: KernelSet.allCases.filter(\.isAvailable))
  func bitsDoNotDependOnThreads(_ kernels: KernelSet) throws {
    let (graph, checkpoint, image) = try network()
    let expected = try Engine(graph, checkpoint, threads: 1, kernels: kernels)(image).map(\.tensor)
    for threads in 2...8 {
      let engine = try Engine(graph, checkpoint, threads: threads, kernels: kernels)
      #expect(engine.threads == threads)
      for _ in 0..<3 { #expect(try engine(image).map(\.tensor) == expected, "\(threads) threads") }
    }
    let plan = try Engine(graph, checkpoint, threads: 1, kernels: kernels).plan
    for workers in 2...8 {
      for order in [Array(0..<workers), (0..<workers).reversed()] {
        #expect(plan.outputs(of: image, workers: order) == expected.map(\.floats), "\(order)")
      }
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

  @Test("an engine can be let go at once, after a run, and when its threads sleep", .timeLimit(.minutes(10)))
  func release() async throws {
    let (graph, checkpoint, image) = try network()
    for round in 0..<30 {
      let engine = try Engine(graph, checkpoint, threads: 4)
      if round % 3 > 0 { _ = try engine(image) }
      // Longer than idle threads spin.
      if round % 3 == 2 { try await Task.sleep(for: .milliseconds(5)) }
    }
  }

  @Test("threads that fell asleep wake for the next image", .timeLimit(.minutes(10)))
  func wake() async throws {
    let (graph, checkpoint, image) = try network()
    let engine = try Engine(graph, checkpoint, threads: 3)
    let expected = try engine(image).map(\.tensor)
    for _ in 0..<20 {
      try await Task.sleep(for: .milliseconds(3))
      #expect(try engine(image).map(\.tensor) == expected)
    }
  }

  @Test("no worker leaves a barrier before all have arrived", arguments: 1...8)
  func barriers(workers: Int) {
    let group = WorkGroup(count: workers, pool: ThreadPool(processors: 8))
    for _ in 0..<20 {
      let work = Steps(count: 50)
      group.run(work)
      #expect((1...workers).contains(work.parts))
      #expect(work.barriersLeftEarly == 0)
      #expect(work.stepsDone == Array(repeating: 50, count: work.parts))
    }
  }

  @Test("a caller that finds its group busy works alone", arguments: [1, 2, 4])
  func busyGroup(processors: Int) {
    let group = WorkGroup(count: 4, pool: ThreadPool(processors: processors))
    let inner = Steps(count: 3)
    group.run(Steps(count: 1) { group.run(inner) })
    #expect(inner.stepsDone == [3])
  }

  @Test("a group works alone while another has all processors, and with others after that", arguments: 2...4)
  func sharedBudget(processors: Int) {
    let pool = ThreadPool(processors: processors)
    let (first, second) = (WorkGroup(count: 8, pool: pool), WorkGroup(count: 8, pool: pool))
    let (outer, inner) = (Steps(count: 1), Steps(count: 3))
    first.run(Steps(count: 1) { second.run(inner) })
    #expect(inner.parts == 1)
    second.run(outer)
    #expect((1...processors).contains(outer.parts))
  }

  @Test("many groups at once finish their work and leave the pool as it was", arguments: [1, 2, 4])
  func manyGroups(processors: Int) async {
    let pool = ThreadPool(processors: processors)
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let group = WorkGroup(count: 4, pool: pool)
          return (0..<50).allSatisfy { _ in
            let work = Steps(count: 5)
            group.run(work)
            return work.barriersLeftEarly == 0
              && work.stepsDone == Array(repeating: 5, count: work.parts)
          }
        }
      }
      for await isDone in group { #expect(isDone) }
    }
    #expect(pool.isIdle)
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

extension Plan {
  /// What a group makes whose workers run each stage one after another: none may need what another makes in it.
  fileprivate func outputs(of image: Tensor, workers: [Int]) -> [[Float]] {
    let context = RunContext(self, workers: workers.count)
    return image.floats.withUnsafeBufferPointer { image in
      context.setInput(image)
      for stage in stages {
        for worker in workers { stage(context.memory(of: worker), worker, workers.count) }
      }
      let memory = context.memory(of: 0)
      for copy in copies { memory[copy.to].update(from: memory[copy.from], count: copy.count) }
      return context.outputs.map(Array.init)
    }
  }
}

/// Steps in which every worker notes that it was there.
private final class Steps: ParallelTask, @unchecked Sendable {
  private let count: Int
  private let begin: () -> Void
  private let early = Atomic<Int>(0)
  // Members write their own; others read them between barriers only.
  private let done = UnsafeMutableBufferPointer<Int>.allocate(capacity: 8)
  /// How many workers there were.
  private(set) var parts = 0

  /// - Parameter begin: what the caller does first.
  init(count: Int, begin: @escaping () -> Void = {}) {
    self.count = count
    self.begin = begin
    done.initialize(repeating: 0)
  }

  deinit { done.deallocate() }

  var stepsDone: [Int] { Array(done.prefix(parts)) }
  var barriersLeftEarly: Int { early.load(ordering: .relaxed) }

  func run(part: Int, of parts: Int, barrier: () -> Void) {
    if part == 0 {
      self.parts = parts
      begin()
    }
    for step in 1...count {
      done[part] += 1
      barrier()
      if done.prefix(parts).contains(where: { $0 != step }) { early.wrappingAdd(1, ordering: .relaxed) }
      barrier()
    }
  }
}
