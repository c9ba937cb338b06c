import PoseGraph

// Operators that only move numbers, and the shapes of their results.
extension ONNXImport {
  mutating func movement(_ node: ONNXNode) throws -> Operand? {
    switch node.type {
    case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
      let x = try value(0, of: node)
      return .value(try reshaped(x, to: try newShape(node, of: x.shape, batched: x.isBatched), node))
    case "Transpose":
      let x = try value(0, of: node)
      let order = node.integers("perm") ?? x.shape.indices.reversed()
      try keepBatch(x, order.first == 0)
      return .value(try add(.transpose(order), [x], node))
    case "Concat": return .value(try concat(node))
    case "Slice":
      var x = try value(0, of: node)
      for part in try slices(node, of: x.shape) { x = try sliced(x, part, node) }
      return .value(x)
    case "Gather": return .value(try gather(node))
    case "Expand":
      let x = try value(0, of: node)
      return .value(try expanded(x, to: try expandedShape(node, of: x.shape), node))
    case "Tile":
      let x = try value(0, of: node)
      guard let repeats = try constant(1, of: node)?.integers, repeats.count == x.shape.count,
        repeats.allSatisfy({ (1...ONNXNode.mostSize).contains($0) })
      else { throw ONNXRefusal("its repeats should be positive, one for each axis") }
      var y = x
      for (axis, count) in repeats.enumerated() where count > 1 {
        let indices = try self.indices(count, of: x.shape[axis])
        y = try picked(y, axis, indices, node)
      }
      return .value(y)
    case "Pad": return .value(try pad(node))
    case "DepthToSpace": return .value(try depthToSpace(node))
    default: return nil
    }
  }

  mutating func split(_ node: ONNXNode) throws -> [Operand] {
    let x = try value(0, of: node)
    let axis = try axis(node.integer("axis", 0), rank: x.shape.count)
    let extent = x.shape[axis]
    let parts = node.outputs.count
    let even = (extent + parts - 1) / parts
    let sizes =
      try integers("split", 1, of: node)
      ?? (0..<parts).map { max(min(even, extent - $0 * even), 0) }
    // No size is larger than the extent, so that the sum cannot overflow.
    try node.require(
      sizes.count == parts && sizes.allSatisfy { (1...extent).contains($0) } && sizes.reduce(0, +) == extent,
      "sizes \(sizes) cannot split an extent of \(extent)")
    var start = 0
    var results: [Operand] = []
    for size in sizes {
      results.append(.value(try sliced(x, (axis, start, size, 1), node)))
      start += size
    }
    return results
  }

  // MARK: Steps

  typealias Part = (axis: Int, start: Int, count: Int, step: Int)

  private func reshaped(_ x: Value, to shape: [Int], _ node: ONNXNode) throws -> Value {
    if shape == x.shape { return x }
    try keepBatch(x, shape.first == 1)
    return try add(.reshape(shape), [x], node)
  }

  /// Takes entries of an axis, in any order.
  mutating func picked(_ x: Value, _ axis: Int, _ indices: [Int], _ node: ONNXNode) throws -> Value {
    if indices.elementsEqual(0..<x.shape[axis]) { return x }
    try keepBatch(x, axis != 0)
    try spend(indices.count)
    return try add(.gather(axis: axis, indices: indices), [x], node)
  }

  private mutating func sliced(_ x: Value, _ part: Part, _ node: ONNXNode) throws -> Value {
    let (axis, start, count, step) = part
    if start == 0, count == x.shape[axis], step == 1 { return x }
    try node.require(count > 0, "nothing of axis \(axis) is left")
    guard step > 0 else {
      guard count <= budget else { throw tooMuch }
      return try picked(x, axis, (0..<count).map { start + $0 * step }, node)
    }
    try keepBatch(x, axis != 0)
    let end = start + (count - 1) * step + 1
    // If the step is 1, this is the end that exporters write. Otherwise it is the smallest possible end.
    return try add(.slice(axis: axis, start: start, end: end, step: step), [x], node)
  }

  private mutating func expanded(_ x: Value, to shape: [Int], _ node: ONNXNode) throws -> Value {
    var y = try reshaped(x, to: Array(repeating: 1, count: shape.count - x.shape.count) + x.shape, node)
    for axis in shape.indices where y.shape[axis] != shape[axis] {
      guard shape[axis] <= budget else { throw tooMuch }
      y = try picked(y, axis, Array(repeating: 0, count: shape[axis]), node)
    }
    return y
  }

