import PoseCore
import PoseGraph

// Operators that have weights, and operators that pool windows.
extension ONNXImport {
  mutating func layer(_ node: ONNXNode) throws -> Operand? {
    switch node.type {
    case "Conv": return .value(try convolution(node))
    case "ConvTranspose": return .value(try transposedConvolution(node))
    case "Gemm": return .value(try gemm(node))
    case "MatMul": return .value(try matmul(node))
    case "Linear":
      let (x, bias) = (try value(0, of: node), try constant(2, of: node))
      guard let weight = try constant(1, of: node) else { throw ONNXRefusal("its weight is missing") }
      return .value(try linear(x, try weight.transposed([1, 0]), bias, node))
    case "BatchNormalization": return .value(try batchNorm(node))
    case "LayerNormalization": return .value(try layerNorm(node))
    case "MaxPool", "AveragePool": return .value(try pool(node))
    case "GlobalAveragePool", "GlobalMaxPool":
      let x = try image(node)
      return .value(
        node.type == "GlobalMaxPool"
          ? try add(.reduce(.max, axes: [2, 3], keepsAxes: true), [x], node)
          : try add(.adaptiveAveragePool(height: 1, width: 1), [x], node))
    case "GridSample":
      let (x, positions) = (try value(0, of: node), try value(1, of: node))
      let mode = node.text("mode", "linear")
      try node.require(
        ["linear", "bilinear"].contains(mode) && node.text("padding_mode", "zeros") == "zeros",
        "only bilinear sampling with zeros outside is supported")
      return .value(try add(.gridSample(alignCorners: node.integer("align_corners", 0) != 0), [x, positions], node))
    default: return nil
    }
  }

  /// The first input, which must be `N x C x H x W`.
  private mutating func image(_ node: ONNXNode) throws -> Value {
    let x = try value(0, of: node)
    try node.require(x.shape.count == 4, "it takes \(x.shape); only N x C x H x W is supported")
    return x
  }

  /// A weight or a bias, which must not depend on the picture.
  private func weight(_ index: Int, rank: Int, of node: ONNXNode) throws -> ONNXConstant {
    guard let constant = try constant(index, of: node) else { throw ONNXRefusal("input \(index) is missing") }
    try node.require(constant.shape.count == rank, "its weights \(constant.shape) should have \(rank) axes")
    return constant
  }

  // MARK: Convolutions

