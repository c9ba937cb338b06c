import Synchronization

#if canImport(PoseMedia)
  import PoseMedia
#endif

/// Memory that one estimate after another works in. One estimate at a time has it.
final class Workspace: @unchecked Sendable {
  // Whoever takes a workspace out of its pool owns it until it is put back.
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

/// Workspaces of finished estimates, for the next ones.
final class WorkspacePool: Sendable {
  private let inputCount: Int
  private let free = Mutex<[Workspace]>([])

  /// - Parameter inputCount: the floats of the network's input.
  init(inputCount: Int) { self.inputCount = inputCount }

  /// Lends a workspace of an earlier estimate, or a new one.
  func withWorkspace<Result>(_ body: (Workspace) throws -> Result) rethrows -> Result {
    let workspace = free.withLock { $0.popLast() } ?? Workspace(inputCount: inputCount)
    defer { free.withLock { $0.append(workspace) } }
    return try body(workspace)
  }
}
