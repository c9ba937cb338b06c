import PoseCore
import PoseGraph

/// Why bytes are no network that can be read from ONNX.
public enum ONNXError: UserError, Hashable {
  /// The bytes are no message of the format.
  case damaged(String)
  /// More parts than any network has.
  case tooManyParts(limit: Int)
  case noGraph
  case operatorSet(Int, supported: ClosedRange<Int>)
  case tensor(name: String, reason: String)
  /// Weights in another file.
  case externalData(tensor: String)
  case duplicate(name: String)
  /// A value that nothing makes, or that is made only after it is read.
  case undefined(value: String, node: String)
  case input(String)
  case noOutput(String, nearest: String?)
  /// What the graph of this package cannot say, and the node that asks for it.
  case unsupported(node: String, operation: String, reason: String)
  case graph(GraphError)
}

extension ONNXError: GraphFailure {
  package init(_ error: GraphError) { self = .graph(error) }
}

extension ONNXError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .damaged(let reason): "this is no whole ONNX file: \(reason)"
    case .tooManyParts(let limit): "the file has more than \(limit) nodes, tensors and arguments: is it damaged?"
    case .noGraph: "the ONNX file holds no network: it has no nodes or no outputs"
    case .operatorSet(let version, let supported):
      "the file uses ONNX's operator set \(version); \(supported.lowerBound) to \(supported.upperBound) are read: "
        + "export it again with one of those"
    case .tensor(let name, let reason): "tensor '\(name)': \(reason)"
    case .externalData(let tensor):
      "tensor '\(tensor)' lies in another file: save the model again with its weights inside"
    case .duplicate(let name): "'\(name)' is defined twice: the file is damaged"
    case .undefined(let value, let node):
      "node '\(node)' reads '\(value)', which nothing before it makes: the file is damaged, or its nodes are out of order"
    case .input(let reason): "the network's input cannot be used: \(reason)"
    case .noOutput(let name, let nearest):
      "nothing in the network is called '\(name)'" + (nearest.map { " (like '\($0)'?)" } ?? "")
    case .unsupported(let node, let operation, let reason):
      "node '\(node)' (\(operation)): \(reason)"
    case .graph(let error): "\(error)"
    }
  }
}

/// What a node asks for and cannot have; the reader adds which node.
struct ONNXRefusal: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
