import PoseCore
import PoseGraph

// Writes each operator of a graph as one or a few operators of MindSpore 2.
extension MindIRGraphWriter {
  /// Writes a node and returns the name of its output.
  mutating func write(_ node: Graph.Node, at index: Int) throws(MindIRError) -> String {
    let x = node.inputs.first.map(name) ?? ""
    let result = shape(node.output)
    switch node.operation {
    case .input, .dropout, .detach: return x
    case .parameter: return parameter(node.parameters[0])
    case .constant(let shape, let scalars): return constant(.floats(scalars, shape: shape))
    case .convolution(let convolution): return self.convolution(node, convolution, at: index)
    case .transposedConvolution(let convolution, _): return transposed(node, convolution, at: index)
    case .linear: return linear(node)
    case .batchNorm(let epsilon, _, _):
      let affine = ChannelAffine(batchNorm: graph.floats(node, checkpoint), epsilon: epsilon)
      let axes = [affine.scale.count] + Array(repeating: 1, count: max(result.count - 2, 0))
      let scaled = emit("Mul", [x, weight(node.path + ".scale", axes, affine.scale)], result)
      return emit("Add", [scaled, weight(node.path + ".shift", axes, affine.shift)], result)
    case .layerNorm(let epsilon):
      let axis = constant(.integer(result.count - 1))
      let statistics = Array(result.dropLast()) + [1]
      let norm = emit(
        "LayerNorm", [x] + node.parameters.map { parameter($0) } + [axis, axis, constant(.number(epsilon))],
        of: [result, statistics, statistics])
      return emit("TupleGetItem", [norm, constant(.integer(0))], result)
    case .unary(let function): return unary(function, x, result)
    case .binary(let function): return emit(function.mindSporeName, aligned(node), result)
    case .scalar(let function, let number):
      return emit(function.mindSporeName, [x, constant(.floats([number], shape: []))], result)
    case .matmul: return matmul(aligned(node), node.inputs.map { alignedShape($0, node) }, result)
    case .softmax(let axis):
      try keepBatch(node, axis != 0)
      return emit("Softmax", [x, constant(.integers([axis]))], result)
    case .pool(let pooling): return pool(node, pooling)
    case .adaptiveAveragePool: return adaptiveAveragePool(node)
    case .resize(let resize): return self.resize(node, resize)
    case .reduce(let reduction, let axes, let keepsAxes):
      return try reduce(node, reduction, axes: axes, keepsAxes: keepsAxes)
    case .concat(let axis):
      if node.inputs.count == 1 { return x }
      let inputs = sameBatch(node)
      let shapes = node.inputs.map { shape($0, in: node) }
      return emit("Concat", [emit("MakeTuple", inputs, of: shapes), constant(.integer(axis))], result)
    case .slice(let axis, let start, let end, let step):
      return slice(node, axis: axis, start: start, end: end, step: step)
    case .reshape:
      return result == shape(node.inputs[0]) ? x : emit("Reshape", [x, constant(.integers(result))], result)
    case .transpose(let order):
      try keepBatch(node, order.first == 0)
      return emit("Transpose", [x, constant(.integers(order))], result)
    case .pad(let before, let after, let value): return pad(x, before, after, value, result)
    case .gather(let axis, let indices):
      if axis == 0, isBatched(node.output) { return x }
      return emit(
        "Gather", [x, constant(.indices(indices)), constant(.integer(axis)), constant(.integer(0))], result)
    case .gridSample(let alignCorners):
      // Bilinear, and zeros outside, are the first of their kinds.
      let kinds = [constant(.integer(0)), constant(.integer(0)), constant(.truth(alignCorners))]
      return emit("GridSampler2D", sameBatch(node) + kinds, result)
    }
  }

  private func keepBatch(_ node: Graph.Node, _ condition: Bool) throws(MindIRError) {
    guard condition || !isBatched(node.output) else {
      throw .batchMoves(path: node.path, operation: node.operation.name)
    }
  }

  // MARK: Operators with weights

