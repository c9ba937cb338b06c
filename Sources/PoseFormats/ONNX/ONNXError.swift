import PoseCore
import PoseGraph

/// The reasons why a network cannot be read from ONNX.
public enum ONNXError: UserError, Hashable {
  /// The bytes are not a message of the format.
  case damaged(String)
  /// The file has more parts than any network.
  case tooManyParts(limit: Int)
  case noGraph
  case operatorSet(Int, supported: ClosedRange<Int>)
  case tensor(name: String, reason: String)
  /// The weights are in another file.
  case externalData(tensor: String)
  case duplicate(name: String)
  /// A value that no node computes, or that is computed only after it is read.
  case undefined(value: String, node: String)
  case input(String)
  /// The file leaves extents of the input open, `[3, ?, ?]`, and nothing else says them.
  case openInput(String)
  case noOutput(String, nearest: String?)
  /// An operation that ``Graph`` cannot represent, and the node that needs it.
  case unsupported(node: String, operation: String, reason: String)
  case graph(GraphError)
  /// A network whose outputs are no detector's, or whose suppression has another form than the supported one.
  case noDetector(String)
}

extension ONNXError {
  init(_ error: ProtobufError) {
    switch error {
    case .damaged(let reason): self = .damaged(reason)
    case .tooManyParts(let limit): self = .tooManyParts(limit: limit)
    }
  }
}

extension ONNXError: GraphFailure {
  package init(_ error: GraphError) { self = .graph(error) }
}

extension ONNXError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .damaged(let reason): "this is not a complete ONNX file: \(reason)"
    case .tooManyParts(let limit): "\(ProtobufError.tooManyParts(limit: limit))"
    case .noGraph: "the ONNX file holds no network: it has no nodes or no outputs"
    case .operatorSet(let version, let supported):
      "the file uses ONNX's operator set \(version); \(supported.lowerBound) to \(supported.upperBound) are read: "
        + "export it again with one of those"
    case .tensor(let name, let reason): "tensor '\(name)': \(reason)"
    case .externalData(let tensor):
      "tensor '\(tensor)' lies in another file: save the model again with its weights inside"
    case .duplicate(let name): "'\(name)' is defined twice: the file is damaged"
    case .undefined(let value, let node):
      "node '\(node)' reads '\(value)', which no earlier node makes: the file is damaged, or its nodes are out of order"
    case .input(let reason): "the network's input cannot be used: \(reason)"
    case .openInput(let shape):
      "the network's input cannot be used: its size \(shape), without the batch, is left open: give the size"
    case .noOutput(let name, let nearest):
      "no value of the network is called '\(name)'" + (nearest.map { " (like '\($0)'?)" } ?? "")
    case .unsupported(let node, let operation, let reason):
      "node '\(node)' (\(operation)): \(reason)"
    case .graph(let error): "\(error)"
    case .noDetector(let reason): "no detector of a known form: \(reason)"
    }
  }
}

/// The reason why a node is not supported. The reader adds the node's name.
struct ONNXRefusal: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
