import PoseGraph

// Mathematical functions, and reductions.
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
      // The mask is only used in training.
      try node.require(node.outputs.dropFirst().allSatisfy { !file.outputs.contains($0) }, "its mask is not supported")
      return .value(x)
    case "Cast":
      let type = ONNXTensorProto.DataType(rawValue: node.integer("to", 0)) ?? .undefined
      try node.require([.float, .float16, .double, .bfloat16].contains(type), "computed values must stay floats")
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
      try node.require(node.text("approximate", "none") == "none", "the approximation by tanh is not supported")
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
    // A number without axes becomes a part of the operator. A number with axes may be a trained scale.
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
}