  private func geometry(_ convolution: Convolution, channels: Int) -> [String: MindIRValue] {
    let padding = convolution.padding
    let borders = MindIRValue.integers([padding.height, padding.height, padding.width, padding.width])
    return [
      "kernel_size": .integers([convolution.kernel.height, convolution.kernel.width]),
      "stride": .integers([1, 1, convolution.stride.height, convolution.stride.width]),
      "dilation": .integers([1, 1, convolution.dilation.height, convolution.dilation.width]),
      "pad": borders, "pad_list": borders, "pad_mode": .text("pad"), "format": .text("NCHW"),
      "group": .integer(convolution.groups), "groups": .integer(convolution.groups),
      "out_channel": .integer(channels), "mode": .integer(1),
    ]
  }

  /// The weight and, if there is one after folding, the bias of a convolution.
  private mutating func weights(_ node: Graph.Node, at index: Int) -> (weight: String, bias: String?) {
    let weight = graph.parameters[node.parameters[0]]
    let shape = Convolution.weightShape(weight.shape)
    guard let folded = folded.weights(of: index) else {
      return (parameter(node.parameters[0], shape: shape), node.parameters.dropFirst().first.map { parameter($0) })
    }
    let bias = self.weight(node.path.isEmpty ? "bias" : node.path + ".bias", [folded.bias.count], folded.bias)
    return (self.weight(weight.name, shape, folded.weight), bias)
  }

  private mutating func convolution(_ node: Graph.Node, _ convolution: Convolution, at index: Int) -> String {
    let result = shape(node.output)
    let (weight, bias) = weights(node, at: index)
    let y = emit("Conv2D", [name(node.inputs[0]), weight], result, geometry(convolution, channels: result[1]))
    return bias.map { emit("BiasAdd", [y, $0, constant(.integer(0))], result) } ?? y
  }

  private mutating func transposed(_ node: Graph.Node, _ convolution: Convolution, at index: Int) -> String {
    let result = shape(node.output)
    let (weight, bias) = weights(node, at: index)
    // It is the gradient of a convolution to its input, whose outputs are this one's inputs.
    let attributes = geometry(convolution, channels: shape(node.inputs[0])[1])
    let y = emit("Conv2DTranspose", [name(node.inputs[0]), weight, constant(.integers(result))], result, attributes)
    return bias.map { emit("BiasAdd", [y, $0, constant(.integer(0))], result) } ?? y
  }

  private mutating func linear(_ node: Graph.Node) -> String {
    let (input, result) = (shape(node.inputs[0]), shape(node.output))
    let rows = input.dropLast().reduce(1, *)
    let flat = [rows, result[result.count - 1]]
    var y = name(node.inputs[0])
    if input.count != 2 {
      let shape = [rows, input[input.count - 1]]
      y = emit("Reshape", [y, constant(.integers(shape))], shape)
    }
    y = emit("MatMul", [y, parameter(node.parameters[0]), constant(.truth(false)), constant(.truth(true))], flat)
    if node.parameters.count > 1 { y = emit("Add", [y, parameter(node.parameters[1])], flat) }
    return result.count == 2 ? y : emit("Reshape", [y, constant(.integers(result))], result)
  }

  // MARK: Functions

  private mutating func unary(_ function: Unary, _ x: String, _ shape: [Int]) -> String {
    func number(_ value: Float) -> MindIRValue { .floats([value], shape: []) }
    switch function {
    case .relu: return emit("ReLU", [x], shape)
    case .relu6: return emit("ReLU6", [x], shape)
    case .sigmoid: return emit("Sigmoid", [x], shape)
    case .hardSigmoid: return emit("HSigmoid", [x], shape)
    case .hardSwish: return emit("HSwish", [x], shape)
    case .silu: return emit("Mul", [x, emit("Sigmoid", [x], shape)], shape)
    case .gelu:
      let scaled = emit("Mul", [x, constant(number(Float(0.5).squareRoot()))], shape)
      let erf = emit("Add", [emit("Erf", [scaled], shape), constant(number(1))], shape)
      return emit("Mul", [emit("Mul", [x, erf], shape), constant(number(0.5))], shape)
    case .tanh: return emit("Tanh", [x], shape)
    case .exp: return emit("Exp", [x], shape)
    case .log: return emit("Log", [x], shape)
    case .sqrt: return emit("Sqrt", [x], shape)
    case .abs: return emit("Abs", [x], shape)
    case .negate: return emit("Neg", [x], shape)
    case .erf: return emit("Erf", [x], shape)
    case .softplus: return emit("Softplus", [x], shape)
    case .sin: return emit("Sin", [x], shape)
    case .cos: return emit("Cos", [x], shape)
    case .leakyReLU:
      return emit("Maximum", [x, emit("Mul", [x, constant(number(0.01))], shape)], shape)
    }
  }

