import PoseCore
import PoseGraph

// Writes each operator of a graph as one or a few of TensorFlow Lite's built-in operators.
extension TFLiteGraphWriter {
  /// Writes a node and returns the value that it makes.
  mutating func write(_ node: Graph.Node, at index: Int) throws(TFLiteError) -> TFLiteValue {
    let output = extents(node.output)
    guard let source = node.inputs.first else { return try value(node.output) }
    switch node.operation {
    case .input, .parameter, .constant, .dropout, .detach: return try value(source)
    case .convolution(let convolution): return try self.convolution(node, convolution, at: index)
    case .transposedConvolution(let convolution, _): return try transposed(node, convolution, at: index)
    case .linear: return try linear(node, fusions.activation(of: index))
    case .batchNorm(let epsilon, _, _): return try batchNorm(node, epsilon)
    case .layerNorm(let epsilon): return try layerNorm(node, epsilon)
    case .unary(let function): return unary(function, try value(source))
    case .binary(let function): return try binary(node, function, fusions.activation(of: index))
    case .scalar(let function, let number):
      let x = try value(source)
      return with(x, binary(function, tensor(x), self.number(number), x.shape, fusions.activation(of: index)))
    case .matmul: return try matmul(node)
    case .softmax(let axis):
      try keepBatch(node, axis != 0)
      let own = try value(source)
      let x = try value(source, in: TFLiteLayout.order(own.order, last: axis))
      return with(x, emit(.softmax, [tensor(x)], x.shape, .softmax))
    case .pool(let pooling): return try pool(node, pooling)
    case .adaptiveAveragePool: return try adaptiveAveragePool(node)
    case .resize(let resize): return try self.resize(node, resize)
    case .reduce(let reduction, let axes, let keepsAxes):
      return try reduce(node, reduction, axes: axes, keepsAxes: keepsAxes)
    case .concat(let axis): return try concat(node, axis: axis)
    case .slice(let axis, let start, let end, let step):
      // A slice of the batch axis can only take the whole axis.
      if axis == 0 && isBatched(node.output) || extents(source) == output { return try value(source) }
      return try slice(value(source), axis: axis, start: start, end: end, step: step)
    case .reshape: return try reshape(node)
    case .transpose(let order):
      try keepBatch(node, order.first == 0)
      var x = try value(source)
      // Only what the axes are called changes.
      x.order = x.order.map { axis in order.firstIndex(of: axis) ?? axis }
      return x
    case .pad(let before, let after, let number):
      return try pad(value(source), before: before, after: after, number)
    case .gather(let axis, let indices):
      if axis == 0, isBatched(node.output) { return try value(source) }
      return try gather(value(source), axis: axis, indices)
    case .gridSample(let alignCorners): return try gridSample(node, alignCorners: alignCorners)
    }
  }

  func keepBatch(_ node: Graph.Node, _ condition: Bool) throws(TFLiteError) {
    guard condition || !isBatched(node.output) else {
      throw .batchMoves(path: node.path, operation: node.operation.name)
    }
  }

  /// Another tensor of a value's shape and order.
  func with(_ value: TFLiteValue, _ tensor: Int) -> TFLiteValue {
    TFLiteValue(tensor: tensor, shape: value.shape, order: value.order)
  }

  // MARK: Functions of two tensors

  private mutating func binary(
    _ node: Graph.Node, _ function: Binary, _ activation: TFLiteActivation
  ) throws(TFLiteError) -> TFLiteValue {
    let output = extents(node.output)
    let order = commonOrder(node)
    var operands: [Int] = []
    for input in node.inputs { operands.append(tensor(try operand(input, order))) }
    let shape = order.map { output[$0] }
    guard shape.count <= Self.mostAxes else {
      throw .tooManyAxes(path: node.path, operation: node.operation.name, axes: shape.count)
    }
    let result = binary(function, operands[0], operands[1], shape, activation)
    return TFLiteValue(tensor: result, shape: shape, order: order)
  }

  /// The order of the first input of full rank that is no constant.
  func commonOrder(_ node: Graph.Node) -> [Int] {
    let rank = extents(node.output).count
    let orders = node.inputs.lazy.filter { extents($0).count == rank }.compactMap { order($0) }
    return orders.first ?? TFLiteLayout.identity(rank)
  }

  /// An input with as many axes as the order has. Broadcasting aligns the last axes, so axes of extent 1 are inserted: after
  /// the batch axis if there is one, so that the batch is not aligned with another axis.
  mutating func operand(_ id: Graph.ValueID, _ order: [Int]) throws(TFLiteError) -> TFLiteValue {
    let (shape, missing) = (extents(id), order.count - extents(id).count)
    if missing == 0 { return try value(id, in: order) }
    let first = isBatched(id) ? 1 : 0
    // The order of the input's own axes that this order has.
    let own = order.compactMap { axis -> Int? in
      axis < first ? axis : axis < first + missing ? nil : axis - missing
    }
    var result = try value(id, in: own)
    let whole = shape.prefix(first) + Array(repeating: 1, count: missing) + shape.dropFirst(first)
    (result.shape, result.order) = (order.map { whole[$0] }, order)
    return result
  }

