import PoseGraph

// Writes each operator of a graph as one or a few operations of Core ML's iOS 16 operator set. All parameters are written,
// those that have the value of their default too.
extension MILProgramWriter {
  /// Writes a node and returns the value that it makes.
  mutating func write(_ node: Graph.Node, at index: Int) throws(CoreMLError) -> MILValue {
    let inputs = node.inputs.map(value)
    let axes = (node.inputs + [node.output]).reduce(0) { max($0, extents($1).count) }
    if axes > Self.mostAxes { return try writeManyAxes(node, axes) }
    let output = shape(of: node.output)
    switch node.operation {
    case .parameter: return try parameter(node.parameters[0])
    case .constant(let shape, let numbers): return try weight("table", shape, numbers)
    default: break
    }
    guard let x = inputs.first else { return MILValue(name: "", type: MILType(scalars)) }
    switch node.operation {
    case .input, .parameter, .constant, .dropout, .detach: return x
    case .convolution(let convolution): return try self.convolution(node, convolution, at: index)
    case .transposedConvolution(let convolution, let outputPadding):
      return try transposedConvolution(node, convolution, outputPadding, at: index)
    case .linear: return try linear(node, x)
    case .batchNorm(let epsilon, _, _): return try batchNorm(node, x, epsilon)
    case .layerNorm(let epsilon):
      let affine = try node.parameters.map { id throws(CoreMLError) in try parameter(id) }
      var arguments: [String: MILArgument] = [
        "x": .value(x), "axes": .integers([-1]), "epsilon": try number(epsilon),
      ]
      for (name, value) in zip(["gamma", "beta"], affine) { arguments[name] = .value(value) }
      return emit("layer_norm", arguments, output)
    case .unary(let function): return try unary(function, x)
    case .binary(let function):
      let operands = aligned(node)
      return emit(function.milName, ["x": .value(operands[0]), "y": .value(operands[1])], output)
    case .scalar(let function, let number):
      return emit(function.milName, ["x": .value(x), "y": try self.number(number)], output)
    case .matmul:
      let factors = aligned(node)
      return matmul(factors[0], factors[1], output)
    case .softmax(let axis):
      try keepBatch(node, axis != 0)
      return emit("softmax", ["x": .value(x), "axis": .integer(axis)], output)
    case .pool(let pooling): return pool(x, extents(node.inputs[0]), output, pooling)
    case .adaptiveAveragePool: return try adaptiveAveragePool(node, x)
    case .resize(let resize): return self.resize(x, extents(node.inputs[0]), output, resize)
    case .reduce(let reduction, let axes, let keepsAxes):
      return try reduce(node, x, reduction, axes: axes, keepsAxes: keepsAxes)
    case .concat(let axis):
      if inputs.count == 1 { return x }
      try keepBatch(node, axis != 0)
      let parts = sameBatch(node)
      return emit("concat", ["values": .values(parts), "axis": .integer(axis), "interleave": .flag(false)], output)
    case .slice(let axis, let start, let end, let step):
      // A slice of the batch axis can only take the whole axis.
      if axis == 0 && isBatched(node.output) || extents(node.inputs[0]) == extents(node.output) { return x }
      return slice(x, axis: axis, start: start, end: end, step: step, output)
    case .reshape: return reshape(x, to: output)
    case .transpose(let order):
      try keepBatch(node, order.first == 0)
      return transpose(x, order)
    case .pad(let before, let after, let number):
      return emit(
        "pad",
        [
          "x": .value(x), "pad": .integers(zip(before, after).flatMap { [$0, $1] }), "mode": .text("constant"),
          "constant_val": try self.number(number),
        ], output)
    case .gather(let axis, let indices):
      if axis == 0, isBatched(node.output) { return x }
      return gather(x, axis: axis, indices, output)
    case .gridSample(let alignCorners):
      let operands = sameBatch(node)
      return emit(
        "resample",
        [
          "x": .value(operands[0]), "coordinates": .value(operands[1]), "sampling_mode": .text("bilinear"),
          "padding_mode": .text("constant"), "padding_value": .number(0),
          "coordinates_mode": .text("normalized_minus_one_to_one"), "align_corners": .flag(alignCorners),
        ], output)
    }
  }

  func keepBatch(_ node: Graph.Node, _ condition: Bool) throws(CoreMLError) {
    guard condition || !isBatched(node.output) else {
      throw .batchMoves(path: node.path, operation: node.operation.name)
    }
  }

  // MARK: Functions