  private mutating func reduce(
    _ node: Graph.Node, _ reduction: Reduction, axes: [Int], keepsAxes: Bool
  ) throws(MindIRError) -> String {
    let x = name(node.inputs[0])
    try keepBatch(node, keepsAxes || !axes.contains(0))
    let axes = isBatched(node.output) ? axes.filter { $0 != 0 } : axes
    // MindSpore takes an empty tuple to mean all axes.
    if axes.isEmpty { return x }
    var arguments = [constant(.integers(axes)), constant(.truth(keepsAxes))]
    // Whether an empty tuple means no axes.
    if reduction == .sum { arguments.append(constant(.truth(false))) }
    return emit(reduction.onnxName, [x] + arguments, shape(node.output))
  }

  /// A product of matrices whose other axes are broadcast.
  mutating func matmul(_ factors: [String], _ shapes: [[Int]], _ result: [Int]) -> String {
    let flags = [constant(.truth(false)), constant(.truth(false))]
    if result.count == 2, shapes.allSatisfy({ $0.count == 2 }) { return emit("MatMul", factors + flags, result) }
    let outer = Array(result.dropLast(2))
    let whole = zip(factors, shapes).map { factor, shape in
      let target = outer + shape.suffix(2)
      return shape == target ? factor : emit("BroadcastTo", [factor, constant(.integers(target))], target)
    }
    return emit("BatchMatMul", whole + flags, result)
  }

  // MARK: Batches

  /// The inputs, reshaped for broadcasting, which aligns the last axes. If an input has fewer axes than the output,
  /// axes of extent 1 are inserted after its batch axis, so that the batch is not aligned with another axis.
  private mutating func aligned(_ node: Graph.Node) -> [String] {
    node.inputs.map { input in
      let target = alignedShape(input, node)
      return target == shape(input) ? name(input) : emit("Reshape", [name(input), constant(.integers(target))], target)
    }
  }

  private func alignedShape(_ input: Graph.ValueID, _ node: Graph.Node) -> [Int] {
    let (shape, rank) = (shape(input), shape(node.output).count)
    guard isBatched(input), shape.count < rank else { return shape }
    return [batch] + Array(repeating: 1, count: rank - shape.count) + shape.dropFirst()
  }

  /// An input's shape with as many images as the batch where another input has them.
  private func shape(_ input: Graph.ValueID, in node: Graph.Node) -> [Int] {
    guard node.inputs.contains(where: isBatched) else { return shape(input) }
    return [batch] + shape(input).dropFirst()
  }

  /// The inputs, each with as many images as the batch.
  private mutating func sameBatch(_ node: Graph.Node) -> [String] {
    node.inputs.map { input in
      let target = shape(input, in: node)
      return target == shape(input)
        ? name(input) : emit("BroadcastTo", [name(input), constant(.integers(target))], target)
    }
  }
}

extension Binary {
  /// The name of MindSpore's operator.
  fileprivate var mindSporeName: String {
    switch self {
    case .add: "Add"
    case .subtract: "Sub"
    case .multiply: "Mul"
    case .divide: "RealDiv"
    case .maximum: "Maximum"
    case .minimum: "Minimum"
    case .power: "Pow"
    }
  }
}
