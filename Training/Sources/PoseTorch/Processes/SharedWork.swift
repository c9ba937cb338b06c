import Foundation

extension ProcessGroup {
  /// Which of so many items are this process's: every `size`-th from its rank on.
  public func share(of count: Int) -> StrideTo<Int> { stride(from: rank, to: count, by: size) }

  /// The results of items that the processes shared out by ``share(of:)``, in the items' order, on rank 0; nil on the
  /// others.
  ///
  /// - Throws: ``LibTorchError`` where a process was lost, or returned not as many results as it had items.
  public func gather<Result: Codable>(_ results: [Result], of count: Int) throws -> [Result]? {
    guard let parts = try gather([UInt8](JSONEncoder().encode(results))) else { return nil }
    var all: [(index: Int, result: Result)] = []
    for (rank, part) in parts.enumerated() {
      let results = try JSONDecoder().decode([Result].self, from: Data(part))
      let indices = stride(from: rank, to: count, by: size)
      guard results.count == indices.underestimatedCount else {
        throw LibTorchError(
          operation: "gather", reason: "rank \(rank) has \(results.count) results of the \(count) items' share")
      }
      all += zip(indices, results).map { ($0, $1) }
    }
    return all.sorted { $0.index < $1.index }.map(\.result)
  }
}
