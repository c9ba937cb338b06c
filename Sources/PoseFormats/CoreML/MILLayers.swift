import PoseGraph

// Operators with weights.
extension MILProgramWriter {
  mutating func convolution(
    _ node: Graph.Node, _ convolution: Convolution, at index: Int
  ) throws(CoreMLError) -> MILValue {
    let parameter = graph.parameters[node.parameters[0]]
    let shape = Convolution.weightShape(parameter.shape)
    let (weight, bias) = try weights(node, shape, at: index)
    let padding = convolution.padding
    return emit(
      "conv",
      geometry(convolution, x: value(node.inputs[0]), weight, bias)
        .merging(["pad": .integers([padding.height, padding.height, padding.width, padding.width])]) { own, _ in own },
      self.shape(of: node.output))
  }

  /// The output padding is room at the end that is cut off less. Where too little is cut off, the kernel grows by zeros.
  mutating func transposedConvolution(
    _ node: Graph.Node, _ convolution: Convolution, _ outputPadding: Int, at index: Int
  ) throws(CoreMLError) -> MILValue {
    let parameter = graph.parameters[node.parameters[0]]
    let before = [convolution.padding.height, convolution.padding.width]
    let dilation = [convolution.dilation.height, convolution.dilation.width]
    let taps = zip(before, dilation).map { ($0 < outputPadding ? outputPadding - $0 + $1 - 1 : 0) / $1 }
    let after = (0..<2).map { before[$0] + taps[$0] * dilation[$0] - outputPadding }
    let (weight, bias) = try weights(node, parameter.shape, at: index, taps: taps)
    return emit(
      "conv_transpose",
      geometry(convolution, x: value(node.inputs[0]), weight, bias)
        .merging(["pad": .integers([before[0], after[0], before[1], after[1]])]) { own, _ in own },
      shape(of: node.output))
  }

  private func geometry(
    _ convolution: Convolution, x: MILValue, _ weight: MILValue, _ bias: MILValue?
  ) -> [String: MILArgument] {
    var arguments: [String: MILArgument] = [
      "x": .value(x), "weight": .value(weight), "pad_type": .text("custom"), "groups": .integer(convolution.groups),
      "strides": .integers([convolution.stride.height, convolution.stride.width]),
      "dilations": .integers([convolution.dilation.height, convolution.dilation.width]),
    ]
    if let bias { arguments["bias"] = .value(bias) }
    return arguments
  }

  /// The weight of a convolution and, if it has one after folding, its bias.
  ///
  /// - Parameter taps: rows and columns of zeros that the kernel gets at its end.
  private mutating func weights(
    _ node: Graph.Node, _ shape: [Int], at index: Int, taps: [Int] = [0, 0]
  ) throws(CoreMLError) -> (weight: MILValue, bias: MILValue?) {
    let folded = folded.weights(of: index)
    let name = graph.parameters[node.parameters[0]].name
    let own = node.parameters.count > 1 ? node.parameters[1] : nil
    let weight: MILValue
    if taps != [0, 0] {
      let numbers = folded?.weight ?? checkpoint[name]?.floats ?? []
      weight = try self.weight(
        name, shape.dropLast(2) + [shape[2] + taps[0], shape[3] + taps[1]], grown(numbers, shape, taps))
    } else if let folded {
      weight = try self.weight(name, shape, folded.weight)
    } else {
      weight = try parameter(node.parameters[0], shape: shape)
    }
    if let folded {
      return (
        weight, try self.weight(node.path.isEmpty ? "bias" : node.path + ".bias", [folded.bias.count], folded.bias)
      )
    }
    guard let own else { return (weight, nil) }
    return (weight, try parameter(own))
  }

  /// A kernel with zeros after its rows and columns.
  private func grown(_ numbers: [Float], _ shape: [Int], _ taps: [Int]) -> [Float] {
    let (rows, columns) = (shape[2], shape[3])
    var grown: [Float] = []
    for (index, number) in numbers.enumerated() {
      grown.append(number)
      let isRowEnd = index % columns == columns - 1
      if isRowEnd { grown.append(contentsOf: repeatElement(0, count: taps[1])) }
      if isRowEnd, index / columns % rows == rows - 1 {
        grown.append(contentsOf: repeatElement(0, count: taps[0] * (columns + taps[1])))
      }
    }
    return grown
  }

  mutating func linear(_ node: Graph.Node, _ x: MILValue) throws(CoreMLError) -> MILValue {
    let output = shape(of: node.output)
    let weight = try parameter(node.parameters[0])
    let bias = node.parameters.count > 1 ? try parameter(node.parameters[1]) : nil
    // The dense layer takes three axes at most.
    if output.count <= 3 {
      var arguments: [String: MILArgument] = ["x": .value(x), "weight": .value(weight)]
      if let bias { arguments["bias"] = .value(bias) }
      return emit("linear", arguments, output)
    }
    let product = matmul(x, weight, output, transposesSecond: true)
    guard let bias else { return product }
    return emit("add", ["x": .value(product), "y": .value(bias)], output)
  }

  mutating func matmul(
    _ x: MILValue, _ y: MILValue, _ shape: [Int?], transposesSecond: Bool = false
  ) -> MILValue {
    emit(
      "matmul",
      ["x": .value(x), "y": .value(y), "transpose_x": .flag(false), "transpose_y": .flag(transposesSecond)], shape)
  }

  /// A norm that follows no convolution: a factor and a summand for each channel.
  mutating func batchNorm(_ node: Graph.Node, _ x: MILValue, _ epsilon: Float) throws(CoreMLError) -> MILValue {
    let affine = ChannelAffine(batchNorm: graph.floats(node, checkpoint), epsilon: epsilon)
    let shape = [affine.scale.count] + [Int](repeating: 1, count: max(x.type.shape.count - 2, 0))
    let factor = try weight(node.path + ".scale", shape, affine.scale)
    let summand = try weight(node.path + ".shift", shape, affine.shift)
    let scaled = emit("mul", ["x": .value(x), "y": .value(factor)], x.type.shape)
    return emit("add", ["x": .value(scaled), "y": .value(summand)], x.type.shape)
  }
}
