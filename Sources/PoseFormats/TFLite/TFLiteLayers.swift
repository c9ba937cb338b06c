import PoseCore
import PoseGraph

// Operators with weights, and products of matrices.
extension TFLiteGraphWriter {
  mutating func convolution(
    _ node: Graph.Node, _ convolution: Convolution, at index: Int
  ) throws(TFLiteError) -> TFLiteValue {
    let output = extents(node.output)
    let window = TFLiteWindow(
      extents(node.inputs[0]), output, kernel: convolution.kernel, dilation: convolution.dilation,
      stride: convolution.stride, padding: convolution.padding)
    let x = try value(node.inputs[0], in: TFLiteLayout.channelsLast)
    let shape = Convolution.weightShape(graph.parameters[node.parameters[0]].shape)
    // A filter for each channel alone has its own operator, whose weights are 1 x H x W x C.
    let isDepthwise = convolution.groups > 1 && shape[1] == 1
    let (weight, bias) = try weights(
      node, shape, order: isDepthwise ? [1, 2, 3, 0] : [0, 2, 3, 1], outputs: shape[0], at: index)
    let padding = window.padding
    let source = padding == nil ? padded(x, window) : tensor(x)
    let target = TFLiteLayout.channelsLast.map { output[$0] }
    let dilation = [convolution.dilation.height, convolution.dilation.width]
    let activation = fusions.activation(of: index)
    let result: Int
    if isDepthwise {
      result = emit(
        .depthwiseConvolution, [source, weight, bias], target,
        .depthwiseConvolution(
          padding ?? .valid, stride: window.stride, dilation: dilation, multiplier: shape[0] / convolution.groups,
          activation),
        version: dilation == [1, 1] ? 1 : 2)
    } else {
      result = emit(
        .convolution, [source, weight, bias], target,
        .convolution(padding ?? .valid, stride: window.stride, dilation: dilation, activation),
        version: convolution.groups == 1 ? 1 : 6)
    }
    return TFLiteValue(tensor: result, shape: target, order: TFLiteLayout.channelsLast)
  }

  /// Pads height and width of a value with its channels last.
  mutating func padded(_ x: TFLiteValue, _ window: TFLiteWindow, _ number: Float = 0) -> Int {
    let (before, after) = ([0] + window.before + [0], [0] + window.after + [0])
    let shape = x.shape.indices.map { before[$0] + x.shape[$0] + after[$0] }
    return pad(tensor(x), before, after, number, shape)
  }

  /// The weight of a convolution with its axes in an order, and its bias, which runtimes need even where it is 0.
  mutating func weights(
    _ node: Graph.Node, _ shape: [Int], order: [Int], outputs: Int, at index: Int
  ) throws(TFLiteError) -> (weight: Int, bias: Int) {
    let biasName = node.path.isEmpty ? "bias" : node.path + ".bias"
    guard let folded = folded.weights(of: index) else {
      let weight = try parameter(node.parameters[0], shape: shape, order: order)
      if node.parameters.count > 1 { return (weight, try parameter(node.parameters[1])) }
      return (weight, try self.weight(biasName, [outputs], [Float](repeating: 0, count: outputs)))
    }
    let name = graph.parameters[node.parameters[0]].name
    let weight = try self.weight(name, order.map { shape[$0] }, TFLiteLayout.permuted(folded.weight, shape, order))
    return (weight, try self.weight(biasName, [outputs], folded.bias))
  }

  mutating func linear(_ node: Graph.Node, _ activation: TFLiteActivation) throws(TFLiteError) -> TFLiteValue {
    let output = extents(node.output)
    let own = try value(node.inputs[0])
    let x = try value(node.inputs[0], in: TFLiteLayout.order(own.order, last: output.count - 1))
    let shape = x.order.map { output[$0] }
    var inputs = [tensor(x), try parameter(node.parameters[0])]
    if node.parameters.count > 1 { inputs.append(try parameter(node.parameters[1])) }
    let keepsAxes = output.count > 2
    let result = emit(
      .fullyConnected, inputs, shape, .fullyConnected(keepsAxes: keepsAxes, activation),
      version: inputs.count == 2 ? 6 : keepsAxes ? 5 : 1)
    return TFLiteValue(tensor: result, shape: shape, order: x.order)
  }

  /// The second factor may have its last two axes swapped, for which the operator has an option.
  mutating func matmul(_ node: Graph.Node) throws(TFLiteError) -> TFLiteValue {
    let output = extents(node.output)
    let identity = TFLiteLayout.identity(output.count)
    let swapped = Array(identity.dropLast(2)) + [output.count - 1, output.count - 2]
    let isSwapped = order(node.inputs[1]).map { ($0.last ?? 0) + 2 == $0.count && $0.count == output.count } ?? false
    var factors = [
      try operand(node.inputs[0], identity), try operand(node.inputs[1], isSwapped ? swapped : identity),
    ]
    var shape = output
    // The operator takes five axes. Where the outer ones are the same in both factors, they can be one.
    if output.count > 5, factors.allSatisfy({ $0.shape.dropLast(2) == output.dropLast(2)[...] }) {
      let outer = output.dropLast(2).reduce(1, *)
      for place in factors.indices { factors[place].shape = [outer] + factors[place].shape.suffix(2) }
      shape = [outer] + output.suffix(2)
    }
    guard shape.count <= 5 else {
      throw .tooManyAxes(path: node.path, operation: node.operation.name, axes: shape.count)
    }
    let result = emit(
      .batchMatmul, [tensor(factors[0]), tensor(factors[1])], shape, .batchMatmul(transposesSecond: isSwapped))
    return TFLiteValue(tensor: result, shape: output, order: identity)
  }

  /// A norm that follows no convolution: a factor and a summand for each channel.
  mutating func batchNorm(_ node: Graph.Node, _ epsilon: Float) throws(TFLiteError) -> TFLiteValue {
    let x = try value(node.inputs[0])
    let affine = ChannelAffine(batchNorm: graph.floats(node, checkpoint), epsilon: epsilon)
    let shape = x.order.map { $0 == 1 ? affine.scale.count : 1 }
    let factor = try weight(node.path + ".scale", shape, affine.scale)
    let summand = try weight(node.path + ".shift", shape, affine.shift)
    let scaled = binary(.multiply, tensor(x), factor, x.shape)
    return with(x, binary(.add, scaled, summand, x.shape))
  }

  mutating func layerNorm(_ node: Graph.Node, _ epsilon: Float) throws(TFLiteError) -> TFLiteValue {
    let own = try value(node.inputs[0])
    let x = try value(node.inputs[0], in: TFLiteLayout.order(own.order, last: own.order.count - 1))
    let (shape, source) = (x.shape, tensor(x))
    let each: [Int] = shape.dropLast() + [1]
    let last = constant([shape.count - 1])
    let mean = emit(.mean, [source, last], each, .reduction(keepsAxes: true))
    let centered = binary(.subtract, source, mean, shape)
    let square = binary(.multiply, centered, centered, shape)
    let variance = emit(.mean, [square, last], each, .reduction(keepsAxes: true))
    let scale = emit(.reciprocalSqrt, [binary(.add, variance, number(epsilon), each)], each)
    var result = binary(.multiply, centered, scale, shape)
    for (function, id) in zip([Binary.multiply, .add], node.parameters) {
      result = binary(function, result, try parameter(id), shape)
    }
    return with(x, result)
  }
}
