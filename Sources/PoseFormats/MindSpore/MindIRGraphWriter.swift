import PoseGraph

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Collects the nodes, operators and weights of a MINDIR model. `MindIROperators` determines them, operator by operator.
struct MindIRGraphWriter {
  let graph: Graph
  let checkpoint: Checkpoint
  let folded: FoldedConvolutions
  let batch: Int
  /// The name of each value in the file.
  private var names: [Graph.ValueID: String] = [:]
  private var nodes: [MindIRNodeProto] = []
  private var parameters: [MindIRTensorProto] = []
  private var primitives: [MindIRPrimitiveProto] = []
  private var primitiveNames: [Primitive: String] = [:]
  private var constants: [MindIRValue: String] = [:]
  private var parameterNames: [Graph.ParameterID: String] = [:]
  private var uniqueNames = UniqueNames()
  /// The node that is being written.
  private var current: Graph.Node?

  private struct Primitive: Hashable {
    let type: String
    let attributes: [String: MindIRValue]
  }

  init(_ graph: Graph, _ checkpoint: Checkpoint, batch: Int) {
    (self.graph, self.checkpoint, self.batch) = (graph, checkpoint, batch)
    folded = FoldedConvolutions(graph, checkpoint)
  }

  mutating func written() throws(MindIRError) -> MindIRModelProto {
    var proto = MindIRGraphProto()
    proto.name = graph.name
    for port in graph.inputs {
      names[port.value] = uniqueNames.next(port.name)
      proto.input.append(.with { ($0.name, $0.tensor) = (port.name, [Self.type(shape(port.value))]) })
    }
    for (index, node) in graph.nodes.enumerated() where node.operation != .input {
      current = node
      // The batch norm is already part of the convolution's weights.
      let isGone = folded.foldedNorms.contains(index)
      names[node.output] = isGone ? name(node.inputs[0]) : try write(node, at: index)
    }
    current = nil
    proto.output = [output()]
    (proto.node, proto.parameter) = (nodes, parameters)
    return .with { ($0.graph, $0.primitives) = (proto, primitives) }
  }

  /// The one output, a tuple where the network has several.
  private mutating func output() -> MindIRValueInfoProto {
    let shapes = graph.outputs.map { shape($0.value) }
    var outputs = graph.outputs.map { name($0.value) }
    let made = Set(nodes.flatMap(\.output))
    // What is no node's output, as the network's input, cannot be its output either.
    for (index, output) in outputs.enumerated() where !made.contains(output) {
      outputs[index] = emit("Identity", [output], shapes[index])
    }
    if outputs.count == 1 { return .with { ($0.name, $0.tensor) = (outputs[0], [Self.type(shapes[0])]) } }
    let tuple = emit("MakeTuple", outputs, of: shapes)
    return .with { ($0.name, $0.denotation, $0.attrInfo) = (tuple, "Tuple", Self.tuple(shapes)) }
  }

  // MARK: Parts for the operators

  func name(_ value: Graph.ValueID) -> String { names[value] ?? "" }
  func isBatched(_ value: Graph.ValueID) -> Bool { graph.values[value].isBatched }

  /// A value's shape with the batch.
  func shape(_ value: Graph.ValueID) -> [Int] {
    let shape = graph.shape(of: value)
    return isBatched(value) ? [batch] + shape.dropFirst() : shape
  }

  /// Appends a node with one output of a shape, and returns the output's name.
  ///
  /// - Parameters:
  ///   - inputs: tensors and, for most operators of MindSpore 2, all other arguments as constants.
  ///   - attributes: the arguments of the operators that have them as attributes still.
  mutating func emit(
    _ type: String, _ inputs: [String], _ shape: [Int], _ attributes: [String: MindIRValue] = [:]
  ) -> String {
    append(type, inputs, attributes, .with { ($0.type, $0.tensors) = (.tensors, [Self.type(shape)]) })
  }

  /// Appends a node whose output is a tuple of tensors of these shapes.
  mutating func emit(_ type: String, _ inputs: [String], of shapes: [[Int]]) -> String {
    append(type, inputs, [:], Self.tuple(shapes))
  }

  private mutating func append(
    _ type: String, _ inputs: [String], _ attributes: [String: MindIRValue], _ result: MindIRAttributeProto
  ) -> String {
    let path = current?.path ?? ""
    let name = uniqueNames.next(path.isEmpty ? type : "\(path)/\(type)")
    let primitive = primitive(Primitive(type: type, attributes: attributes))
    var result = result
    result.name = "shape"
    nodes.append(
      .with {
        ($0.name, $0.input, $0.output) = (name, inputs, [name])
        $0.opType = "REF::\(primitive)"
        $0.attribute = [result]
        $0.domain = "Default/\(path)"
      })
    return name
  }

