import PoseGraph

// Writes each operator of a graph as one or a few operators of ONNX's operator set 17.
extension ONNXGraphWriter {
  /// Writes a node and returns the name of its output.
  mutating func write(_ node: Graph.Node, at index: Int) throws(ONNXExportError) -> String {
    let inputs = node.inputs.map(name)
    let x = inputs.first ?? ""
    switch node.operation {
    case .input, .dropout, .detach: return x
    case .parameter: return parameter(node.parameters[0])
    case .constant(let shape, let scalars): return weight("constant", shape, scalars)
    case .convolution(let convolution):
      return emit("Conv", weights(node, at: index), geometry(convolution))
    case .transposedConvolution(let convolution, let outputPadding):
      var attributes = geometry(convolution)
      attributes["output_padding"] = .integers([outputPadding, outputPadding])
      return emit("ConvTranspose", weights(node, at: index), attributes)
    case .linear: return linear(node)
    case .batchNorm(let epsilon, let momentum, let updates):
      let tensors = node.parameters.filter { graph.parameters[$0].role != .buffer(isInteger: true) }
      // In ONNX, the momentum is the share that the old statistics keep in a training step. The shares of several
      // updates are therefore multiplied.
      let kept = (0..<updates).reduce(1.0) { kept, _ in kept * (1 - momentum.asWritten) }
      return emit(
        "BatchNormalization", [x] + tensors.map { parameter($0) },
        ["epsilon": .number(epsilon), "momentum": .number(Float(kept))])
    case .layerNorm(let epsilon):
      return emit(
        "LayerNormalization", [x] + node.parameters.map { parameter($0) },
        ["axis": .integer(-1), "epsilon": .number(epsilon)])
    case .unary(let function): return unary(function, x)
    case .binary(let function): return emit(function.onnxName, aligned(node))
    case .scalar(let function, let number): return emit(function.onnxName, [x, constant(number)])
    case .matmul: return emit("MatMul", aligned(node))
    case .softmax(let axis):
      try keepBatch(node, axis != 0)
      return emit("Softmax", [x], ["axis": .integer(axis)])
    case .pool(let pooling): return pool(node, pooling)
    case .adaptiveAveragePool: return adaptiveAveragePool(node)
    case .resize(let resize): return self.resize(node, resize)
    case .reduce(let reduction, let axes, let keepsAxes):
      return try reduce(node, reduction, axes: axes, keepsAxes: keepsAxes)
    case .concat(let axis):
      return axis == 0 && inputs.count == 1 ? x : emit("Concat", sameBatch(node), ["axis": .integer(axis)])
    case .slice(let axis, let start, let end, let step):
      // A slice of the batch axis can only take the whole axis.
      if axis == 0 && isBatched(node.output) || shape(node.inputs[0]) == shape(node.output) { return x }
      return emit("Slice", [x] + [[start], [end], [axis], [step]].map { constant($0) })
    case .reshape(let shape):
      if shape == self.shape(node.inputs[0]) { return x }
      return emit("Reshape", [x, constant(isBatched(node.output) ? [0] + shape.dropFirst() : shape)])
    case .transpose(let order):
      try keepBatch(node, order.first == 0)
      return emit("Transpose", [x], ["perm": .integers(order)])
    case .pad(let before, let after, let value):
      return emit("Pad", [x, constant(before + after), constant(value)])
    case .gather(let axis, let indices):
      if axis == 0, isBatched(node.output) { return x }
      return emit("Gather", [x, constant(indices)], ["axis": .integer(axis)])
    case .gridSample(let alignCorners):
      return emit(
        "GridSample", sameBatch(node),
        ["mode": .text("bilinear"), "padding_mode": .text("zeros"), "align_corners": .integer(alignCorners ? 1 : 0)])
    }
  }

  private func keepBatch(_ node: Graph.Node, _ condition: Bool) throws(ONNXExportError) {
    guard condition || !isBatched(node.output) else {
      throw .batchMoves(path: node.path, operation: node.operation.name)
    }
  }

  // MARK: Operators with weights

  private func geometry(_ convolution: Convolution) -> [String: ONNXAttribute] {
    let padding = convolution.padding
    return [
      "kernel_shape": .integers([convolution.kernel.height, convolution.kernel.width]),
      "strides": .integers([convolution.stride.height, convolution.stride.width]),
      "dilations": .integers([convolution.dilation.height, convolution.dilation.width]),
      "pads": .integers([padding.height, padding.width, padding.height, padding.width]),
      "group": .integer(convolution.groups),
    ]
  }

  /// The inputs of a convolution: its input, its weight and, if it has one after folding, its bias.
  private mutating func weights(_ node: Graph.Node, at index: Int) -> [String] {
    let x = name(node.inputs[0])
    let weight = graph.parameters[node.parameters[0]]
    let shape = Convolution.weightShape(weight.shape)
    guard let folded = folded.weights(of: index) else {
      return [x, parameter(node.parameters[0], shape: shape)] + node.parameters.dropFirst().map { parameter($0) }
    }
    return [
      x, self.weight(weight.name, shape, folded.weight),
      self.weight(node.path.isEmpty ? "bias" : node.path + ".bias", [folded.bias.count], folded.bias),
    ]
  }

