import PoseGraph

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Collects the operations of an ML program and the weights beside it. `MILOperators` determines them, operator by operator.
struct MILProgramWriter {
  /// The most axes of a tensor that Core ML computes with.
  static let mostAxes = 5
  /// Tensors of fewer scalars are written into the program.
  private static let fewScalars = 10

  let graph: Graph
  let checkpoint: Checkpoint
  let folded: FoldedConvolutions
  let options: CoreMLOptions
  /// The values that are computed in float32 in any case.
  private let exact: Set<Graph.ValueID>
  /// What the node that is being written computes with.
  private(set) var scalars: MILScalar
  private(set) var weights = CoreMLWeights()
  private(set) var operations: [CoreMLOperation] = []
  /// A value of more axes than ``mostAxes`` is represented by one of fewer with the same scalars in the same order.
  private var values: [Version: MILValue] = [:]
  private var names = MILNames()
  private var constants: [Constant: MILValue] = [:]
  private var parameters: [ParameterVersion: MILValue] = [:]
  /// The node that is being written.
  private(set) var current: Graph.Node?

  /// A value of the graph in a precision.
  private struct Version: Hashable {
    let id: Graph.ValueID
    let scalars: MILScalar
  }

  private struct ParameterVersion: Hashable {
    let id: Graph.ParameterID
    let scalars: MILScalar
  }

  private struct Constant: Hashable {
    let argument: MILArgument
    /// The precision of numbers; nil for others.
    let scalars: MILScalar?
  }

  init(_ graph: Graph, _ checkpoint: Checkpoint, _ options: CoreMLOptions) {
    (self.graph, self.checkpoint, self.options) = (graph, checkpoint, options)
    scalars = options.precision == .float16 ? .float16 : .float32
    exact = options.precision == .float16 ? graph.samplingPositions : []
    folded = FoldedConvolutions(graph, checkpoint)
  }

  /// The program as a model whose description has no metadata yet, and the file of weights.
  consuming func written() throws(CoreMLError) -> (model: CoreMLModel, weights: CoreMLWeights) {
    let inputs = graph.inputs.map {
      MILValue(name: names.next($0.name), type: MILType(.float32, shape(of: $0.value)))
    }
    let outputNames = graph.outputs.map { names.next($0.name) }
    for (port, input) in zip(graph.inputs, inputs) { keep(try given(input, port), as: port.value) }
    let usual = scalars
    for (index, node) in graph.nodes.enumerated() where node.operation != .input {
      current = node
      scalars = exact.contains(node.output) ? .float32 : usual
      convertInputs(of: node)
      // The batch norm is already part of the convolution's weights.
      let isGone = folded.foldedNorms.contains(index)
      keep(isGone ? value(node.inputs[0]) : try write(node, at: index), as: node.output)
    }
    (current, scalars) = (nil, usual)
    var block = CoreMLBlock()
    var model = CoreMLModel()
    model.specificationVersion = CoreMLFormat.specification
    for (port, name) in zip(graph.outputs, outputNames) {
      let result = value(port.value)
      guard graph.shape(of: port.value).count <= Self.mostAxes else {
        throw .tooManyAxes(path: port.name, operation: "output", axes: graph.shape(of: port.value).count)
      }
      let type = MILType(.float32, result.type.shape)
      if result.type.scalars == .float32 {
        append("identity", ["x": .value(result)], type, name: name)
      } else {
        append("cast", ["x": .value(result), "dtype": .text(MILScalar.float32.milName)], type, name: name)
      }
      block.outputs.append(name)
      model.description_p.output.append(description(of: port, name, result.type.shape))
    }
    model.description_p.input = zip(graph.inputs, inputs).map { description(of: $0, $1) }
    block.operations = operations
    var function = CoreMLFunction()
    function.opset = CoreMLFormat.operatorSet
    function.inputs = inputs.map(\.proto)
    function.blockSpecializations = [function.opset: block]
    model.mlProgram.version = 1
    model.mlProgram.functions = ["main": function]
    return (model, weights)
  }

  // MARK: Values

  /// The value in the precision of the node that is being written, or else in the one that it has.
  func value(_ id: Graph.ValueID) -> MILValue {
    let versions = [scalars, .float16, .float32].lazy.compactMap { values[Version(id: id, scalars: $0)] }
    return versions.first ?? MILValue(name: "", type: MILType(scalars))
  }

  private mutating func keep(_ value: MILValue, as id: Graph.ValueID) {
    values[Version(id: id, scalars: value.type.scalars)] = value
  }

  /// Brings what a node reads to the precision that the node computes with, but for positions, which have their own.
  private mutating func convertInputs(of node: Graph.Node) {
    for (place, id) in node.inputs.enumerated() {
      if case .gridSample = node.operation, place == 1 { continue }
      let source = value(id)
      if source.type.scalars == scalars { continue }
      keep(emit("cast", ["x": .value(source), "dtype": .text(scalars.milName)], source.type.shape), as: id)
    }
  }
  func extents(_ id: Graph.ValueID) -> [Int] { graph.shape(of: id) }
  func isBatched(_ id: Graph.ValueID) -> Bool { graph.values[id].isBatched }

