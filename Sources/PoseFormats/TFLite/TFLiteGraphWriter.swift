import PoseCore
import PoseGraph

/// Collects the tensors and operators of a TensorFlow Lite file. `TFLiteOperators` determines them, operator by operator.
struct TFLiteGraphWriter {
  /// The most axes of a tensor that TensorFlow Lite's transpose and its functions of two tensors take.
  static let mostAxes = 6

  let graph: Graph
  let checkpoint: Checkpoint
  let folded: FoldedConvolutions
  let fusions: TFLiteFusions
  let batch: Int
  let precision: Checkpoint.FloatType
  private(set) var model = TFLiteModel()
  /// The values that are computed, each in the orders of axes that it was needed in, the first being its own.
  private var values: [Graph.ValueID: [TFLiteValue]] = [:]
  /// The values that are numbers: parameters and constants.
  private var known: [Graph.ValueID: (name: String, numbers: [Float])] = [:]
  private var codes: [TFLiteModel.Code: Int] = [:]
  private var integers: [Integers: Int] = [:]
  private var scalars: [Float: Int] = [:]
  private var weights: [Weight: Int] = [:]
  private var reshaped: [Reshaped: Int] = [:]
  private var names = UniqueNames()
  /// The node that is being written.
  private(set) var current: Graph.Node?

  private struct Weight: Hashable {
    let parameter: Graph.ParameterID
    let shape: [Int]
    let order: [Int]
  }

  private struct Integers: Hashable {
    let values: [Int]
    let shape: [Int]
  }

  private struct Reshaped: Hashable {
    let tensor: Int
    let shape: [Int]
  }

  init(_ graph: Graph, _ checkpoint: Checkpoint, batch: Int, precision: Checkpoint.FloatType) {
    (self.graph, self.checkpoint, self.batch, self.precision) = (graph, checkpoint, batch, precision)
    folded = FoldedConvolutions(graph, checkpoint)
    fusions = TFLiteFusions(graph, folded)
  }

  consuming func written() throws(TFLiteError) -> TFLiteModel {
    for port in graph.inputs {
      let order = TFLiteLayout.port(extents(port.value).count)
      let shape = order.map { extents(port.value)[$0] }
      let tensor = add(.init(name: names.next(port.name), shape: shape, scalars: .float32, numbers: nil))
      model.inputs.append(.init(name: port.name, tensor: tensor))
      values[port.value] = [TFLiteValue(tensor: tensor, shape: shape, order: order)]
    }
    for (index, node) in graph.nodes.enumerated() where node.operation != .input {
      current = node
      if folded.foldedNorms.contains(index) || fusions.gone.contains(index) || node.operation.isTrainingOnly {
        // What the operator before it does already.
        alias(node)
      } else if let numbers = numbers(of: node) {
        known[node.output] = numbers
      } else {
        values[node.output] = [try write(node, at: index)]
      }
    }
    current = nil
    var used = Set(model.inputs.map(\.tensor))
    for port in graph.outputs {
      let value = try value(port.value, in: TFLiteLayout.port(extents(port.value).count))
      var tensor = tensor(value)
      // What is an input, a constant or another output already cannot be this output.
      if used.contains(tensor) || model.tensors[tensor].numbers != nil { tensor = copy(tensor) }
      used.insert(tensor)
      model.tensors[tensor].name = names.next(port.name)
      model.outputs.append(.init(name: port.name, tensor: tensor))
    }
    return model
  }

  private mutating func alias(_ node: Graph.Node) {
    let source = node.inputs[0]
    if let numbers = known[source] { known[node.output] = numbers }
    values[node.output] = values[source]
  }

  /// The numbers that a node stands for; nil if it computes something.
  private func numbers(of node: Graph.Node) -> (name: String, numbers: [Float])? {
    switch node.operation {
    case .parameter:
      let name = graph.parameters[node.parameters[0]].name
      return (name, checkpoint[name]?.floats ?? [])
    case .constant(_, let numbers): return (node.path.isEmpty ? "table" : node.path + ".table", numbers)
    default: return nil
    }
  }

  // MARK: Values

  func isBatched(_ id: Graph.ValueID) -> Bool { graph.values[id].isBatched }
  func isKnown(_ id: Graph.ValueID) -> Bool { known[id] != nil }

  /// A value's shape in the graph's order, with the batch.
  func extents(_ id: Graph.ValueID) -> [Int] {
    let shape = graph.shape(of: id)
    return isBatched(id) ? [batch] + shape.dropFirst() : shape
  }

  /// The value in the order that it was made in.
  mutating func value(_ id: Graph.ValueID) throws(TFLiteError) -> TFLiteValue {
    if let own = values[id]?.first { return own }
    return try value(id, in: TFLiteLayout.identity(extents(id).count))
  }

  /// The order that a value was made in; nil for numbers, which can be written in any.
  func order(_ id: Graph.ValueID) -> [Int]? { isKnown(id) ? nil : values[id]?.first?.order }

  /// The value in an order of its axes.
  mutating func value(_ id: Graph.ValueID, in order: [Int]) throws(TFLiteError) -> TFLiteValue {
    if let there = values[id]?.first(where: { $0.order == order }) { return there }
    var result: TFLiteValue
    if let (name, numbers) = known[id] {
      let shape = extents(id)
      let tensor = try weight(
        name, order.map { shape[$0] }, TFLiteLayout.permuted(numbers, shape, order))
      result = TFLiteValue(tensor: tensor, shape: order.map { shape[$0] }, order: order)
    } else if let own = values[id]?.first {
      result = try ordered(own, order)
    } else {
      result = TFLiteValue(tensor: 0, shape: extents(id), order: order)
    }
    values[id, default: []].append(result)
    return result
  }