  private mutating func concat(_ node: ONNXNode) throws -> Value {
    var parts: [Value] = []
    for index in node.inputs.indices { parts.append(try value(index, of: node)) }
    let axis = try axis(node.integer("axis", 0), rank: parts.first?.shape.count ?? 0)
    return parts.count == 1 ? parts[0] : try add(.concat(axis: axis), parts, node)
  }

  private mutating func gather(_ node: ONNXNode) throws -> Value {
    let x = try value(0, of: node)
    guard let indices = try constant(1, of: node) else { throw ONNXRefusal("input 1 is missing") }
    let axis = try axis(node.integer("axis", 0), rank: x.shape.count)
    let picked = try picked(x, axis, try places(indices, extent: x.shape[axis]), node)
    let shape = x.shape[..<axis] + indices.shape + x.shape[(axis + 1)...]
    return try reshaped(picked, to: Array(shape), node)
  }

  private mutating func pad(_ node: ONNXNode) throws -> Value {
    let x = try value(0, of: node)
    let rank = x.shape.count
    let amounts = try integers("pads", 1, of: node) ?? []
    let axes = try axes(try constant(3, of: node)?.integers ?? Array(0..<rank), rank: rank)
    try node.require(
      amounts.count == 2 * axes.count && amounts.allSatisfy { (0...ONNXNode.mostSize).contains($0) },
      "paddings \(amounts) should be two for each axis, none negative")
    var (before, after) = (Array(repeating: 0, count: rank), Array(repeating: 0, count: rank))
    for (place, axis) in axes.enumerated() {
      (before[axis], after[axis]) = (amounts[place], amounts[place + axes.count])
    }
    if (before + after).allSatisfy({ $0 == 0 }) { return x }
    try keepBatch(x, before[0] == 0 && after[0] == 0)
    let number = try constant(2, of: node)?.number ?? node.number("value", 0)
    let mode = node.text("mode", "constant")
    if mode == "constant" { return try add(.pad(before: before, after: after, value: number), [x], node) }
    var y = x
    for axis in 0..<rank where before[axis] + after[axis] > 0 {
      let extent = x.shape[axis]
      guard extent + before[axis] + after[axis] <= budget else { throw tooMuch }
      let indices: [Int] =
        switch mode {
        case "edge": (-before[axis]..<extent + after[axis]).map { min(max($0, 0), extent - 1) }
        case "reflect" where before[axis] < extent && after[axis] < extent:
          (-before[axis]..<extent + after[axis]).map { $0 < 0 ? -$0 : $0 < extent ? $0 : 2 * extent - 2 - $0 }
        default: throw ONNXRefusal("padding by mode '\(mode)' is not supported")
        }
      y = try picked(y, axis, indices, node)
    }
    return y
  }

