import CTorch
import Dispatch
import Synchronization

/// What becomes of the parts of some work, each on a thread of its own; in their order.
///
/// - Throws: the first part's error that has one.
func sideBySide<Part, Result>(
  _ parts: [Part], _ body: (Part, Int) throws(LibTorchError) -> Result
) throws(LibTorchError) -> [Result] {
  if parts.count == 1 { return [try body(parts[0], 0)] }
  return try withoutActuallyEscaping(body) { body throws(LibTorchError) in
    let work = ParallelWork(parts, body)
    DispatchQueue.concurrentPerform(iterations: parts.count) { work.run($0) }
    var results: [Result] = []
    for index in parts.indices {
      guard let result = try work.result(of: index) else { continue }
      results.append(result)
    }
    return results
  }
}

private final class ParallelWork<Part, Result>: @unchecked Sendable {
  // LibTorch's tensors belong to one thread at a time: a part to the one that runs it, results are behind a lock.
  private let parts: [Part]
  private let body: (Part, Int) throws(LibTorchError) -> Result
  private let outcomes = Mutex<[Int: Outcome]>([:])

  private struct Outcome: @unchecked Sendable {
    let result: Swift.Result<Result, LibTorchError>
  }

  init(_ parts: [Part], _ body: @escaping (Part, Int) throws(LibTorchError) -> Result) {
    (self.parts, self.body) = (parts, body)
  }

  func run(_ index: Int) {
    // How a thread treats numbers that are too small is its own.
    _ = torch_flush_denormals()
    let outcome: Outcome
    do throws(LibTorchError) {
      outcome = Outcome(result: .success(try body(parts[index], index)))
    } catch {
      outcome = Outcome(result: .failure(error))
    }
    outcomes.withLock { $0[index] = outcome }
  }

  func result(of index: Int) throws(LibTorchError) -> Result? { try outcomes.withLock { $0[index] }?.result.get() }
}

extension [TorchTensor] {
  /// The sum in the tensors' order.
  func sum() throws(LibTorchError) -> TorchTensor {
    guard var sum = first else { throw LibTorchError(operation: "sum", reason: "there is nothing") }
    for tensor in dropFirst() { sum = try ATen.add(sum, tensor, alpha: 1) }
    return sum
  }
}

extension TrainingBatch {
  /// How many samples there are.
  var count: Int { input.shape.first ?? 0 }

  /// As many parts of about the same size, or fewer where there are fewer samples.
  func parts(_ wanted: Int) throws(LibTorchError) -> [TrainingBatch] {
    let wanted = Swift.min(wanted, count)
    if wanted <= 1 { return [self] }
    var parts: [TrainingBatch] = []
    for part in 0..<wanted { parts.append(try rows(count * part / wanted..<count * (part + 1) / wanted)) }
    return parts
  }
}
