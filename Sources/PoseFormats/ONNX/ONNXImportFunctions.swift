import PoseGraph

// Functions of numbers, reductions and resizing.
extension ONNXImport {
  private static let unaries: [String: Unary] = [
    "Relu": .relu, "Sigmoid": .sigmoid, "HardSwish": .hardSwish, "Silu": .silu, "Tanh": .tanh, "Exp": .exp,
    "Log": .log, "Sqrt": .sqrt, "Abs": .abs, "Neg": .negate, "Erf": .erf, "Softplus": .softplus, "Sin": .sin,
    "Cos": .cos,
  ]
  private static let binaries: [String: Binary] = [
    "Add": .add, "Sub": .subtract, "Mul": .multiply, "Div": .divide, "Max": .maximum, "Min": .minimum, "Pow": .power,
    "Sum": .add,
  ]
  private static let reductions: [String: Reduction] = [
    "ReduceSum": .sum, "ReduceMean": .mean, "ReduceMax": .max, "ReduceMin": .min,
  ]

  mutating func function(_ node: ONNXNode) throws -> Operand? {
    if let function = Self.unaries[node.type] {
      return .value(try add(.unary(function), [try value(0, of: node)], node))
    }
    if let function = Self.binaries[node.type] { return .value(try binary(node, function)) }
    if let reduction = Self.reductions[node.type] {
      return .value(try reduce(node, reduction, of: try value(0, of: node)))
    }
    let x = node.input(0) == nil ? nil : try value(0, of: node)
    guard let x else { return nil }
    func scalar(_ function: Binary, _ number: Float, _ value: Value) throws -> Value {
      try add(.scalar(function, number), [value], node)
    }
    switch node.type {
    case "Identity": return .value(x)
    case "Dropout":
      // Its mask is for training.
      try node.require(node.outputs.dropFirst().allSatisfy { !file.outputs.contains($0) }, "its mask cannot be had")
      return .value(x)
    case "Cast":
      let type = ONNXTensorProto.DataType(rawValue: node.integer("to", 0)) ?? .undefined
      try node.require([.float, .float16, .double, .bfloat16].contains(type), "pictures stay floats")
      return .value(x)
    case "Clip": return .value(try clip(node, x))
    case "HardSigmoid":
      let (alpha, beta) = (node.number("alpha", 0.2), node.number("beta", 0.5))
      if abs(alpha - 1 / 6) < 1e-6, beta == 0.5 { return .value(try add(.unary(.hardSigmoid), [x], node)) }
      let line = try scalar(.add, beta, try scalar(.multiply, alpha, x))
      return .value(try scalar(.minimum, 1, try scalar(.maximum, 0, line)))
    case "LeakyRelu":
      let slope = node.number("alpha", 0.01)
      if slope == 0.01 { return .value(try add(.unary(.leakyReLU), [x], node)) }
      let line = try scalar(.multiply, slope, x)
      return .value(try add(.binary(slope <= 1 ? .maximum : .minimum), [x, line], node))
    case "PRelu":
      let negative = try add(.binary(.multiply), [try scalar(.minimum, 0, x), try value(1, of: node)], node)
      return .value(try add(.binary(.add), [try add(.unary(.relu), [x], node), negative], node))
    case "Gelu":
      try node.require(node.text("approximate", "none") == "none", "the approximation by tanh is not the function here")
      return .value(try add(.unary(.gelu), [x], node))
    case "Mish":
      let gate = try add(.unary(.tanh), [try add(.unary(.softplus), [x], node)], node)
      return .value(try add(.binary(.multiply), [x, gate], node))
    case "Reciprocal": return .value(try scalar(.power, -1, x))
    case "Softmax": return .value(try softmax(node, x))
    case "ReduceL2":
      let sum = try reduce(node, .sum, of: try add(.binary(.multiply), [x, x], node))
      return .value(try add(.unary(.sqrt), [sum], node))
    case "Resize", "Upsample": return .value(try resize(node, x))
    default: return nil
    }
  }

