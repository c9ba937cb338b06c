import CTorch

/// Averages gradients over the processes of a group, in buckets that travel while the way back still computes the rest
/// (Li et al., PyTorch Distributed, VLDB 2020).
///
/// The first update watches in which order gradients come; buckets follow it from then on.
public final class GradientReducer {
  public let group: ProcessGroup
  /// Nil for a process alone, whose gradients stay.
  private let handle: torch_reducer?

  /// - Parameter bucketBytes: gradients that travel together.
  /// - Throws: ``LibTorchError`` where the parameters are on different devices or of different types.
  public init(
    _ group: ProcessGroup, parameters: [TrainableNetwork.NamedParameter], bucketBytes: Int = 4 << 20
  ) throws(LibTorchError) {
    self.group = group
    guard let processes = group.handle else {
      handle = nil
      return
    }
    let tensors = parameters.map(\.tensor)
    handle = try withHandles(tensors) { handles throws(LibTorchError) in
      guard let reducer = torch_make_reducer(processes, handles, tensors.count, bucketBytes) else {
        throw .last("reducer")
      }
      return reducer
    }
  }

  deinit { if let handle { torch_free_reducer(handle) } }

  /// The gradients that come from now on are the last before the update: they may leave as they come.
  func expectGradients() { if let handle { torch_expect_gradients(handle) } }

  /// Waits until every gradient is the mean of all processes'.
  func finish() throws(LibTorchError) {
    if let handle { try LibTorchError.check(torch_finish_gradients(handle), "all-reduce") }
  }
}
