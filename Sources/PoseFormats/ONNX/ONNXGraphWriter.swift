import PoseGraph

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Collects the nodes and initializers of an ONNX graph. `ONNXOperators` determines them, operator by operator.
struct ONNXGraphWriter {
  let graph: Graph
  let checkpoint: Checkpoint
  let folded: FoldedConvolutions
  /// The name of each value in the file.
  private var names: [Graph.ValueID: String] = [:]
  private var nodes: [ONNXNodeProto] = []
  private var initializers: [ONNXTensorProto] = []
  /// Values and initializers share one namespace, and nodes have their own.
  private var valueNames: UniqueNames
  private var nodeNames = UniqueNames()
  private var parameterNames: [Graph.ParameterID: String] = [:]
  private var constants: [Constant: String] = [:]
  /// The node that is being written.
  private var current: Graph.Node?

  private enum Constant: Hashable {
    case integers([Int])
    case number(UInt32)
  }

  init(_ graph: Graph, _ checkpoint: Checkpoint) {
    self.graph = graph
    self.checkpoint = checkpoint
    folded = FoldedConvolutions(graph, checkpoint)
    valueNames = UniqueNames(taken: Set((graph.inputs + graph.outputs).map(\.name)))
  }

  consuming func written() throws(ONNXExportError) -> ONNXGraphProto {
    for port in graph.inputs { names[port.value] = port.name }
    for (index, node) in graph.nodes.enumerated() where node.operation != .input {
      current = node
      // The batch norm is already part of the convolution's weights.
      let isGone = folded.foldedNorms.contains(index)
      names[node.output] = isGone ? name(node.inputs[0]) : try write(node, at: index)
    }
    var proto = ONNXGraphProto()
    proto.name = graph.name
    nameOutputs()
    proto.node = nodes
    proto.initializer = initializers
    proto.input = graph.inputs.map(valueInfo)
    proto.output = graph.outputs.map(valueInfo)
    return proto
  }

  /// Renames the values that the outputs read to the names of the outputs. If a value has already been renamed or is
  /// not the output of a node, it is copied under the name of the output.
  private mutating func nameOutputs() {
    var renamed: [String: String] = [:]
    let produced = Set(nodes.flatMap(\.output))
    current = nil
    for port in graph.outputs {
      let old = name(port.value)
      if produced.contains(old), renamed[old] == nil {
        renamed[old] = port.name
      } else {
        emit("Identity", [old])
        nodes[nodes.count - 1].output = [port.name]
      }
    }
    for index in nodes.indices {
      nodes[index].input = nodes[index].input.map { renamed[$0] ?? $0 }
      nodes[index].output = nodes[index].output.map { renamed[$0] ?? $0 }
    }
  }

  private func valueInfo(_ port: Graph.Port) -> ONNXValueInfoProto {
    let value = graph.values[port.value]
    let dimensions = value.shape.enumerated().map { axis, extent in
      ONNXTensorShapeProto.Dimension.with {
        if axis == 0, value.isBatched { $0.dimParam = "batch" } else { $0.dimValue = Int64(extent) }
      }
    }
    return .with {
      $0.name = port.name
      $0.type.tensorType.elemType = .float
      $0.type.tensorType.shape.dim = dimensions
    }
  }

  // MARK: Parts for the operators

  func name(_ value: Graph.ValueID) -> String { names[value] ?? "" }
  func shape(_ value: Graph.ValueID) -> [Int] { graph.shape(of: value) }
  func isBatched(_ value: Graph.ValueID) -> Bool { graph.values[value].isBatched }

  /// Appends a node with one output, and returns the output's name. The first node of a module is named by the module's
  /// path, and the names of its other nodes also contain the operator.
  @discardableResult
  mutating func emit(_ type: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:]) -> String {
    let path = current?.path ?? ""
    var name = path.isEmpty ? type : "\(path)/\(type)"
    if let current, current.isModule, !path.isEmpty, !nodeNames.contains(path) { name = path }
    var node = ONNXNodeProto()
    node.name = nodeNames.next(name)
    node.opType = type
    node.input = inputs
    node.output = [valueNames.next(name)]
    node.attribute = attributes.sorted { $0.key < $1.key }.map { $0.value.proto(named: $0.key) }
    nodes.append(node)
    return node.output[0]
  }

  /// The initializer that holds a parameter unchanged.
  ///
  /// - Parameter shape: the shape to write, or nil for the parameter's own.
  mutating func parameter(_ id: Graph.ParameterID, shape: [Int]? = nil) -> String {
    if let name = parameterNames[id] { return name }
    let parameter = graph.parameters[id]
    let name = weight(parameter.name, shape ?? parameter.shape, checkpoint[parameter.name]?.floats ?? [])
    parameterNames[id] = name
    return name
  }

  /// Adds an initializer of numbers. If its name is already taken, a number is appended to it.
  mutating func weight(_ name: String, _ shape: [Int], _ scalars: [Float]) -> String {
    initializer(name, .float, shape, scalars.withUnsafeBytes { Data($0) })
  }

  /// An initializer of integers, such as paddings and indices.
  mutating func constant(_ integers: [Int]) -> String {
    if let name = constants[.integers(integers)] { return name }
    let bytes = integers.map { Int64($0).littleEndian }.withUnsafeBytes { Data($0) }
    let name = initializer("constant", .int64, [integers.count], bytes)
    constants[.integers(integers)] = name
    return name
  }

  /// An initializer of one number without axes.
  mutating func constant(_ number: Float) -> String {
    if let name = constants[.number(number.bitPattern)] { return name }
    let name = weight("constant", [], [number])
    constants[.number(number.bitPattern)] = name
    return name
  }

  private mutating func initializer(
    _ name: String, _ type: ONNXTensorProto.DataType, _ shape: [Int], _ bytes: Data
  ) -> String {
    var tensor = ONNXTensorProto()
    tensor.name = valueNames.next(name)
    tensor.dataType = type
    tensor.dims = shape.map(Int64.init)
    tensor.rawData = bytes
    initializers.append(tensor)
    return tensor.name
  }
}

/// An attribute of a node.
enum ONNXAttribute: Hashable {
  case integer(Int)
  case integers([Int])
  case number(Float)
  case text(String)

  func proto(named name: String) -> ONNXAttributeProto {
    .with {
      $0.name = name
      switch self {
      case .integer(let value): ($0.type, $0.i) = (.int, Int64(value))
      case .integers(let values): ($0.type, $0.ints) = (.ints, values.map(Int64.init))
      case .number(let value): ($0.type, $0.f) = (.float, value)
      case .text(let value): ($0.type, $0.s) = (.string, Data(value.utf8))
      }
    }
  }
}
