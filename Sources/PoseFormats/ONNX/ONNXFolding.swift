import PoseGraph

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

// Computations that are done before the network runs. Most of them are the arithmetic of shapes that exporters leave in
// the file.
extension ONNXImport {
  /// The shape of a value. It is always known, because all axes except the batch are fixed and the batch is one image.
  func shape(_ node: ONNXNode) throws -> Operand {
    let shape = try operand(0, of: node).shape
    if node.type == "Size" { return .constant(ONNXConstant([], .integers([Tensor.count(of: shape) ?? 0]))) }
    func place(_ name: String, _ other: Int) -> Int {
      let place = node.integer(name, other)
      return min(max(place < 0 ? place + shape.count : place, 0), shape.count)
    }
    let (start, end) = (place("start", 0), place("end", shape.count))
    return .constant(ONNXConstant(integers: start < end ? Array(shape[start..<end]) : []))
  }

  /// The result of a node whose inputs are constants, or nil if the graph has to compute it.
  func folded(_ node: ONNXNode, _ inputs: [ONNXConstant?]) throws -> ONNXConstant? {
    let x = inputs.first ?? nil
    switch node.type {
    case "Constant": return try constantNode(node)
    case "ConstantOfShape": return try filled(node, x)
    case "Range": return try range(inputs)
    default: break
    }
    guard let x else { return nil }
    switch node.type {
    case "Identity", "Dropout": return x
    case "Cast": return try cast(x, to: node.integer("to", 1))
    case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
      return x.reshaped(try newShape(node, of: x.shape, batched: false))
    case "Transpose":
      let order = node.integers("perm") ?? x.shape.indices.reversed()
      try node.require(order.sorted() == Array(x.shape.indices), "\(order) is not an order of the axes of \(x.shape)")
      return try x.transposed(order)
    case "Expand": return try x.expanded(to: try expandedShape(node, of: x.shape))
    case "Slice":
      let parts = try slices(node, of: x.shape)
      var shape = x.shape
      for part in parts { shape[part.axis] = part.count }
      let strides = ONNXConstant.strides(of: x.shape)
      return try x.picking(shape) { position in
        var position = position
        for part in parts { position[part.axis] = part.start + position[part.axis] * part.step }
        return zip(position, strides).reduce(0) { $0 + $1.0 * $1.1 }
      }
    case "Gather":
      guard let indices = inputs.count > 1 ? inputs[1] : nil else { return nil }
      return try gathered(node, x, indices)
    case "Concat": return try joined(node, inputs.compactMap(\.self))
    case "Where": return try chosen(inputs)
    case "Not": return x.integers.map { ONNXConstant(x.shape, .integers($0.map { $0 == 0 ? 1 : 0 })) }
    case "Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "Mod", "Equal", "Less", "Greater", "And", "Or":
      guard inputs.count == 2, let y = inputs[1] else { return nil }
      return try arithmetic(node, x, y)
    case "Neg":
      return try arithmetic(node, ONNXConstant([], x.integers == nil ? .floats([0]) : .integers([0])), x, "Sub")
    case "Sqrt": return x.integers == nil ? ONNXConstant(x.shape, .floats(x.floats.map { $0.squareRoot() })) : nil
    case "Floor": return x.integers == nil ? ONNXConstant(x.shape, .floats(x.floats.map { $0.rounded(.down) })) : x
    case "Ceil": return x.integers == nil ? ONNXConstant(x.shape, .floats(x.floats.map { $0.rounded(.up) })) : x
    default: return nil
    }
  }

  private func constantNode(_ node: ONNXNode) throws -> ONNXConstant? {
    guard let attribute = node.attributes.values.first(where: { $0.name.hasPrefix("value") }) else { return nil }
    switch attribute.name {
    case "value": return try ONNXConstant(attribute.t, name: node.name)
    case "value_float": return ONNXConstant([], .floats([attribute.f]))
    case "value_int": return ONNXConstant([], .integers([Int(attribute.i)]))
    case "value_floats": return ONNXConstant([attribute.floats.count], .floats(attribute.floats))
    case "value_ints": return ONNXConstant(integers: attribute.ints.map(Int.init))
    default: return nil
    }
  }

