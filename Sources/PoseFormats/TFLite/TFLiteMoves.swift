import PoseCore
import PoseGraph

// Operators that move numbers without computing any.
extension TFLiteGraphWriter {
  /// A value with its axes in another order. Where only axes of extent 1 move, the shape alone changes.
  mutating func ordered(_ value: TFLiteValue, _ order: [Int]) throws(TFLiteError) -> TFLiteValue {
    let shape = order.map { value.shape[value.axis($0)] }
    if value.isSameSequence(in: order) { return TFLiteValue(tensor: value.tensor, shape: shape, order: order) }
    let places = order.map { value.axis($0) }
    if places.count <= 4 {
      let result = emit(.transpose, [tensor(value), constant(places)], shape)
      return TFLiteValue(tensor: result, shape: shape, order: order)
    }
    // Axes that stay side by side move as one, and those of extent 1 not at all.
    var groups: [[Int]] = []
    for place in places where value.shape[place] != 1 {
      if let last = groups.last?.last, place > last, (last + 1..<place).allSatisfy({ value.shape[$0] == 1 }) {
        groups[groups.count - 1].append(place)
      } else {
        groups.append([place])
      }
    }
    let sorted = groups.sorted { $0[0] < $1[0] }
    func extent(_ group: [Int]) -> Int { group.reduce(1) { $0 * value.shape[$1] } }
    if groups.count > Self.mostAxes {
      return TFLiteValue(tensor: rearranged(value.tensor, sorted, groups, extent), shape: shape, order: order)
    }
    let joined = TFLiteValue(
      tensor: value.tensor, shape: sorted.map(extent), order: TFLiteLayout.identity(sorted.count))
    let permutation = groups.map { group in sorted.firstIndex(of: group) ?? 0 }
    let version = permutation.count > 5 ? 6 : permutation.count > 4 ? 4 : 1
    let moved = emit(
      .transpose, [tensor(joined), constant(permutation)], groups.map(extent), version: version)
    return TFLiteValue(tensor: moved, shape: shape, order: order)
  }

  /// Brings groups of axes into another sequence, one after the other: each goes to its place, past those between.
  private mutating func rearranged(
    _ tensor: Int, _ groups: [[Int]], _ target: [[Int]], _ extent: ([Int]) -> Int
  ) -> Int {
    var (result, places) = (tensor, groups)
    for place in target.indices {
      guard let now = places.firstIndex(of: target[place]), now != place else { continue }
      let parts = [places[..<place], places[place..<now], places[now...now], places[(now + 1)...]]
      let shape = parts.map { extent($0.flatMap(\.self)) }
      let source = self.tensor(TFLiteValue(tensor: result, shape: shape, order: [0, 1, 2, 3]))
      result = emit(.transpose, [source, constant([0, 2, 1, 3])], [shape[0], shape[2], shape[1], shape[3]])
      places.insert(places.remove(at: now), at: place)
    }
    return result
  }

  /// Another shape for the same numbers in the graph's sequence. Axes that split or join in the file as they do in the graph,
  /// side by side, move no number.
  mutating func reshape(_ node: Graph.Node) throws(TFLiteError) -> TFLiteValue {
    let (old, new) = (extents(node.inputs[0]), extents(node.output))
    if isKnown(node.inputs[0]) {
      var x = try value(node.inputs[0], in: TFLiteLayout.identity(old.count))
      (x.shape, x.order) = (new, TFLiteLayout.identity(new.count))
      return x
    }
    let groups = TFLiteLayout.groups(old, new)
    let own = try value(node.inputs[0])
    // The groups by where their last axis lies that is not of extent 1.
    let lasts = groups.map { group in
      group.old.filter { old[$0] != 1 }.map { own.axis($0) }.max() ?? own.axis(group.old.last ?? 0)
    }
    let sequence = groups.indices.sorted { (lasts[$0], $0) < (lasts[$1], $1) }
    let joined = sequence.flatMap { Array(groups[$0].old) }
    var x = try value(node.inputs[0], in: own.isSameSequence(in: joined) ? own.order : joined)
    x.order = sequence.flatMap { Array(groups[$0].new) }
    x.shape = x.order.map { new[$0] }
    return x
  }

