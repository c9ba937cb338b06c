import CTorch

extension TorchTensor {
  /// Whether operators remember what they do with this tensor, so that gradients reach it.
  public var requiresGradient: Bool { with(torch_requires_gradient) }

  public func setRequiresGradient(_ wanted: Bool) throws(LibTorchError) {
    try LibTorchError.check(with { torch_set_requires_gradient($0, wanted) }, "requires gradient")
  }

  /// What ``backward()`` has added up here; nil before the first.
  public var gradient: TorchTensor? { with { torch_gradient($0).flatMap { try? TorchTensor(taking: $0, "gradient") } } }

  public func setGradient(_ gradient: TorchTensor?) throws(LibTorchError) {
    let succeeded = with { torch_set_gradient($0, gradient?.handle) }
    withExtendedLifetime(gradient) {}
    try LibTorchError.check(succeeded, "gradient")
  }

  /// Adds the gradient of this number to that of every tensor that it was computed from and that asked for it.
  public func backward() throws(LibTorchError) { try TorchTensor.backward(from: [(self, nil)]) }

  /// As ``backward()`` from several tensors, each with the gradient of what was computed from it.
  static func backward(from roots: [(TorchTensor, gradient: TorchTensor?)]) throws(LibTorchError) {
    let gradients = roots.map { $0.gradient?.handle }
    defer { withExtendedLifetime(roots) {} }
    try withHandles(roots.map(\.0)) { handles throws(LibTorchError) in
      try LibTorchError.check(
        gradients.withUnsafeBufferPointer {
          torch_backward(handles, $0.baseAddress, $0.count)
        }, "backward")
    }
  }

  /// The same numbers without their history.
  public func detached() throws(LibTorchError) -> TorchTensor { try ATen.detach(self) }
}

/// Runs `body` without remembering what gradients take. Must not suspend: the mode belongs to the thread.
public func withoutGradients<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
  let before = torch_set_gradient_mode(false)
  defer { _ = torch_set_gradient_mode(before) }
  return try body()
}

/// Runs `body` remembering what gradients take, within ``withoutGradients(_:)`` too.
func withGradients<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
  let before = torch_set_gradient_mode(true)
  defer { _ = torch_set_gradient_mode(before) }
  return try body()
}
