import CTorch
import Dispatch
import Synchronization

/// Parts of a batch on threads of their own.
final class ParallelParts: @unchecked Sendable {
  // A part is its thread's alone while it runs; results are behind a lock.
  private let parts: [TrainingBatch]
  private let results: Mutex<[Int: Outcome]> = Mutex([:])

  private struct Outcome: @unchecked Sendable {
    let result: Result<TorchTensor, LibTorchError>
  }

  init(_ parts: [TrainingBatch]) { self.parts = parts }

  /// Runs all parts at once; `body` gets a part, its share of the samples and its number.
  func run(_ body: (TrainingBatch, Double, Int) throws(LibTorchError) -> TorchTensor) {
    let samples = Double(parts.reduce(0) { $0 + $1.count })
    withoutActuallyEscaping(body) { body in
      let work = Work(body)
      DispatchQueue.concurrentPerform(iterations: parts.count) { index in
        // Of each thread its own.
        _ = torch_flush_denormals()
        let result: Result<TorchTensor, LibTorchError>
        do throws(LibTorchError) {
          result = .success(try work.body(parts[index], Double(parts[index].count) / samples, index))
        } catch {
          result = .failure(error)
        }
        let outcome = Outcome(result: result)
        results.withLock { $0[index] = outcome }
      }
    }
  }

  private struct Work: @unchecked Sendable {
    let body: (TrainingBatch, Double, Int) throws(LibTorchError) -> TorchTensor
    init(_ body: @escaping (TrainingBatch, Double, Int) throws(LibTorchError) -> TorchTensor) { self.body = body }
  }

  /// The sum of the parts' results, in their order.
  func sum() throws(LibTorchError) -> TorchTensor {
    let outcomes = results.withLock { $0 }
    var sum: TorchTensor?
    for index in parts.indices {
      guard let outcome = outcomes[index] else { continue }
      let value = try outcome.result.get()
      sum = try sum.map { sum throws(LibTorchError) in try ATen.add(sum, value, alpha: 1) } ?? value
    }
    guard let sum else { throw LibTorchError(operation: "step", reason: "the batch has no samples") }
    return sum
  }
}

extension TrainingBatch {
  /// How many samples there are.
  var count: Int { input.shape.first ?? 0 }

  /// As many parts of about the same size, or fewer where there are fewer samples.
  func parts(_ wanted: Int) throws(LibTorchError) -> [TrainingBatch] {
    let wanted = min(wanted, count)
    if wanted <= 1 { return [self] }
    var parts: [TrainingBatch] = []
    for part in 0..<wanted {
      let (start, end) = (count * part / wanted, count * (part + 1) / wanted)
      func rows(_ tensor: TorchTensor) throws(LibTorchError) -> TorchTensor {
        try ATen.slice(tensor, axis: 0, start: start, end: end, step: 1)
      }
      var targets: [TorchTensor] = []
      for target in self.targets { targets.append(try rows(target)) }
      parts.append(
        TrainingBatch(
          input: try rows(input), targets: targets,
          weights: try weights.map { weights throws(LibTorchError) in try rows(weights) }))
    }
    return parts
  }
}