  // MARK: Tensors

  /// The tensor with a value's shape, which is reshaped first if it has another one.
  mutating func tensor(_ value: TFLiteValue) -> Int {
    if model.tensors[value.tensor].shape == value.shape { return value.tensor }
    let key = Reshaped(tensor: value.tensor, shape: value.shape)
    if let there = reshaped[key] { return there }
    let tensor = emit(
      .reshape, [value.tensor, constant(value.shape)], value.shape, nil, model.tensors[value.tensor].scalars)
    reshaped[key] = tensor
    return tensor
  }

  private mutating func copy(_ tensor: Int) -> Int {
    let shape = model.tensors[tensor].shape
    return emit(.reshape, [tensor, constant(shape)], shape)
  }

  /// Appends an operator with one result and returns its tensor. The first operator of a module that computes something is named
  /// by the module's path, and the names of its others also contain the operator.
  mutating func emit(
    _ operation: TFLiteOperator, _ inputs: [Int], _ shape: [Int], _ options: TFLiteOptions? = nil,
    _ scalars: TFLiteScalar = .float32, version: Int = 1
  ) -> Int {
    let path = current?.path ?? ""
    var name = path.isEmpty ? operation.name : "\(path)/\(operation.name)"
    if let current, current.isModule, !operation.onlyMoves, !path.isEmpty, !names.contains(path) { name = path }
    let code = TFLiteModel.Code(operation: operation, version: version)
    let index = codes[code] ?? model.codes.count
    if index == model.codes.count {
      codes[code] = index
      model.codes.append(code)
    }
    let output = add(.init(name: names.next(name), shape: shape, scalars: scalars, numbers: nil))
    model.nodes.append(.init(code: index, inputs: inputs, output: output, options: options))
    return output
  }

  /// A constant of integers in one axis.
  mutating func constant(_ values: [Int]) -> Int { integers(values, [values.count]) }

  /// A constant of pairs of integers: how much is padded before and after each axis.
  mutating func amounts(_ values: [Int]) -> Int { integers(values, [values.count / 2, 2]) }

  /// A constant of integers.
  mutating func integers(_ values: [Int], _ shape: [Int]) -> Int {
    let key = Integers(values: values, shape: shape)
    if let there = integers[key] { return there }
    let numbers = values.map(Int32.init(clamping:))
    let tensor = add(.init(name: names.next("integers"), shape: shape, scalars: .int32, numbers: .integers(numbers)))
    integers[key] = tensor
    return tensor
  }

  /// A constant of one number without axes.
  mutating func number(_ value: Float) -> Int {
    if let there = scalars[value] { return there }
    let tensor = add(.init(name: names.next("number"), shape: [], scalars: .float32, numbers: .floats([value])))
    scalars[value] = tensor
    return tensor
  }

  /// A constant of float32, whatever the precision of weights is.
  mutating func table(_ name: String, _ shape: [Int], _ numbers: [Float]) -> Int {
    let path = current?.path ?? ""
    let name = names.next(path.isEmpty ? name : "\(path).\(name)")
    return add(.init(name: name, shape: shape, scalars: .float32, numbers: .floats(numbers)))
  }

  // MARK: Weights

  /// A parameter, seen in a shape, with its axes in an order.
  mutating func parameter(
    _ id: Graph.ParameterID, shape: [Int]? = nil, order: [Int]? = nil
  ) throws(TFLiteError) -> Int {
    let parameter = graph.parameters[id]
    let shape = shape ?? parameter.shape
    let order = order ?? TFLiteLayout.identity(shape.count)
    let key = Weight(parameter: id, shape: shape, order: order)
    if let there = weights[key] { return there }
    let numbers = TFLiteLayout.permuted(checkpoint[parameter.name]?.floats ?? [], shape, order)
    let tensor = try weight(parameter.name, order.map { shape[$0] }, numbers)
    weights[key] = tensor
    return tensor
  }

  /// Adds weights in the file's precision. Those of float16 are made float32 by an operator, as runtimes expect it.
  ///
  /// - Throws: ``TFLiteError/outOfRange(name:value:)`` if a finite number becomes infinite.
  mutating func weight(_ name: String, _ shape: [Int], _ numbers: [Float]) throws(TFLiteError) -> Int {
    let unique = names.next(name)
    guard precision == .float16 else {
      return add(.init(name: unique, shape: shape, scalars: .float32, numbers: .floats(numbers)))
    }
    let halves = numbers.map(\.float16Bits)
    if let place = halves.indices.first(where: { numbers[$0].isFinite && halves[$0] & 0x7fff == 0x7c00 }) {
      throw .outOfRange(name: name, value: numbers[place])
    }
    let half = add(.init(name: unique, shape: shape, scalars: .float16, numbers: .halves(halves)))
    return emit(.dequantize, [half], shape, version: 3)
  }

  private mutating func add(_ tensor: TFLiteModel.Tensor) -> Int {
    model.tensors.append(tensor)
    return model.tensors.count - 1
  }
}
