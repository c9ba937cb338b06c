import PoseGraph

extension Graph {
  /// The positions at which maps are sampled, and what they are computed from since the last layer with weights: float16 has 11
  /// binary digits, a position on a map of 128 pixels needs 7 of them for the pixel, and sums such as those of a place and a
  /// small step would lose the step.
  var samplingPositions: Set<ValueID> {
    var found: Set<ValueID> = []
    for node in nodes.reversed() {
      if case .gridSample = node.operation, node.inputs.count > 1 { found.insert(node.inputs[1]) }
      guard found.contains(node.output), node.operation.keepsPositions else { continue }
      found.formUnion(node.inputs)
    }
    // What a layer makes stays as it is made.
    let made = nodes.filter { !$0.operation.keepsPositions }.map(\.output)
    return found.subtracting(made)
  }
}

extension Operation {
  /// Whether it moves or combines numbers, without weights.
  fileprivate var keepsPositions: Bool {
    switch self {
    case .parameter, .constant, .unary, .binary, .scalar, .concat, .slice, .reshape, .transpose, .pad, .gather,
      .dropout,
      .detach, .reduce:
      true
    default: false
    }
  }
}