  /// The indices `start, start + step ..< end` of an axis.
  mutating func slice(_ x: TFLiteValue, axis: Int, start: Int, end: Int, step: Int) -> TFLiteValue {
    let place = x.axis(axis)
    var result = x
    result.shape[place] = (end - start + step - 1) / step
    if result.shape == x.shape { return x }
    var (source, made, middle) = (x, result.shape, place)
    if x.shape.count > 4 {
      // What lies before and after the axis is taken whole.
      let (before, after) = (x.shape[..<place].reduce(1, *), x.shape[(place + 1)...].reduce(1, *))
      source.shape = [before, x.shape[place], after]
      (made, middle) = ([before, result.shape[place], after], 1)
    }
    var first = [Int](repeating: 0, count: made.count)
    first[middle] = start
    if step == 1 {
      result.tensor = emit(.slice, [tensor(source), constant(first), constant(made)], made)
    } else {
      var (last, steps) = (source.shape, [Int](repeating: 1, count: made.count))
      (last[middle], steps[middle]) = (end, step)
      result.tensor = emit(
        .stridedSlice, [tensor(source), constant(first), constant(last), constant(steps)], made, .stridedSlice)
    }
    return result
  }

  /// The given indices of an axis.
  mutating func gather(_ x: TFLiteValue, axis: Int, _ indices: [Int]) -> TFLiteValue {
    let place = x.axis(axis)
    var result = x
    result.shape[place] = indices.count
    result.tensor = emit(.gather, [tensor(x), constant(indices)], result.shape, .gather(axis: place))
    return result
  }

  /// - Parameters:
  ///   - before: for each axis of the graph.
  ///   - after: for each axis of the graph.
  mutating func pad(_ x: TFLiteValue, before: [Int], after: [Int], _ number: Float) throws(TFLiteError) -> TFLiteValue {
    guard x.shape.count <= 5 else {
      throw .tooManyAxes(path: current?.path ?? "", operation: "pad", axes: x.shape.count)
    }
    let (first, last) = (x.order.map { before[$0] }, x.order.map { after[$0] })
    let shape = x.shape.indices.map { first[$0] + x.shape[$0] + last[$0] }
    if shape == x.shape { return x }
    return TFLiteValue(tensor: pad(tensor(x), first, last, number, shape), shape: shape, order: x.order)
  }

  /// Pads each axis of a tensor.
  mutating func pad(_ x: Int, _ before: [Int], _ after: [Int], _ number: Float, _ shape: [Int]) -> Int {
    let amounts = self.amounts(zip(before, after).flatMap { [$0, $1] })
    let version = shape.count > 4 ? 4 : 1
    if number == 0 { return emit(.pad, [x, amounts], shape, version: version) }
    return emit(.padWith, [x, amounts, self.number(number)], shape, version: version)
  }

  mutating func concat(_ node: Graph.Node, axis: Int) throws(TFLiteError) -> TFLiteValue {
    if node.inputs.count == 1 { return try value(node.inputs[0]) }
    try keepBatch(node, axis != 0)
    let (order, output) = (commonOrder(node), extents(node.output))
    var parts: [Int] = []
    for input in node.inputs { parts.append(tensor(try repeated(input, order, like: node))) }
    let shape = order.map { output[$0] }
    let place = order.firstIndex(of: axis) ?? axis
    let result = emit(.concatenation, parts, shape, .concatenation(axis: place))
    return TFLiteValue(tensor: result, shape: shape, order: order)
  }

  /// An input in an order, with as many images as the batch where the node's output has them.
  mutating func repeated(_ id: Graph.ValueID, _ order: [Int], like node: Graph.Node) throws(TFLiteError) -> TFLiteValue
  {
    var x = try value(id, in: order)
    guard batch > 1, isBatched(node.output), !isBatched(id) else { return x }
    let source = tensor(x)
    x.shape[x.axis(0)] = batch
    x.tensor = emit(.broadcastTo, [source, constant(x.shape)], x.shape, version: 2)
    return x
  }
}