  private func filled(_ node: ONNXNode, _ shape: ONNXConstant?) throws -> ONNXConstant? {
    guard let extents = shape?.integers else { return nil }
    let value = try node.attributes["value"].map { try ONNXConstant($0.t, name: node.name) }
    let one = value ?? ONNXConstant([1], .floats([0]))
    try node.require(one.count == 1, "its value should be one number")
    return try one.reshaped([]).expanded(to: extents)
  }

  private func range(_ inputs: [ONNXConstant?]) throws -> ONNXConstant? {
    let ends = inputs.compactMap { $0?.integers?.first }
    guard ends.count == 3, ends[2] != 0 else { throw ONNXRefusal("only ranges of integers are computed") }
    let span = ends[1].subtractingReportingOverflow(ends[0])
    guard !span.overflow, span.partialValue.magnitude <= ONNXConstant.mostFolded else {
      throw ONNXRefusal("a range from \(ends[0]) to \(ends[1]) is too long")
    }
    return ONNXConstant(integers: Array(stride(from: ends[0], to: ends[1], by: ends[2])))
  }

  private func cast(_ x: ONNXConstant, to type: Int) throws -> ONNXConstant {
    switch ONNXTensorProto.DataType(rawValue: type) ?? .undefined {
    case .float, .float16, .double, .bfloat16: return ONNXConstant(x.shape, .floats(x.floats))
    case .bool: return ONNXConstant(x.shape, .integers(x.floats.map { $0 == 0 ? 0 : 1 }))
    case .int64, .int32, .int16, .int8, .uint8:
      if x.integers != nil { return x }
      let whole = try x.floats.map { number in
        guard let integer = Int(exactly: number.rounded(.towardZero)) else {
          throw ONNXRefusal("\(number) is not an integer")
        }
        return integer
      }
      return ONNXConstant(x.shape, .integers(whole))
    default: throw ONNXRefusal("constants cannot be cast to type \(type)")
    }
  }