  private mutating func binary(_ node: ONNXNode, _ function: Binary) throws -> Value {
    // A number without axes is the operator's; one with axes may be a trained scale.
    if node.inputs.count == 2, let number = try operand(1, of: node).constant, number.shape.isEmpty {
      return try add(.scalar(function, number.floats[0]), [try value(0, of: node)], node)
    }
    if node.inputs.count == 2, let number = try operand(0, of: node).constant, number.shape.isEmpty {
      let (x, first) = (try value(1, of: node), number.floats[0])
      switch function {
      case .add, .multiply, .maximum, .minimum: return try add(.scalar(function, first), [x], node)
      case .subtract: return try add(.scalar(.add, first), [try add(.scalar(.multiply, -1), [x], node)], node)
      case .divide, .power: break
      }
    }
    var result = try value(0, of: node)
    for index in node.inputs.indices.dropFirst() {
      result = try add(.binary(function), [result, try value(index, of: node)], node)
    }
    return result
  }

  private func clip(_ node: ONNXNode, _ x: Value) throws -> Value {
    func bound(_ name: String, _ index: Int) throws -> Float? {
      if let attribute = node.attributes[name] { return attribute.f }
      return try constant(index, of: node)?.number
    }
    let (low, high) = (try bound("min", 1), try bound("max", 2))
    switch (low, high) {
    case (0, 6): return try add(.unary(.relu6), [x], node)
    case (0, nil): return try add(.unary(.relu), [x], node)
    default:
      var y = x
      if let low { y = try add(.scalar(.maximum, low), [y], node) }
      if let high { y = try add(.scalar(.minimum, high), [y], node) }
      return y
    }
  }

  private func softmax(_ node: ONNXNode, _ x: Value) throws -> Value {
    let isOld = file.version < 13
    let axis = try axis(node.integer("axis", isOld ? 1 : -1), rank: x.shape.count)
    try node.require(
      !isOld || x.shape[(axis + 1)...].allSatisfy { $0 == 1 },
      "before operator set 13 it covers all axes from \(axis) on")
    try keepBatch(x, axis != 0)
    return try add(.softmax(axis: axis), [x], node)
  }

  private func reduce(_ node: ONNXNode, _ reduction: Reduction, of x: Value) throws -> Value {
    let rank = x.shape.count
    let given = try integers("axes", 1, of: node) ?? []
    if given.isEmpty, node.integer("noop_with_empty_axes", 0) != 0 { return x }
    let axes = given.isEmpty ? Array(0..<rank) : try axes(given, rank: rank)
    try keepBatch(x, !axes.contains(0))
    return try add(.reduce(reduction, axes: axes, keepsAxes: node.integer("keepdims", 1) != 0), [x], node)
  }

  // MARK: Resizing

