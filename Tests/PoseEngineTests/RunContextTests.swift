import PoseGraph
import Testing

@testable import PoseEngine

struct RunContextTests {
  @Test("a run of an image of another size stops the program")
  func wrongCount() async {
    await #expect(processExitsWith: .failure) {
      let program = try Program("one", [2, 3, 4]) { x, _ in ["y": x + 1] }
      let kernels = try #require(Kernels(.portable))
      let context = RunContext(try Plan(program, kernels: kernels, memoryLimit: .max))
      [Float](repeating: 0, count: 23).withUnsafeBufferPointer { context.setInput($0) }
    }
  }
}
