import PoseCore
import PoseGraph

/// The reasons why a network cannot be written for TensorFlow Lite.
public enum TFLiteError: UserError, Hashable {
  /// An operator mixes or moves the images of the batch, which must stay independent of each other.
  case batchMoves(path: String, operation: String)
  /// A tensor has more axes than TensorFlow Lite's operators take.
  case tooManyAxes(path: String, operation: String, axes: Int)
  /// A weight is finite and would become infinite in float16.
  case outOfRange(name: String, value: Float)
  case batch(Int)
  case tooLarge(bytes: Int)
}

extension TFLiteError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .batchMoves(let path, let operation):
      "\(path): \(operation) works on the batch's axis, which TensorFlow Lite files are not written with"
    case .tooManyAxes(let path, let operation, let axes):
      "\(path): \(operation) has a tensor of \(axes) axes, which TensorFlow Lite does not compute with"
    case .outOfRange(let name, let value):
      "\(name) has the value \(value), which float16 does not hold: write float32 with --precision float32"
    case .batch(let batch):
      "a batch of \(batch) cannot be written: give \(TFLiteFormat.batches.lowerBound) to \(TFLiteFormat.batches.upperBound)"
    case .tooLarge(let bytes):
      "the weights take \(bytes) bytes, but a TensorFlow Lite file holds at most 2 GB: write safetensors instead"
    }
  }
}

enum TFLiteFormat {
  /// The version of the schema.
  static let version: Int32 = 3
  static let identifier = "TFL3"
  /// The key that runtimes look for first.
  static let signature = "serving_default"
  static let author = "swift-pose"
  static let batches = 1...4096
  /// Where the numbers of tensors start in the file, in multiples of bytes.
  static let alignment = 16
}