  private mutating func depthToSpace(_ node: ONNXNode) throws -> Value {
    let x = try value(0, of: node)
    let block = node.integer("blocksize", 0)
    try node.require(
      x.shape.count == 4 && (1...ONNXNode.mostSize).contains(block) && x.shape[1] % (block * block) == 0,
      "blocks of \(block) do not fit \(x.shape)")
    let (channels, height, width) = (x.shape[1] / (block * block), x.shape[2], x.shape[3])
    let isDepthFirst = node.text("mode", "DCR") == "DCR"
    let inner = isDepthFirst ? [1, block, block, channels, height, width] : [1, channels, block, block, height, width]
    let y = try add(.reshape(inner), [x], node)
    let z = try add(.transpose(isDepthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]), [y], node)
    return try add(.reshape([1, channels, height * block, width * block]), [z], node)
  }

  // MARK: Shapes

  /// The shape of the result of a reshaping node.
  func newShape(_ node: ONNXNode, of shape: [Int], batched: Bool) throws -> [Int] {
    switch node.type {
    case "Flatten":
      let axis = node.integer("axis", 1)
      try node.require((-shape.count...shape.count).contains(axis), "there is no axis \(axis) among \(shape.count)")
      let place = axis < 0 ? axis + shape.count : axis
      return [shape[..<place].reduce(1, *), shape[place...].reduce(1, *)]
    case "Squeeze":
      guard let given = try integers("axes", 1, of: node) else {
        // The batch axis has extent 1 here, but it must not be removed.
        return shape.enumerated().filter { $0.element != 1 || (batched && $0.offset == 0) }.map(\.element)
      }
      let axes = try axes(given, rank: shape.count)
      try node.require(axes.allSatisfy { shape[$0] == 1 }, "axes \(axes) of \(shape) are not all of extent 1")
      return shape.indices.filter { !axes.contains($0) }.map { shape[$0] }
    case "Unsqueeze":
      let given = try integers("axes", 1, of: node) ?? []
      try node.require(given.count + shape.count <= ONNXConstant.mostAxes, "it makes too many axes")
      let axes = try axes(given, rank: given.count + shape.count)
      var rest = shape[...]
      return (0..<given.count + shape.count).map { axes.contains($0) ? 1 : rest.popFirst() ?? 1 }
    default: return try reshapedShape(node, of: shape)
    }
  }

  private func reshapedShape(_ node: ONNXNode, of shape: [Int]) throws -> [Int] {
    guard var target = try integers("shape", 1, of: node) else { throw ONNXRefusal("its shape is missing") }
    let count = Tensor.count(of: shape) ?? 0
    for (axis, extent) in target.enumerated() where extent == 0 && node.integer("allowzero", 0) == 0 {
      try node.require(axis < shape.count, "\(target) copies an axis that \(shape) does not have")
      target[axis] = shape[axis]
    }
    if let open = target.firstIndex(of: -1) {
      target[open] = 1
      let rest = Tensor.count(of: target) ?? 0
      try node.require(rest > 0 && count % rest == 0, "\(shape) does not fit the shape \(target)")
      target[open] = count / rest
    }
    try node.require(Tensor.count(of: target) == count, "\(shape) does not fit the shape \(target)")
    return target
  }

  func expandedShape(_ node: ONNXNode, of shape: [Int]) throws -> [Int] {
    guard let target = try constant(1, of: node)?.integers, target.count <= ONNXConstant.mostAxes,
      target.allSatisfy({ $0 > 0 }), let result = broadcast(shape, target),
      let count = Tensor.count(of: result), count <= Self.mostScalars
    else { throw ONNXRefusal("\(shape) cannot be expanded as it asks") }
    return result
  }

  /// The part of each axis that a slice takes.
  func slices(_ node: ONNXNode, of shape: [Int]) throws -> [Part] {
    guard let starts = try integers("starts", 1, of: node), let ends = try integers("ends", 2, of: node) else {
      throw ONNXRefusal("its starts or ends are missing")
    }
    let axes = try axes(try integers("axes", 3, of: node) ?? Array(starts.indices), rank: shape.count)
    let steps = try integers("steps", 4, of: node) ?? Array(repeating: 1, count: axes.count)
    try node.require(
      starts.count == axes.count && ends.count == axes.count && steps.count == axes.count,
      "starts, ends, axes and steps should have the same length")
    return try axes.indices.map { index in
      let (extent, step) = (shape[axes[index]], steps[index])
      try node.require(step != 0 && step.magnitude <= 1 << 40, "a step of \(step) is not possible")
      func place(_ place: Int, _ range: ClosedRange<Int>) -> Int {
        min(max(place < 0 ? place &+ extent : place, range.lowerBound), range.upperBound)
      }
      if step > 0 {
        let (start, end) = (place(starts[index], 0...extent), place(ends[index], 0...extent))
        return (axes[index], start, max(0, (end - start + step - 1) / step), step)
      }
      // If the step is negative, an end before the first entry is -1.
      let start = place(starts[index], -1...max(extent - 1, -1))
      let end = ends[index] < -extent ? -1 : place(ends[index], -1...max(extent - 1, -1))
      return (axes[index], max(start, 0), max(0, (start - end - step - 1) / -step), step)
    }
  }

  /// The indices, counted from the front.
  func places(_ indices: ONNXConstant, extent: Int) throws -> [Int] {
    guard let integers = indices.integers else { throw ONNXRefusal("its indices should be integers") }
    return try integers.map { index in
      guard (-extent..<extent).contains(index) else { throw ONNXRefusal("there is no entry \(index) among \(extent)") }
      return index < 0 ? index + extent : index
    }
  }

  /// The indices of an axis, repeated `count` times.
  private func indices(_ count: Int, of extent: Int) throws -> [Int] {
    guard count * extent <= min(ONNXConstant.mostFolded, budget) else { throw tooMuch }
    return (0..<count * extent).map { $0 % extent }
  }
}
