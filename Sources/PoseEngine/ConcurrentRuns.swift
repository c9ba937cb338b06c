import Synchronization

/// Several runs of one engine side by side: each worker takes the next run and does it alone, so no worker waits for
/// another.
final class ConcurrentRuns: ParallelTask {
  private let engine: Engine
  private let count: Int
  private let body: @Sendable (Int, RunContext) -> Void
  private let next = Atomic(0)

  init(_ engine: Engine, count: Int, _ body: @escaping @Sendable (Int, RunContext) -> Void) {
    (self.engine, self.count, self.body) = (engine, count, body)
  }

  func run(part: Int, of parts: Int, barrier: () -> Void) {
    // Memory may suffice for fewer images at once than there are workers.
    guard part < min(parts, engine.imagesAtOnce) else { return }
    engine.withContext(workers: 1) { context in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        body(index, context)
      }
    }
  }
}

/// A run of an engine that a caller of ``Engine/runEach(_:_:)`` makes.
package struct EngineRun {
  fileprivate let execute: (UnsafeBufferPointer<Float>) -> UnsafeBufferPointer<UnsafeBufferPointer<Float>>

  /// Runs the network on one image.
  ///
  /// - Parameter image: exactly the input's floats, `C x H x W`.
  /// - Returns: the outputs in the graph's order. They are valid until the next call, or until the body returns.
  package func callAsFunction(_ image: UnsafeBufferPointer<Float>) -> UnsafeBufferPointer<UnsafeBufferPointer<Float>> {
    execute(image)
  }
}

extension Engine {
  /// Makes several runs, side by side if there is more than one and there are threads for them. Results do not depend on
  /// that.
  ///
  /// - Parameters:
  ///   - count: how many runs to make.
  ///   - body: is called once for each index, on any thread, and runs the network as often as it likes.
  package func runEach(_ count: Int, _ body: @escaping @Sendable (_ index: Int, _ run: EngineRun) -> Void) {
    let width = min(threads, imagesAtOnce)
    // A single run, or one that would be left over, is faster on all threads.
    let sideBySide = width > 1 ? (count % width == 1 ? count - 1 : count) : 0
    if sideBySide > 0 {
      group.run(
        ConcurrentRuns(self, count: sideBySide) { index, context in
          body(
            index,
            EngineRun { image in
              context.setInput(image)
              context.run(part: 0, of: 1) {}
              return context.outputs
            })
        })
    }
    for index in sideBySide..<max(count, sideBySide) {
      withContext(workers: threads) { context in
        body(
          index,
          EngineRun { [group] image in
            context.setInput(image)
            group.run(context)
            return context.outputs
          })
      }
    }
  }
}
