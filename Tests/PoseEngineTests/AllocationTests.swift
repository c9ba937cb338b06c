import CHeapCount
import PoseConfiguration
import PoseEngine
import Testing

@testable import PoseGraph

/// A run in the steady state asks the allocator for nothing.
@Suite(.enabled(if: heap_allocations() >= 0, "allocations can be counted with glibc only, and without sanitizers"))
struct AllocationTests {
  @Test("the count sees what Swift allocates")
  func counts() {
    let before = heap_allocations()
    var arrays: [[Int]] = []
    for count in 1...10 { arrays.append(Array(repeating: count, count: count)) }
    #expect(heap_allocations() - before >= 10)
    #expect(arrays.count == 10)
  }

  #if DEBUG
    static let isOptimized = false
  #else
    static let isOptimized = true
  #endif

  // One thread does all the work and is counted; with more, the caller's part and its meetings are.
  @Test(
    "repeated runs allocate nothing",
    .enabled(if: isOptimized, "only the optimiser keeps closures off the heap: swift test -c release"),
    arguments: [1, 3])
  func runs(threads: Int) throws {
    let network = NetworkDescription(backbone: "lite_hrnet_18", joints: .coco17, input: 64)
    let graph = try ModelConfiguration(name: "lite", model: network).graph()
    let engine = try Engine(graph, WeightRecipe.checkpoint(for: graph), threads: threads)
    let image = try WeightRecipe.input(shape: [3, 64, 64]).floats
    try image.withUnsafeBufferPointer { image in
      var sum: Float = 0
      for _ in 0..<3 { sum += try engine.withOutputs(of: image) { $0[0][0] } }
      let before = heap_allocations()
      for _ in 0..<20 { sum += try engine.withOutputs(of: image) { $0[0][0] } }
      let after = heap_allocations()
      #expect(after - before == 0, "\(Double(after - before) / 20) allocations a run")
      #expect(sum.isFinite)
    }
  }
}
