import Synchronization

#if canImport(PoseMedia)
  import PoseMedia
#endif

/// Memory that one estimate after another works in. One estimate at a time has it.
final class Workspace {
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
    let workspace = take()
    defer { put(workspace) }
    return try body(workspace)
  }

  private func take() -> Workspace { 
    nonisolated(unsafe) var taken: Workspace?
    free.withLock { taken = $0.popLast() }
    return taken ?? Workspace(inputCount: inputCount)
  }

  private func put(_ workspace: Workspace) {
    nonisolated(unsafe) let workspace = workspace
    free.withLock { $0.append(workspace) }
  }
}