  private mutating func resize(_ node: ONNXNode, _ x: Value) throws -> Value {
    try node.require(x.shape.count == 4, "it takes \(x.shape); only N x C x H x W can be said")
    let (scales, size) = try newSize(node, x.shape)
    let mode = node.text("mode", "nearest")
    let isOld = node.type == "Upsample" || file.version < 11
    let coordinates = node.text("coordinate_transformation_mode", isOld ? "asymmetric" : "half_pixel")
    try node.require(
      node.integer("antialias", 0) == 0 && node.text("keep_aspect_ratio_policy", "stretch") == "stretch",
      "it can only stretch, without smoothing")
    let target = Size(height: size[0], width: size[1])
    switch (mode, coordinates) {
    case ("nearest", _):
      let rounding = node.text("nearest_mode", isOld ? "floor" : "round_prefer_floor")
      let sources = try (0..<2).map { axis in
        try (0..<size[axis]).map {
          try source(of: $0, x.shape[axis + 2], size[axis], scales[axis], coordinates, rounding)
        }
      }
      let isPlain = (0..<2).allSatisfy { axis in
        sources[axis].enumerated().allSatisfy { $0.element == $0.offset * x.shape[axis + 2] / size[axis] }
      }
      if isPlain { return try add(.resize(Resize(to: target, .nearest)), [x], node) }
      let rows = try picked(x, 2, sources[0], node)
      return try picked(rows, 3, sources[1], node)
    case ("linear", "align_corners"), ("bilinear", "align_corners"):
      return try add(.resize(Resize(to: target, .bilinear(alignCorners: true))), [x], node)
    case ("linear", "half_pixel"), ("linear", "pytorch_half_pixel"):
      try node.require(coordinates == "half_pixel" || !size.contains(1), "to one pixel, it takes the first")
      let isExact = (0..<2).allSatisfy { abs(scales[$0] * Float(x.shape[$0 + 2]) - Float(size[$0])) < 1e-3 }
      try node.require(isExact, "its scales \(scales) do not lead to whole pixels")
      return try add(.resize(Resize(to: target, .bilinear(alignCorners: false))), [x], node)
    default: throw ONNXRefusal("mode '\(mode)' with coordinates '\(coordinates)' cannot be said")
    }
  }

  /// The scales and the new height and width.
  private func newSize(_ node: ONNXNode, _ shape: [Int]) throws -> (scales: [Float], size: [Int]) {
    let isOld = node.type == "Upsample" || file.version < 11
    var scales = node.attributes["scales"]?.floats ?? []
    if scales.isEmpty { scales = try constant(isOld ? 1 : 2, of: node)?.floats ?? [] }
    let sizes = isOld ? nil : try constant(3, of: node)?.integers
    var all = shape
    let axes = try axes(node.integers("axes") ?? [0, 1, 2, 3], rank: 4)
    if let sizes, !sizes.isEmpty {
      try node.require(sizes.count == axes.count, "sizes \(sizes) should be as many as its axes")
      for (axis, size) in zip(axes, sizes) { all[axis] = size }
    } else {
      try node.require(
        scales.count == axes.count && scales.allSatisfy { $0 > 0 && $0 <= Float(ONNXNode.mostSize) },
        "scales \(scales) should be positive, one for each axis")
      for (axis, scale) in zip(axes, scales) { all[axis] = Int(Float(shape[axis]) * scale) }
    }
    try node.require(
      all[..<2] == shape[..<2] && all[2...].allSatisfy { (1...ONNXNode.mostSize).contains($0) },
      "\(shape) cannot become \(all)")
    let size = Array(all[2...])
    var own = (0..<2).map { Float(size[$0]) / Float(shape[$0 + 2]) }
    if sizes?.isEmpty ?? true {
      for (axis, scale) in zip(axes, scales) where axis >= 2 { own[axis - 2] = scale }
    }
    return (own, size)
  }

  /// The pixel that a new one repeats.
  private func source(
    of index: Int, _ old: Int, _ new: Int, _ scale: Float, _ coordinates: String, _ rounding: String
  ) throws -> Int {
    let place = Float(index)
    let position: Float =
      switch coordinates {
      case "asymmetric": place / scale
      case "half_pixel": (place + 0.5) / scale - 0.5
      case "pytorch_half_pixel": new > 1 ? (place + 0.5) / scale - 0.5 : 0
      case "align_corners": new > 1 ? place * Float(old - 1) / Float(new - 1) : 0
      default: throw ONNXRefusal("coordinates by '\(coordinates)' cannot be said")
      }
    let pixel: Float =
      switch rounding {
      case "floor": position.rounded(.down)
      case "ceil": position.rounded(.up)
      case "round_prefer_floor":
        position == position.rounded(.down) + 0.5 ? position.rounded(.down) : position.rounded()
      case "round_prefer_ceil": position.rounded()
      default: throw ONNXRefusal("rounding by '\(rounding)' is unknown")
      }
    return Int(min(max(pixel, 0), Float(old - 1)))
  }
}
