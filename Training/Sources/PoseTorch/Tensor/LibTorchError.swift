import CTorch

/// Why LibTorch could not do something.
public struct LibTorchError: Error, Hashable {
  /// The layer's published path; empty outside a network.
  public var layer: String
  /// LibTorch's operator, or what was asked of it.
  public let operation: String
  public let reason: String

  public init(layer: String = "", operation: String, reason: String) {
    self.layer = layer
    self.operation = operation
    self.reason = reason
  }

  /// What failed last on this thread.
  static func last(_ operation: StaticString) -> LibTorchError {
    let message = String(cString: torch_last_error())
    // What follows the first line is C++'s stack.
    let reason = message.split(separator: "\n").first.map(String.init) ?? "LibTorch does not say why"
    return LibTorchError(operation: operation.description, reason: reason)
  }

  static func check(_ succeeded: Bool, _ operation: StaticString) throws(LibTorchError) {
    if !succeeded { throw last(operation) }
  }

  static func flag(
    _ operation: StaticString, _ body: (UnsafeMutablePointer<Bool>) -> Bool
  ) throws(LibTorchError) -> Bool {
    var flag = false
    try check(body(&flag), operation)
    return flag
  }
}

extension LibTorchError: CustomStringConvertible {
  public var description: String { "\(layer.isEmpty ? "" : layer + ": ")\(operation): \(reason)" }
}