  private func gathered(_ node: ONNXNode, _ x: ONNXConstant, _ indices: ONNXConstant) throws -> ONNXConstant {
    let axis = try axis(node.integer("axis", 0), rank: x.shape.count)
    let places = try self.places(indices, extent: x.shape[axis])
    let (before, after) = (x.shape[..<axis], x.shape[(axis + 1)...])
    let strides = ONNXConstant.strides(of: x.shape)
    let inner = ONNXConstant.strides(of: indices.shape)
    let rank = indices.shape.count
    return try x.picking(before + indices.shape + after) { position in
      let place = (0..<rank).reduce(0) { $0 + inner[$1] * position[axis + $1] }
      let own = position[..<axis] + [places[place]] + position[(axis + rank)...]
      return zip(own, strides).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }

  private func joined(_ node: ONNXNode, _ parts: [ONNXConstant]) throws -> ONNXConstant {
    let axis = try axis(node.integer("axis", 0), rank: parts.first?.shape.count ?? 0)
    var shape = parts[0].shape
    for part in parts.dropFirst() {
      var (own, other) = (part.shape, shape)
      try node.require(own.count == shape.count, "its inputs have different numbers of axes")
      (own[axis], other[axis]) = (0, 0)
      try node.require(own == other, "\(part.shape) and \(shape) cannot be joined on axis \(axis)")
      let (extent, overflow) = shape[axis].addingReportingOverflow(part.shape[axis])
      if overflow { throw tooMuch }
      shape[axis] = extent
    }
    guard let count = Tensor.count(of: shape), count <= budget else { throw tooMuch }
    let outer = shape[..<axis].reduce(1, *)
    func gather<Scalar>(_ scalars: (ONNXConstant) -> [Scalar]) -> [Scalar] {
      let all = parts.map { (scalars($0), $0.shape[axis...].reduce(1, *)) }
      return (0..<outer).flatMap { row in all.flatMap { $0.0[row * $0.1..<(row + 1) * $0.1] } }
    }
    let scalars: ONNXConstant.Scalars =
      parts.allSatisfy { $0.integers != nil } ? .integers(gather { $0.integers ?? [] }) : .floats(gather(\.floats))
    return ONNXConstant(shape, scalars)
  }

  private func chosen(_ inputs: [ONNXConstant?]) throws -> ONNXConstant? {
    let inputs = inputs.compactMap(\.self)
    guard inputs.count == 3,
      let shape = broadcast(inputs[0].shape, inputs[1].shape).flatMap({ broadcast($0, inputs[2].shape) })
    else { return nil }
    let all = try inputs.map { try $0.expanded(to: shape) }
    let condition = all[0].floats
    if let yes = all[1].integers, let no = all[2].integers {
      return ONNXConstant(shape, .integers(condition.indices.map { condition[$0] != 0 ? yes[$0] : no[$0] }))
    }
    let (yes, no) = (all[1].floats, all[2].floats)
    return ONNXConstant(shape, .floats(condition.indices.map { condition[$0] != 0 ? yes[$0] : no[$0] }))
  }

  private func arithmetic(
    _ node: ONNXNode, _ x: ONNXConstant, _ y: ONNXConstant, _ type: String? = nil
  ) throws -> ONNXConstant {
    guard let shape = broadcast(x.shape, y.shape) else {
      throw ONNXRefusal("\(x.shape) and \(y.shape) do not broadcast")
    }
    let (a, b) = (try x.expanded(to: shape), try y.expanded(to: shape))
    let type = type ?? node.type
    if let a = a.integers, let b = b.integers {
      return ONNXConstant(shape, .integers(try zip(a, b).map { try integer(type, $0, $1) }))
    }
    let numbers = zip(a.floats, b.floats)
    if ["Equal", "Less", "Greater"].contains(type) {
      return ONNXConstant(
        shape, .integers(numbers.map { (type == "Equal" ? $0 == $1 : type == "Less" ? $0 < $1 : $0 > $1) ? 1 : 0 }))
    }
    let result = ONNXConstant(shape, .floats(try numbers.map { try number(type, $0, $1) }))
    // A power has the type of its base.
    return type == "Pow" && x.integers != nil
      ? try cast(result, to: ONNXTensorProto.DataType.int64.rawValue) : result
  }

  private func integer(_ type: String, _ a: Int, _ b: Int) throws -> Int {
    let (value, overflow): (Int, Bool) =
      switch type {
      case "Add": a.addingReportingOverflow(b)
      case "Sub": a.subtractingReportingOverflow(b)
      case "Mul": a.multipliedReportingOverflow(by: b)
      case "Div": a.dividedReportingOverflow(by: b)
      // The result has the sign of the divisor.
      case "Mod": b == 0 || b == -1 ? (0, b == 0) : ((a % b + b) % b, b.magnitude > 1 << 62)
      case "Pow": power(a, b).map { ($0, false) } ?? (0, true)
      case "Max": (max(a, b), false)
      case "Min": (min(a, b), false)
      case "Equal": (a == b ? 1 : 0, false)
      case "Less": (a < b ? 1 : 0, false)
      case "Greater": (a > b ? 1 : 0, false)
      case "And": (a != 0 && b != 0 ? 1 : 0, false)
      case "Or": (a != 0 || b != 0 ? 1 : 0, false)
      default: (0, true)
      }
    guard !overflow else { throw ONNXRefusal("the result for \(a) and \(b) is undefined or too large") }
    return value
  }

  /// A power, rounded toward zero; nil if it is undefined or too large.
  private func power(_ base: Int, _ exponent: Int) -> Int? {
    if exponent == 0 || base == 1 { return 1 }
    if base == -1 { return exponent.isMultiple(of: 2) ? 1 : -1 }
    if exponent < 0 || base == 0 { return exponent < 0 && base == 0 ? nil : 0 }
    var result = 1
    // Each factor at least doubles the magnitude, so that a long loop ends by overflow.
    for _ in 0..<exponent {
      let (product, overflow) = result.multipliedReportingOverflow(by: base)
      if overflow { return nil }
      result = product
    }
    return result
  }

  private func number(_ type: String, _ a: Float, _ b: Float) throws -> Float {
    switch type {
    case "Add": a + b
    case "Sub": a - b
    case "Mul": a * b
    case "Div": a / b
    case "Max": max(a, b)
    case "Min": min(a, b)
    case "Pow": powf(a, b)
    default: throw ONNXRefusal("it is not supported for constants")
    }
  }
}