  /// The shape of a value of the graph, whose batch may be open.
  func shape(of id: Graph.ValueID) -> [Int?] { batched(extents(id), isBatched(id)) }

  /// A shape whose first extent is open if it is that of a batch of any size.
  func batched(_ extents: [Int], _ isBatched: Bool) -> [Int?] {
    isBatched && options.hasOpenBatch ? [nil] + extents.dropFirst().map(Optional.some) : extents.map(Optional.some)
  }

  // MARK: Operations

  /// Appends an operation with one result. The first operation of a module is named by the module's path, and the names of
  /// its others also contain the operator.
  ///
  /// - Parameter shape: the result's.
  /// - Parameter scalars: the result's, or nil for the program's.
  mutating func emit(
    _ operation: String, _ inputs: [String: MILArgument], _ shape: [Int?], _ scalars: MILScalar? = nil
  ) -> MILValue {
    let path = current?.path ?? ""
    var name = path.isEmpty ? operation : "\(path)_\(operation)"
    if let current, current.isModule, !path.isEmpty, !names.contains(path) { name = path }
    let type = MILType(scalars ?? self.scalars, shape)
    return append(operation, inputs, type, name: names.next(name))
  }

  @discardableResult
  private mutating func append(
    _ operation: String, _ inputs: [String: MILArgument], _ type: MILType, name: String
  ) -> MILValue {
    let result = MILValue(name: name, type: type)
    // The order of the constants that come with an operation must not depend on a dictionary's.
    var arguments: [String: CoreMLArgument] = [:]
    for (parameter, input) in inputs.sorted(by: { $0.key < $1.key }) {
      let sources = if case .values(let values) = input { values } else { [value(of: input, for: parameter)] }
      arguments[parameter] = .with { $0.arguments = sources.map { source in .with { $0.name = source.name } } }
    }
    operations.append(
      .with {
        $0.type = operation
        $0.inputs = arguments
        $0.outputs = [result.proto]
        $0.attributes["name"] = .text(name)
      })
    return result
  }

  /// The value itself, or a constant that is added unless an equal one is there.
  private mutating func value(of argument: MILArgument, for parameter: String) -> MILValue {
    if case .value(let value) = argument { return value }
    let key = Constant(argument: argument, scalars: argument.isNumber ? scalars : nil)
    if let known = constants[key] { return known }
    let constant = constant(argument.constant(scalars), name: parameter)
    constants[key] = constant
    return constant
  }

  /// A constant of integers.
  mutating func integers(_ values: [Int]) -> MILValue { value(of: .integers(values), for: "constant") }

  private mutating func constant(_ value: CoreMLValue, name: String, type: MILType? = nil) -> MILValue {
    let result = MILValue(name: names.next(name), type: type ?? MILType(value.type))
    operations.append(
      .with {
        $0.type = "const"
        $0.outputs = [result.proto]
        $0.attributes = ["name": .text(result.name), "val": value]
      })
    return result
  }

  // MARK: Weights

  /// The constant that holds a parameter unchanged.
  ///
  /// - Parameter shape: the shape to write, or nil for the parameter's own.
  mutating func parameter(_ id: Graph.ParameterID, shape: [Int]? = nil) throws(CoreMLError) -> MILValue {
    let key = ParameterVersion(id: id, scalars: scalars)
    if let known = parameters[key] { return known }
    let parameter = graph.parameters[id]
    let value = try weight(parameter.name, shape ?? parameter.shape, checkpoint[parameter.name]?.floats ?? [])
    parameters[key] = value
    return value
  }

  /// Adds a constant of the program's precision.
  ///
  /// - Throws: ``CoreMLError/outOfRange(name:value:)`` if a finite number becomes infinite.
  mutating func weight(_ name: String, _ shape: [Int], _ numbers: [Float]) throws(CoreMLError) -> MILValue {
    if scalars == .float16, let number = numbers.first(where: { $0.isFinite && $0.float16Bits & 0x7fff == 0x7c00 }) {
      throw .outOfRange(name: name, value: number)
    }
    let type = MILType(scalars, shape.map(Optional.some))
    var value = CoreMLValue.with { $0.type = type.proto }
    if numbers.count < Self.fewScalars {
      value.immediateValue.tensor = .numbers(numbers, scalars)
    } else {
      value.blobFileValue.fileName = CoreMLFormat.weightsInProgram
      value.blobFileValue.offset = UInt64(weights.append(numbers, as: scalars))
    }
    return constant(value, name: name, type: type)
  }

  /// A number as an operation's argument.
  ///
  /// - Throws: ``CoreMLError/outOfRange(name:value:)`` if it is finite and becomes infinite.
  func number(_ number: Float) throws(CoreMLError) -> MILArgument {
    guard scalars == .float16, number != 0 else { return .number(number) }
    let bits = number.float16Bits
    guard bits & 0x7fff != 0x7c00 || number.isInfinite else {
      throw .outOfRange(name: current?.path ?? "", value: number)
    }
    // What keeps a divisor from being zero must not become zero itself.
    return .number(bits & 0x7fff == 0 ? (number < 0 ? -0x1p-24 : 0x1p-24) : number)
  }
}
