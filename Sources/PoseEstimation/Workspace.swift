#if canImport(PoseMedia)
  import PoseMedia
#endif

/// Memory that one estimate after another works in. One estimate at a time has it.
final class Workspace: @unchecked Sendable {
  // Whoever takes a workspace out of the estimator's list owns it until it is put back.
  /// The network's input.
  let input: UnsafeMutableBufferPointer<Float>

  #if canImport(PoseMedia)
    /// Pixels of an encoded picture.
    let picture = PixelMemory()
  #endif

  init(inputCount: Int) {
    input = .allocate(capacity: inputCount)
    input.initialize(repeating: 0)
  }

  deinit { input.deallocate() }
}
