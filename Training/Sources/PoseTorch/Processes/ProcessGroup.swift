import CTorch

/// The processes that train one network together, as one of them sees it: LibTorch's c10d with Gloo.
///
/// All processes call the same functions in the same order. Where one is lost, the calls of the others throw an error
/// that names it, and the group is of no more use: resume from the last checkpoint, with any number of processes.
public final class ProcessGroup {
  /// From 0; rank 0 writes checkpoints and logs.
  public let rank: Int
  /// How many processes there are.
  public let size: Int

  /// Nil for a process alone.
  let handle: torch_processes?

  /// A process alone, which agrees with itself at once.
  public init() { (rank, size, handle) = (0, 1, nil) }

  /// Waits until all processes of the run are there.
  ///
  /// - Parameter timeout: how long this and every later call waits for the others.
  /// - Throws: ``LibTorchError`` with the meeting point where not all came.
  public init(_ place: ProcessRank, timeout: Duration = .seconds(600)) throws(LibTorchError) {
    rank = place.rank
    size = place.size
    let (seconds, run) = (Swift.min(Swift.max(timeout / .seconds(1), 0.001), 1e8), "attempt \(place.attempt)")
    let (rank, size) = (Int32(clamping: place.rank), Int32(clamping: place.size))
    let handle =
      switch place.rendezvous {
      case .host(let host, let port, let isHeldByLauncher):
        torch_join(host, Int32(clamping: port), nil, isHeldByLauncher, run, rank, size, seconds)
      case .file(let path): torch_join("", 0, path, false, run, rank, size, seconds)
      }
    guard let handle else { throw .last("join") }
    self.handle = handle
  }

  deinit { if let handle { torch_leave(handle) } }

  /// After an error, the processes that no longer answer, where that is known.
  public var lostRanks: [Int] {
    var ranks = [Int](repeating: 0, count: size)
    var count = 0
    guard let handle, torch_lost_ranks(handle, &ranks, &count) else { return [] }
    return Array(ranks.prefix(count))
  }

  /// Gives every process the sum of all processes' tensors, in place.
  public func sum(_ tensor: TorchTensor) throws(LibTorchError) { try reduce(tensor, takesGreatest: false) }

  /// Gives every process the greatest of all processes' numbers, in place.
  public func max(_ tensor: TorchTensor) throws(LibTorchError) { try reduce(tensor, takesGreatest: true) }

  /// The greatest of all processes' numbers.
  public func max(_ number: Double) throws(LibTorchError) -> Double {
    guard size > 1 else { return number }
    let tensor = try TorchTensor.full([1], number, type: .float64)
    try max(tensor)
    return try tensor.item()
  }

  /// Gives every process the mean of all processes' tensors, in place.
  public func mean(_ tensor: TorchTensor) throws(LibTorchError) {
    try sum(tensor)
    try withoutGradients { () throws(LibTorchError) in try ATen.mulScalarInPlace(tensor, b: 1 / Double(size)) }
  }

  private func reduce(_ tensor: TorchTensor, takesGreatest: Bool) throws(LibTorchError) {
    guard let handle else { return }
    try LibTorchError.check(tensor.with { torch_all_reduce(handle, $0, takesGreatest) }, "all-reduce")
  }

  /// Gives every process rank 0's numbers, in place.
  public func broadcast(_ tensors: [TorchTensor]) throws(LibTorchError) {
    guard let handle else { return }
    try withHandles(tensors) { handles throws(LibTorchError) in
      try LibTorchError.check(torch_broadcast(handle, handles, tensors.count, 0), "broadcast")
    }
  }

  /// Waits until all processes are here.
  public func barrier() throws(LibTorchError) {
    if let handle { try LibTorchError.check(torch_barrier(handle), "barrier") }
  }

  /// Every process's bytes by rank, on rank 0; nil on the others.
  public func gather(_ bytes: [UInt8]) throws(LibTorchError) -> [[UInt8]]? {
    let all = try gather(bytes, to: 0)
    return rank == 0 ? all : nil
  }

  /// Every process's bytes by rank, on all.
  public func allGather(_ bytes: [UInt8]) throws(LibTorchError) -> [[UInt8]] { try gather(bytes, to: -1) }

  private func gather(_ bytes: [UInt8], to rank: Int32) throws(LibTorchError) -> [[UInt8]] {
    guard let handle else { return [bytes] }
    var all: UnsafeMutableRawPointer?
    var counts = [Int](repeating: 0, count: size)
    let succeeded = bytes.withUnsafeBytes { buffer in
      torch_gather_bytes(handle, buffer.baseAddress, buffer.count, rank, &all, &counts)
    }
    try LibTorchError.check(succeeded, "gather")
    guard let all else { return [] }
    defer { torch_free(all) }
    var start = 0
    return counts.map { count in
      defer { start += count }
      return [UInt8](UnsafeRawBufferPointer(start: all + start, count: count))
    }
  }
}