  mutating func unary(_ function: Unary, _ x: MILValue) throws(CoreMLError) -> MILValue {
    let shape = x.type.shape
    func name() -> (String, [String: MILArgument])? {
      switch function {
      case .relu: ("relu", [:])
      case .relu6: ("relu6", [:])
      case .sigmoid: ("sigmoid", [:])
      case .hardSigmoid: ("sigmoid_hard", ["alpha": .number(1 / 6), "beta": .number(0.5)])
      case .silu: ("silu", [:])
      case .gelu: ("gelu", ["mode": .text("EXACT")])
      case .tanh: ("tanh", [:])
      case .exp: ("exp", [:])
      case .log: ("log", ["epsilon": .number(0)])
      case .sqrt: ("sqrt", [:])
      case .abs: ("abs", [:])
      case .negate: ("mul", ["y": .number(-1)])
      case .erf: ("erf", [:])
      case .softplus: ("softplus", [:])
      case .sin: ("sin", [:])
      case .cos: ("cos", [:])
      case .leakyReLU: ("leaky_relu", ["alpha": .number(0.01)])
      case .hardSwish: nil
      }
    }
    if let (operation, arguments) = name() {
      return emit(operation, arguments.merging(["x": .value(x)]) { own, _ in own }, shape)
    }
    let gate = emit("sigmoid_hard", ["x": .value(x), "alpha": .number(1 / 6), "beta": .number(0.5)], shape)
    return emit("mul", ["x": .value(x), "y": .value(gate)], shape)
  }

  private mutating func reduce(
    _ node: Graph.Node, _ x: MILValue, _ reduction: Reduction, axes: [Int], keepsAxes: Bool
  ) throws(CoreMLError) -> MILValue {
    try keepBatch(node, keepsAxes || !axes.contains(0))
    let axes = isBatched(node.output) ? axes.filter { $0 != 0 } : axes
    // No axes would be all of them.
    if axes.isEmpty { return x }
    return emit(
      reduction.milName, ["x": .value(x), "axes": .integers(axes), "keep_dims": .flag(keepsAxes)],
      shape(of: node.output))
  }

  // MARK: Batches

  /// The inputs, reshaped for broadcasting, which aligns the last axes. If an input has fewer axes than the output, axes of
  /// extent 1 are inserted after its batch axis, so that the batch is not aligned with another axis.
  private mutating func aligned(_ node: Graph.Node) -> [MILValue] {
    let axes = extents(node.output).count
    var operands: [MILValue] = []
    for input in node.inputs {
      let shape = shape(of: input)
      guard isBatched(input), shape.count < axes else {
        operands.append(value(input))
        continue
      }
      let ones = [Int?](repeating: 1, count: axes - shape.count)
      operands.append(reshape(value(input), to: shape.prefix(1) + ones + shape.dropFirst()))
    }
    return operands
  }

  /// The inputs, each with as many images as the batch. An input that does not depend on the batch is repeated for each
  /// image.
  private mutating func sameBatch(_ node: Graph.Node) -> [MILValue] {
    guard options.hasOpenBatch, let batched = node.inputs.first(where: isBatched) else { return node.inputs.map(value) }
    var operands: [MILValue] = []
    for input in node.inputs {
      guard !isBatched(input) else {
        operands.append(value(input))
        continue
      }
      let extents = extents(input)
      let source = value(batched)
      let shape = emit("shape", ["x": .value(source)], [source.type.shape.count], .int32)
      let count = slice(shape, axis: 0, start: 0, end: 1, step: 1, [1])
      var repeats: MILArgument = .value(count)
      if extents.count > 1 {
        let ones = integers([Int](repeating: 1, count: extents.count - 1))
        repeats = .value(
          emit(
            "concat", ["values": .values([count, ones]), "axis": .integer(0), "interleave": .flag(false)],
            [extents.count], .int32))
      }
      let one = value(input)
      operands.append(
        emit("tile", ["x": .value(one), "reps": repeats], self.batched(extents, true), one.type.scalars))
    }
    return operands
  }
}

extension Binary {
  /// The name of MIL's operation.
  var milName: String {
    switch self {
    case .add: "add"
    case .subtract: "sub"
    case .multiply: "mul"
    case .divide: "real_div"
    case .maximum: "maximum"
    case .minimum: "minimum"
    case .power: "pow"
    }
  }
}

extension Reduction {
  /// The name of MIL's operation.
  var milName: String {
    switch self {
    case .sum: "reduce_sum"
    case .mean: "reduce_mean"
    case .max: "reduce_max"
    case .min: "reduce_min"
    }
  }
}
