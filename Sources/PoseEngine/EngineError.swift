import PoseCore
import PoseGraph

/// A reason why an engine cannot be made or run.
public enum EngineError: UserError, Hashable {
  /// The input has another shape or type. `expected` has extent 1 for the batch, which may be any.
  case wrongInput(expected: [Int], actual: [Int], type: ScalarType)
  /// The network has no input, or several.
  case wrongInputCount(Int)
  case noKernels(KernelSet)
  case noPrecision(Precision)
  /// The buffers would take more bytes than the limit allows.
  case tooMuchMemory(needed: Int, limit: Int)
  case unsupported(path: String, reason: String)
}

extension EngineError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .wrongInput(let expected, let actual, let type):
      let shape = (["N"] + expected.dropFirst().map(String.init)).joined(separator: " x ")
      return "the network takes floats of \(shape), not \(type) of \(actual.map(String.init).joined(separator: " x "))"
    case .wrongInputCount(let count):
      return "the network has \(count == 0 ? "no input" : "\(count) inputs"); networks of one input can be run"
    case .noKernels(let set):
      return "this CPU cannot run the \(set.rawValue) kernels; leave the choice out to have the best that it can"
    case .noPrecision(let precision):
      return "this CPU cannot multiply in \(precision.rawValue); leave the choice out to have float32"
    case .tooMuchMemory(let needed, let limit):
      return "running the network takes at least \(Self.size(needed)) of memory, more than the limit of "
        + "\(Self.size(limit)); raise the limit (--memory-limit) if the machine has the memory, or use a smaller input"
    case .unsupported(let path, let reason):
      return "\(path): \(reason)"
    }
  }

  /// At least so many bytes, in the largest binary group that they fill.
  private static func size(_ bytes: Int) -> String {
    guard bytes < .max else { return "\(Int.max >> 30) GiB" }
    for (shift, fusedGroup) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] where bytes >= 1 << shift {
      let tenths = Int((Double(bytes) / Double(1 << shift) * 10).rounded(.up))
      return tenths % 10 == 0 ? "\(tenths / 10) \(fusedGroup)" : "\(tenths / 10).\(tenths % 10) \(fusedGroup)"
    }
    return "\(bytes) bytes"
  }
}
