import PoseGraph

// Operators that move numbers without computing any.
extension MILProgramWriter {
  /// The same numbers in the same order in another shape; the value itself if it has that shape.
  mutating func reshape(_ x: MILValue, to shape: [Int?]) -> MILValue {
    if x.type.shape == shape { return x }
    return emit("reshape", ["x": .value(x), "shape": .integers(shape.map { $0 ?? -1 })], shape, x.type.scalars)
  }

  mutating func transpose(_ x: MILValue, _ order: [Int]) -> MILValue {
    emit("transpose", ["x": .value(x), "perm": .integers(order)], order.map { x.type.shape[$0] })
  }

  /// The indices `start, start + step ..< end` of an axis.
  mutating func slice(
    _ x: MILValue, axis: Int, start: Int, end: Int, step: Int, _ shape: [Int?]
  ) -> MILValue {
    let axes = x.type.shape.indices
    // Other axes are taken whole, whatever their extents are.
    let isWhole = axes.map { $0 != axis }
    return emit(
      "slice_by_index",
      [
        "x": .value(x), "begin": .integers(axes.map { $0 == axis ? start : 0 }),
        "end": .integers(axes.map { $0 == axis ? end : 0 }), "stride": .integers(axes.map { $0 == axis ? step : 1 }),
        "begin_mask": .flags(isWhole), "end_mask": .flags(isWhole), "squeeze_mask": .flags(axes.map { _ in false }),
      ], shape, x.type.scalars)
  }

  mutating func gather(_ x: MILValue, axis: Int, _ indices: [Int], _ shape: [Int?]) -> MILValue {
    emit(
      "gather",
      ["x": .value(x), "indices": .integers(indices), "axis": .integer(axis), "batch_dims": .integer(0)], shape)
  }

  // MARK: Tensors of many axes

  /// Writes a node that reads or makes a tensor of more axes than Core ML computes with, as one of fewer axes with the same
  /// numbers in the same order.
  mutating func writeManyAxes(_ node: Graph.Node, _ axes: Int) throws(CoreMLError) -> MILValue {
    guard let source = node.inputs.first else { throw refusal(node, axes) }
    let x = value(source)
    let output = shape(of: node.output)
    switch node.operation {
    case .dropout, .detach: return x
    case .reshape: return output.count <= Self.mostAxes ? reshape(x, to: output) : x
    case .transpose(let order):
      try keepBatch(node, order.first == 0)
      let moved = permute(x, shape(of: source), order)
      return output.count <= Self.mostAxes ? reshape(moved, to: output) : moved
    case .slice(let axis, let start, let end, let step):
      let extents = extents(source)
      if extents == self.extents(node.output) || axis == 0 && isBatched(source) { return x }
      func joined(_ middle: Int) -> [Int?] {
        let before = axis == 0 ? 1 : isBatched(source) && options.hasOpenBatch ? nil : extents[..<axis].reduce(1, *)
        return [before, middle, extents[(axis + 1)...].reduce(1, *)]
      }
      let parts = reshape(x, to: joined(extents[axis]))
      return slice(parts, axis: 1, start: start, end: end, step: step, joined(self.extents(node.output)[axis]))
    case .unary(let function): return try unary(function, x)
    case .scalar(let function, let number):
      return emit(function.milName, ["x": .value(x), "y": try self.number(number)], x.type.shape)
    case .binary(let function):
      let second = node.inputs[1]
      guard shape(of: source) == shape(of: second) else { throw refusal(node, axes) }
      let y = reshape(value(second), to: x.type.shape)
      return emit(function.milName, ["x": .value(x), "y": .value(y)], x.type.shape)
    default: throw refusal(node, axes)
    }
  }

  private func refusal(_ node: Graph.Node, _ axes: Int) -> CoreMLError {
    .tooManyAxes(path: node.path, operation: node.operation.name, axes: axes)
  }

  /// Reorders many axes. Axes that stay side by side are moved as one.
  ///
  /// - Parameter shape: the shape that the order is of.
  /// - Returns: a tensor of the numbers in the new order, in some shape of few axes.
  private mutating func permute(_ x: MILValue, _ shape: [Int?], _ order: [Int]) -> MILValue {
    var groups: [[Int]] = []
    for axis in order where shape[axis] != 1 || axis == 0 {
      if let last = groups.last?.last, axis > last, (last + 1..<axis).allSatisfy({ shape[$0] == 1 }) {
        groups[groups.count - 1].append(axis)
      } else {
        groups.append([axis])
      }
    }
    func extent(_ axes: [Int]) -> Int? {
      axes.reduce(1) { product, axis in product.flatMap { product in shape[axis].map { product * $0 } } }
    }
    // By the first axis of each group, which is the order of the groups before.
    var places = groups.sorted { $0[0] < $1[0] }
    if places.count <= Self.mostAxes {
      let target = groups.map { group in places.firstIndex(of: group) ?? 0 }
      let joined = reshape(x, to: places.map(extent))
      return target == Array(target.indices) ? joined : transpose(joined, target)
    }
    var result = x
    // One group after the other goes to its place, past those between.
    for place in groups.indices {
      guard let now = places.firstIndex(of: groups[place]), now != place else { continue }
      let parts = [places[..<place], places[place..<now], places[now...now], places[(now + 1)...]]
      result = transpose(reshape(result, to: parts.map { extent($0.flatMap(\.self)) }), [0, 2, 1, 3])
      places.insert(places.remove(at: now), at: place)
    }
    return result
  }
}
