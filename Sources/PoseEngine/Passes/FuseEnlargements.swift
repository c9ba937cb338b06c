import PoseGraph

extension Program {
  /// Lets a binary function read the pixels of a smaller picture where it was enlarged to the nearest by whole factors.
  func fusingEnlargements() -> Program {
    var program = self
    var sources: [Graph.ValueID: Graph.ValueID] = [:]
    for step in steps {
      if case .resize(let resize) = step.operation, resize.mode == .nearest, step.activation == nil,
        enlarges(shapes[step.inputs[0]], to: shapes[step.output])
      {
        sources[step.output] = step.inputs[0]
      }
    }
    for index in steps.indices {
      guard case .binary(let function) = steps[index].operation else { continue }
      let (a, b) = (steps[index].inputs[0], steps[index].inputs[1])
      guard shapes[a] == shapes[b] else { continue }
      if let source = sources[b] {
        program.steps[index].inputs[1] = source
      } else if let source = sources[a], function.isCommutative {
        program.steps[index].inputs = [b, source]
      }
    }
    return program.removingDeadSteps()
  }
}

/// Whether each pixel of pictures of one shape becomes a block of pixels of the other.
func enlarges(_ small: [Int], to large: [Int]) -> Bool {
  small.count == 4 && large.count == 4 && small.prefix(2) == large.prefix(2)
    && small[2] > 0 && small[3] > 0 && large[2] % small[2] == 0 && large[3] % small[3] == 0
}

extension Binary {
  var isCommutative: Bool {
    switch self {
    case .add, .multiply, .maximum, .minimum: true
    case .subtract, .divide, .power: false
    }
  }
}