  private mutating func primitive(_ primitive: Primitive) -> String {
    if let name = primitiveNames[primitive] { return name }
    let name = "\(primitive.type):\(primitives.count)"
    primitives.append(
      .with {
        ($0.name, $0.opType, $0.instanceName) = (name, primitive.type, "")
        $0.primType = Self.takesAttributes(primitive.type) ? .primitive : .primitiveFunction
        $0.attribute = primitive.attributes.sorted { $0.key < $1.key }.map { $0.value.proto(named: $0.key) }
      })
    primitiveNames[primitive] = name
    return name
  }

  /// Whether an operator is one of those that MindSpore 2 has not made functions of their inputs.
  private static func takesAttributes(_ type: String) -> Bool {
    ["Conv2D", "Conv2DTranspose", "MaxPool", "PadV3", "MakeTuple", "TupleGetItem", "Softplus"].contains(type)
  }

  /// The node that holds an argument or a table.
  mutating func constant(_ value: MindIRValue) -> String {
    if let name = constants[value] { return name }
    let name = uniqueNames.next("constant")
    nodes.append(
      .with {
        ($0.name, $0.output, $0.opType) = (name, [name], "Constant")
        $0.attribute = [value.proto(named: "value")]
      })
    constants[value] = name
    return name
  }

  /// A parameter unchanged.
  ///
  /// - Parameter shape: the shape to write, or nil for the parameter's own.
  mutating func parameter(_ id: Graph.ParameterID, shape: [Int]? = nil) -> String {
    if let name = parameterNames[id] { return name }
    let parameter = graph.parameters[id]
    let name = weight(parameter.name, shape ?? parameter.shape, checkpoint[parameter.name]?.floats ?? [])
    parameterNames[id] = name
    return name
  }

  /// Adds weights. If their name is already taken, a number is appended to it.
  mutating func weight(_ name: String, _ shape: [Int], _ scalars: [Float]) -> String {
    let name = uniqueNames.next(name)
    var tensor = Self.type(shape)
    (tensor.name, tensor.refKey) = (name, name)
    tensor.rawData = scalars.withUnsafeBytes { Data($0) }
    parameters.append(tensor)
    return name
  }

  private static func type(_ shape: [Int]) -> MindIRTensorProto {
    .with { ($0.dims, $0.dataType) = (shape.map(Int64.init), .float32) }
  }

  private static func tuple(_ shapes: [[Int]]) -> MindIRAttributeProto {
    .with {
      $0.type = .tuple
      $0.values = shapes.map { shape in .with { ($0.type, $0.tensors) = (.tensors, [type(shape)]) } }
      $0.seqInfo.isDynLen = false
    }
  }
}

/// An argument of an operator.
enum MindIRValue: Hashable {
  case integer(Int)
  case truth(Bool)
  case number(Float)
  case text(String)
  case integers([Int])
  /// A tensor of floats, of no axes for a number.
  case floats([Float], shape: [Int])
  /// A tensor of whole numbers in one axis.
  case indices([Int])

  func proto(named name: String) -> MindIRAttributeProto {
    .with {
      $0.name = name
      switch self {
      case .integer(let value): ($0.type, $0.i) = (.int64, Int64(value))
      case .truth(let value): ($0.type, $0.i) = (.bool, value ? 1 : 0)
      case .number(let value): ($0.type, $0.f) = (.float, value)
      case .text(let value): ($0.type, $0.s) = (.string, Data(value.utf8))
      case .integers(let values):
        $0.type = .tuple
        $0.values = values.map { value in .with { ($0.type, $0.ints) = (.int64, [Int64(value)]) } }
      case .floats(let values, let shape):
        $0.type = .tensors
        $0.tensors = [
          .with {
            ($0.dims, $0.dataType, $0.name) = (shape.map(Int64.init), .float32, "value")
            $0.rawData = values.withUnsafeBytes { Data($0) }
          }
        ]
      case .indices(let values):
        $0.type = .tensors
        $0.tensors = [
          .with {
            ($0.dims, $0.dataType, $0.name) = ([Int64(values.count)], .int32, "value")
            $0.rawData = values.map { Int32(truncatingIfNeeded: $0).littleEndian }.withUnsafeBytes { Data($0) }
          }
        ]
      }
    }
  }
}
