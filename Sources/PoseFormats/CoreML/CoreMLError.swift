import PoseCore

/// The reasons why a network cannot be written as a Core ML model.
public enum CoreMLError: UserError, Hashable {
  /// An operator mixes or moves the images of the batch, which must stay independent of each other.
  case batchMoves(path: String, operation: String)
  /// A tensor of more axes than Core ML computes with, in an operator that cannot do with fewer.
  case tooManyAxes(path: String, operation: String, axes: Int)
  /// A number that float16 cannot represent.
  case outOfRange(name: String, value: Float)
  case largestBatch(Int, allowed: ClosedRange<Int>)
  /// The network takes no picture of three channels.
  case noPicture(port: String, shape: [Int])
  /// The place of the package is taken by something else.
  case foreign(String)
  /// The package is written, but the earlier one could not be removed.
  case oldStays(String, old: String)
}

extension CoreMLError: CustomStringConvertible {
  public var exitCode: Int32 {
    switch self {
    case .foreign, .oldStays: 74
    default: 65
    }
  }

  public var description: String {
    switch self {
    case .batchMoves(let path, let operation):
      "\(path): \(operation) works on the batch's axis, which cannot be written for a batch of any size"
    case .tooManyAxes(let path, let operation, let axes):
      "\(path): \(operation) of \(axes) axes cannot be written: Core ML computes with \(MILProgramWriter.mostAxes) at most"
    case .outOfRange(let name, let value):
      "\(name): \(value) is out of float16's range, which ends at 65504: write float32 (--precision float32)"
    case .largestBatch(let batch, let allowed):
      "a batch of \(batch) cannot be written: give \(allowed.lowerBound) to \(allowed.upperBound)"
    case .noPicture(let port, let shape):
      "the input '\(port)' of \(shape) is no picture of three channels: let the model take a tensor"
    case .foreign(let path):
      "'\(path)' exists and is no Core ML package, or has other files in it: move it, or write to another place"
    case .oldStays(let path, let old):
      "'\(path)' is written, but the earlier package cannot be removed: it is '\(old)' now, delete it"
    }
  }
}