  private func padding(_ node: ONNXNode, _ size: [Int], kernel: [Int], stride: [Int], dilation: [Int]) throws -> [Int] {
    switch node.text("auto_pad", "NOTSET") {
    case "NOTSET": return try node.sizes("pads", [0, 0, 0, 0])
    case "VALID": return [0, 0, 0, 0]
    case let mode where mode == "SAME_UPPER" || mode == "SAME_LOWER":
      let totals = (0..<2).map { axis in
        let outputs = (size[axis] + stride[axis] - 1) / stride[axis]
        return max(0, (outputs - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1 - size[axis])
      }
      let less = totals.map { $0 / 2 }
      let more = zip(totals, less).map { $0 - $1 }
      return mode == "SAME_UPPER" ? less + more : more + less
    case let mode: throw ONNXRefusal("padding by '\(mode)' is unknown")
    }
  }

  private func geometry(
    _ node: ONNXNode, _ weight: ONNXConstant, size: [Int], hasBias: Bool
  ) throws -> (Convolution, pads: [Int]) {
    let kernel = try node.sizes("kernel_shape", Array(weight.shape[2...]))
    let (stride, dilation) = (try node.sizes("strides", [1, 1]), try node.sizes("dilations", [1, 1]))
    try node.require((kernel + stride + dilation).allSatisfy { $0 > 0 }, "sizes should be positive")
    let pads = try padding(node, size, kernel: kernel, stride: stride, dilation: dilation)
    let groups = node.integer("group", 1)
    try node.require((1...ONNXNode.mostSize).contains(groups), "\(groups) groups are not supported")
    let convolution = Convolution(
      kernel: Size(height: kernel[0], width: kernel[1]), stride: Size(height: stride[0], width: stride[1]),
      padding: Size(height: pads[0], width: pads[1]), dilation: Size(height: dilation[0], width: dilation[1]),
      groups: groups, hasBias: hasBias)
    return (convolution, pads)
  }

  private mutating func parameters(_ weight: ONNXConstant, _ node: ONNXNode) throws -> [Scope.NamedParameter] {
    var parameters = [try parameter(weight, named: node.inputs[1])]
    if node.input(2) != nil {
      parameters.append(try parameter(try self.weight(2, rank: 1, of: node), named: node.inputs[2]))
    }
    return parameters
  }

  private mutating func convolution(_ node: ONNXNode) throws -> Value {
    var x = try image(node)
    let weight = try weight(1, rank: 4, of: node)
    var (convolution, pads) = try geometry(node, weight, size: Array(x.shape[2...]), hasBias: node.input(2) != nil)
    if pads[..<2] != pads[2...] {
      x = try add(.pad(before: [0, 0] + pads[..<2], after: [0, 0] + pads[2...], value: 0), [x], node)
      convolution.padding = 0
    }
    let parameters = try parameters(weight, node)
    try node.require(
      !convolution.hasBias || parameters[1].shape == [weight.shape[0]], "its bias does not fit its weights")
    return try add(.convolution(convolution), [x], parameters: parameters, node)
  }

  private mutating func transposedConvolution(_ node: ONNXNode) throws -> Value {
    let x = try image(node)
    let weight = try weight(1, rank: 4, of: node)
    try node.require(
      node.text("auto_pad", "NOTSET") == "NOTSET" && node.attributes["output_shape"] == nil,
      "its padding should be given, not its output's shape")
    var (convolution, pads) = try geometry(node, weight, size: Array(x.shape[2...]), hasBias: node.input(2) != nil)
    let more = try node.sizes("output_padding", [0, 0])
    try node.require(more[0] == more[1], "output paddings \(more) should be the same for both axes")
    let isEven = pads[..<2] == pads[2...]
    if !isEven { convolution.padding = 0 }
    let parameters = try parameters(weight, node)
    try node.require(
      !convolution.hasBias || parameters[1].shape[0] == weight.shape[1] * convolution.groups,
      "its bias does not fit its weights")
    var y = try add(.transposedConvolution(convolution, outputPadding: more[0]), [x], parameters: parameters, node)
    if isEven { return y }
    for axis in 0..<2 where pads[axis] + pads[axis + 2] > 0 {
      let end = y.shape[axis + 2] - pads[axis + 2]
      y = try add(.slice(axis: axis + 2, start: pads[axis], end: end, step: 1), [y], node)
    }
    return y
  }

  // MARK: Products

  /// Multiplies `x` by weights of the shape `O x I`.
  private mutating func linear(
    _ x: Value, _ weight: ONNXConstant, _ bias: ONNXConstant?, _ node: ONNXNode
  ) throws -> Value {
    var parameters = [try parameter(weight, named: node.inputs[1])]
    if let bias {
      try node.require(bias.count == weight.shape[0], "its bias \(bias.shape) does not fit its weights")
      parameters.append(try parameter(bias, named: node.inputs[2], shape: [bias.count]))
    }
    return try add(.linear, [x], parameters: parameters, node)
  }

  private mutating func gemm(_ node: ONNXNode) throws -> Value {
    let x = try value(0, of: node)
    var weight = try weight(1, rank: 2, of: node)
    try node.require(x.shape.count == 2 && node.integer("transA", 0) == 0, "input 0 should be an untransposed matrix")
    if node.integer("transB", 0) == 0 { weight = try weight.transposed([1, 0]) }
    var bias = try constant(2, of: node)
    if let own = bias, own.count == 1 { bias = try own.reshaped([1]).expanded(to: [weight.shape[0]]) }
    return try linear(
      x, scaled(weight, node.number("alpha", 1)), bias.map { scaled($0, node.number("beta", 1)) }, node)
  }

  private func scaled(_ constant: ONNXConstant, _ factor: Float) -> ONNXConstant {
    factor == 1 ? constant : ONNXConstant(constant.shape, .floats(constant.floats.map { $0 * factor }))
  }

  private mutating func matmul(_ node: ONNXNode) throws -> Value {
    if let weight = try operand(1, of: node).constant, weight.shape.count == 2 {
      return try linear(try value(0, of: node), try weight.transposed([1, 0]), nil, node)
    }
    let (a, b) = (try value(0, of: node), try value(1, of: node))
    return try add(.matmul, [a, b], node)
  }

  // MARK: Norms

  private mutating func batchNorm(_ node: ONNXNode) throws -> Value {
    let x = try value(0, of: node)
    try node.require(
      node.integer("training_mode", 0) == 0 && node.integer("spatial", 1) == 1
        && node.outputs.dropFirst().allSatisfy(\.isEmpty), "it is exported for training")
    var parameters: [Scope.NamedParameter] = []
    for index in 1...4 {
      let constant = try weight(index, rank: 1, of: node)
      try node.require(x.shape.count > 1 && constant.count == x.shape[1], "its statistics do not fit \(x.shape)")
      parameters.append(
        try parameter(constant, named: node.inputs[index], role: index < 3 ? .trainable : .buffer()))
    }
    if let counter = try counter(named: "\(node.path).num_batches_tracked") { parameters.append(counter) }
    let momentum = Float(1 - node.number("momentum", 0.9).asWritten)
    return try add(
      .batchNorm(epsilon: node.number("epsilon", 1e-5), momentum: momentum), [x], parameters: parameters, node)
  }

  private mutating func layerNorm(_ node: ONNXNode) throws -> Value {
    let x = try value(0, of: node)
    let axis = try axis(node.integer("axis", -1), rank: x.shape.count)
    try node.require(axis == x.shape.count - 1, "only the last axis can be normalized")
    var parameters: [Scope.NamedParameter] = []
    for index in 1...2 {
      let extent = x.shape[axis]
      guard extent <= budget else { throw tooMuch }
      try node.require(index == 2 || node.input(1) != nil, "its scale, input 1, is missing")
      // A missing bias is replaced by zeros.
      let constant =
        try constant(index, of: node) ?? ONNXConstant([extent], .floats(Array(repeating: 0, count: extent)))
      try node.require(constant.shape == [extent], "its weights \(constant.shape) do not fit \(x.shape)")
      parameters.append(try parameter(constant, named: node.input(index) ?? "\(node.outputs.first ?? node.name).bias"))
    }
    return try add(.layerNorm(epsilon: node.number("epsilon", 1e-5)), [x], parameters: parameters, node)
  }

  // MARK: Windows

  private mutating func pool(_ node: ONNXNode) throws -> Value {
    let x = try image(node)
    let (kernel, stride) = (try node.sizes("kernel_shape", [0, 0]), try node.sizes("strides", [1, 1]))
    try node.require((kernel + stride).allSatisfy { $0 > 0 }, "sizes should be positive")
    try node.require(
      try node.sizes("dilations", [1, 1]) == [1, 1] && node.integer("storage_order", 0) == 0,
      "windows with gaps are not supported")
    let size = Array(x.shape[2...])
    let pads = try padding(node, size, kernel: kernel, stride: stride, dilation: [1, 1])
    let (isMax, counts) = (node.type == "MaxPool", node.integer("count_include_pad", 0) != 0)
    var pooling = Pooling(
      isMax ? .max : .average, kernel: Size(height: kernel[0], width: kernel[1]),
      stride: Size(height: stride[0], width: stride[1]), padding: Size(height: pads[0], width: pads[1]),
      roundsUp: node.integer("ceil_mode", 0) != 0, countsPadding: counts || pads == [0, 0, 0, 0])
    if pads[..<2] == pads[2...], zip(kernel, pads).allSatisfy({ $1 * 2 <= $0 }) {
      return try add(.pool(pooling), [x], node)
    }
    if !pooling.roundsUp, isMax || !counts, roundsUp(size, kernel, stride, pads) {
      pooling.roundsUp = true
      pooling.countsPadding = pads[..<2] == [0, 0] && isMax
      return try add(.pool(pooling), [x], node)
    }
    let fill: Float = isMax ? -.infinity : 0
    let padded = try add(.pad(before: [0, 0] + pads[..<2], after: [0, 0] + pads[2...], value: fill), [x], node)
    pooling.padding = 0
    pooling.countsPadding = true
    let pooled = try add(.pool(pooling), [padded], node)
    if isMax || counts { return pooled }
    // The averages include the zeros of the padding. Each is corrected for the share of its window that lies in the
    // picture.
    let (height, width) = (pooled.shape[2], pooled.shape[3])
    try spend(height * width)
    let rows = (0..<height).map { inside($0 * stride[0] - pads[0], kernel[0], size[0]) }
    let columns = (0..<width).map { inside($0 * stride[1] - pads[1], kernel[1], size[1]) }
    let factors = rows.flatMap { row in columns.map { 1 / max(row * $0, 1e-12) } }
    let name = "\(node.outputs.first ?? node.name).areas"
    let areas = try parameter(ONNXConstant([1, 1, height, width], .floats(factors)), named: name)
    return try add(.binary(.multiply), [pooled, try add(.parameter, [], parameters: [areas], node)], node)
  }

  /// The share of a window that lies within an axis.
  private func inside(_ start: Int, _ length: Int, _ extent: Int) -> Float {
    Float(max(0, min(start + length, extent) - max(start, 0))) / Float(length)
  }

  /// Whether the additional padding at the end only makes room for the last windows, as rounding up does.
  private func roundsUp(_ size: [Int], _ kernel: [Int], _ stride: [Int], _ pads: [Int]) -> Bool {
    (0..<2).allSatisfy { axis in
      let room = size[axis] + 2 * pads[axis] - kernel[axis]
      guard room >= 0, pads[axis] * 2 <= kernel[axis], pads[axis + 2] >= pads[axis] else { return false }
      var count = (room + stride[axis] - 1) / stride[axis] + 1
      if (count - 1) * stride[axis] >= size[axis] + pads[axis] { count -= 1 }
      return count == (size[axis] + pads[axis] + pads[axis + 2] - kernel[axis]) / stride[axis] + 1
    }
  }
}