  mutating func binary(
    _ function: Binary, _ x: Int, _ y: Int, _ shape: [Int], _ activation: TFLiteActivation = .none
  ) -> Int {
    let operation = function.tfLite
    let broadcasts = model.tensors[x].shape != model.tensors[y].shape
    let version: Int =
      switch function {
      case .subtract, .maximum, .minimum: broadcasts && shape.count > 4 ? 3 : 1
      case .divide: broadcasts && shape.count > 4 ? 2 : 1
      case .add, .multiply, .power: 1
      }
    return emit(operation, [x, y], shape, .binary(operation, activation), version: version)
  }

  // MARK: Functions of one tensor

  mutating func unary(_ function: Unary, _ value: TFLiteValue) -> TFLiteValue {
    let x = tensor(value)
    return with(value, unary(function, x, value.shape))
  }

  private mutating func unary(_ function: Unary, _ x: Int, _ shape: [Int]) -> Int {
    switch function {
    case .relu: return emit(.relu, [x], shape)
    case .relu6: return emit(.relu6, [x], shape)
    case .sigmoid: return emit(.logistic, [x], shape)
    case .hardSigmoid:
      let clamped = emit(.add, [x, number(3)], shape, .binary(.add, .relu6))
      return binary(.multiply, clamped, number(1 / 6), shape)
    case .hardSwish: return emit(.hardSwish, [x], shape)
    case .silu: return binary(.multiply, x, emit(.logistic, [x], shape), shape)
    case .gelu: return emit(.gelu, [x], shape, .gelu)
    case .tanh: return emit(.tanh, [x], shape)
    case .exp: return emit(.exp, [x], shape)
    case .log: return emit(.log, [x], shape)
    case .sqrt: return emit(.sqrt, [x], shape)
    case .abs: return emit(.abs, [x], shape)
    case .negate: return emit(.negate, [x], shape)
    case .erf: return erf(x, shape)
    case .softplus:
      // The logarithm of 1 + exp(x), whose exponential cannot become infinite.
      let decay = emit(.exp, [emit(.negate, [emit(.abs, [x], shape)], shape)], shape)
      let rest = emit(.log, [binary(.add, decay, number(1), shape)], shape)
      return binary(.add, emit(.relu, [x], shape), rest, shape)
    case .sin: return emit(.sin, [x], shape)
    case .cos: return emit(.cos, [x], shape)
    case .leakyReLU: return emit(.leakyReLU, [x], shape, .leakyReLU(slope: 0.01))
    }
  }

  /// The error function, which TensorFlow Lite has no operator for, to 1.5e-7: formula 7.1.26 of Abramowitz and Stegun, Handbook
  /// of Mathematical Functions, 1964.
  private mutating func erf(_ x: Int, _ shape: [Int]) -> Int {
    let magnitude = emit(.abs, [x], shape)
    let scaled = binary(.multiply, magnitude, number(0.3275911), shape)
    let t = binary(.divide, number(1), binary(.add, scaled, number(1), shape), shape)
    var polynomial = binary(.multiply, t, number(1.061405429), shape)
    for coefficient: Float in [-1.453152027, 1.421413741, -0.284496736, 0.254829592] {
      polynomial = binary(.multiply, binary(.add, polynomial, number(coefficient), shape), t, shape)
    }
    let decay = emit(.exp, [emit(.negate, [binary(.multiply, x, x, shape)], shape)], shape)
    let positive = binary(.subtract, number(1), binary(.multiply, polynomial, decay, shape), shape)
    return binary(.multiply, emit(.sign, [x], shape), positive, shape)
  }

  private mutating func reduce(
    _ node: Graph.Node, _ reduction: Reduction, axes: [Int], keepsAxes: Bool
  ) throws(TFLiteError) -> TFLiteValue {
    try keepBatch(node, keepsAxes || !axes.contains(0))
    let axes = isBatched(node.output) ? axes.filter { $0 != 0 } : axes
    let x = try value(node.inputs[0])
    if axes.isEmpty { return x }
    let output = extents(node.output)
    let order: [Int]
    if keepsAxes {
      order = x.order
    } else {
      let left = TFLiteLayout.identity(x.order.count).filter { !axes.contains($0) }
      order = x.order.compactMap { left.firstIndex(of: $0) }
    }
    let shape = order.map { output[$0] }
    let places = constant(axes.map { x.axis($0) }.sorted())
    let result = emit(reduction.tfLite, [tensor(x), places], shape, .reduction(keepsAxes: keepsAxes))
    return TFLiteValue(tensor: result, shape: shape, order: order)
  }
}

extension Binary {
  fileprivate var tfLite: TFLiteOperator {
    switch self {
    case .add: .add
    case .subtract: .subtract
    case .multiply: .multiply
    case .divide: .divide
    case .maximum: .maximum
    case .minimum: .minimum
    case .power: .power
    }
  }
}

extension Reduction {
  fileprivate var tfLite: TFLiteOperator {
    switch self {
    case .sum: .sum
    case .mean: .mean
    case .max: .reduceMax
    case .min: .reduceMin
    }
  }
}