  private mutating func linear(_ node: Graph.Node) -> String {
    let x = name(node.inputs[0])
    if shape(node.inputs[0]).count == 2 {
      return emit("Gemm", [x] + node.parameters.map { parameter($0) }, ["transB": .integer(1)])
    }
    let weight = graph.parameters[node.parameters[0]]
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    let rows = graph.floats(node, checkpoint)[0]
    let columns = (0..<inputs).flatMap { input in (0..<outputs).map { rows[$0 * inputs + input] } }
    let product = emit("MatMul", [x, self.weight(weight.name, [inputs, outputs], columns)])
    return node.parameters.count > 1 ? emit("Add", [product, parameter(node.parameters[1])]) : product
  }

  // MARK: Functions

  private mutating func unary(_ function: Unary, _ x: String) -> String {
    switch function {
    case .relu: return emit("Relu", [x])
    case .relu6: return emit("Clip", [x, constant(0), constant(6)])
    case .sigmoid: return emit("Sigmoid", [x])
    case .hardSigmoid: return emit("HardSigmoid", [x], ["alpha": .number(1 / 6), "beta": .number(0.5)])
    case .hardSwish: return emit("HardSwish", [x])
    case .silu: return emit("Mul", [x, emit("Sigmoid", [x])])
    case .gelu:
      let erf = emit("Erf", [emit("Mul", [x, constant(Float(0.5).squareRoot())])])
      return emit("Mul", [emit("Mul", [x, emit("Add", [erf, constant(1)])]), constant(0.5)])
    case .tanh: return emit("Tanh", [x])
    case .exp: return emit("Exp", [x])
    case .log: return emit("Log", [x])
    case .sqrt: return emit("Sqrt", [x])
    case .abs: return emit("Abs", [x])
    case .negate: return emit("Neg", [x])
    case .erf: return emit("Erf", [x])
    case .softplus: return emit("Softplus", [x])
    case .sin: return emit("Sin", [x])
    case .cos: return emit("Cos", [x])
    case .leakyReLU: return emit("LeakyRelu", [x], ["alpha": .number(0.01)])
    }
  }

  private mutating func reduce(
    _ node: Graph.Node, _ reduction: Reduction, axes: [Int], keepsAxes: Bool
  ) throws(ONNXExportError) -> String {
    let x = name(node.inputs[0])
    try keepBatch(node, keepsAxes || !axes.contains(0))
    let axes = isBatched(node.output) ? axes.filter { $0 != 0 } : axes
    // ONNX takes an empty list to mean all axes.
    if axes.isEmpty { return x }
    let keeps = ONNXAttribute.integer(keepsAxes ? 1 : 0)
    if reduction == .sum { return emit("ReduceSum", [x, constant(axes)], ["keepdims": keeps]) }
    return emit(reduction.onnxName, [x], ["axes": .integers(axes), "keepdims": keeps])
  }

  // MARK: Batches

  /// The inputs, reshaped for broadcasting, which aligns the last axes. If an input has fewer axes than the output,
  /// axes of extent 1 are inserted after its batch axis, so that the batch is not aligned with another axis.
  private mutating func aligned(_ node: Graph.Node) -> [String] {
    let rank = shape(node.output).count
    return node.inputs.map { input in
      let shape = shape(input)
      guard isBatched(input), shape.count < rank else { return name(input) }
      let ones = Array(repeating: 1, count: rank - shape.count)
      return emit("Reshape", [name(input), constant([0] + ones + shape.dropFirst())])
    }
  }

  /// The inputs, each with as many images as the batch. An input that does not depend on the batch is repeated for each
  /// image.
  private mutating func sameBatch(_ node: Graph.Node) -> [String] {
    guard let batched = node.inputs.first(where: isBatched) else { return node.inputs.map(name) }
    return node.inputs.map { input in
      if isBatched(input) { return name(input) }
      let batch = emit("Shape", [name(batched)], ["start": .integer(0), "end": .integer(1)])
      let shape = emit("Concat", [batch, constant(Array(shape(input).dropFirst()))], ["axis": .integer(0)])
      return emit("Expand", [name(input), shape])
    }
  }
}

extension Binary {
  /// The name of ONNX's operator.
  var onnxName: String {
    switch self {
    case .add: "Add"
    case .subtract: "Sub"
    case .multiply: "Mul"
    case .divide: "Div"
    case .maximum: "Max"
    case .minimum: "Min"
    case .power: "Pow"
    }
  }
}

extension Reduction {
  /// The name of ONNX's operator.
  var onnxName: String {
    switch self {
    case .sum: "ReduceSum"
    case .mean: "ReduceMean"
    case .max: "ReduceMax"
    case .min: "ReduceMin"
    }
  }
}
