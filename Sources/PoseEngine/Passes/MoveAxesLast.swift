import PoseGraph

extension Program {
  /// Turns softmaxes and reductions over other axes than the last ones into transposes around the same over the last,
  /// which is what the kernels know.
  func movingAxesLast() -> Program {
    var program = self
    program.steps = []
    for step in steps {
      switch step.operation {
      case .softmax(let axis): program.append(step, axes: [axis]) { .softmax(axis: $0[0]) }
      case .reduce(let reduction, let axes, let keepsAxes):
        program.append(step, axes: axes.sorted()) { .reduce(reduction, axes: $0, keepsAxes: keepsAxes) }
      default: program.steps.append(step)
      }
    }
    return program
  }

  private mutating func append(_ step: Step, axes: [Int], _ operation: ([Int]) -> Operation) {
    let shape = shapes[step.inputs[0]]
    let last = Array(shape.count - axes.count..<shape.count)
    // Axes of extent 1 behind the wanted ones don't matter to memory, but the general way is short enough for all.
    guard axes != last else { return steps.append(step) }
    let order = shape.indices.filter { !axes.contains($0) } + axes
    let moved = append(.transpose(order), from: step.inputs[0], shape: order.map { shape[$0] }, path: step.path)
    switch step.operation {
    case .softmax:
      let softened = append(operation(last), from: moved, shape: shapes[moved], path: step.path)
      let back = shape.indices.map { axis in order.firstIndex(of: axis) ?? axis }
      steps.append(
        Step(
          operation: .transpose(back), weights: [], inputs: [softened], output: step.output, activation: nil,
          path: step.path))
    default:
      // The kept axes of extent 1 stand elsewhere than the reduced ones did, which only the shape shows.
      let reduced = append(
        .reduce(reduction(of: step), axes: last, keepsAxes: false), from: moved,
        shape: Array(shapes[moved].dropLast(axes.count)), path: step.path)
      steps.append(
        Step(
          operation: .reshape(shapes[step.output]), weights: [], inputs: [reduced], output: step.output,
          activation: nil, path: step.path))
    }
  }

  private mutating func append(
    _ operation: Operation, from input: Graph.ValueID, shape: [Int], path: String
  ) -> Graph.ValueID {
    shapes.append(shape)
    let output = shapes.count - 1
    steps.append(
      Step(operation: operation, weights: [], inputs: [input], output: output, activation: nil, path: path))
    return output
  }

  private func reduction(of step: Step) -> Reduction {
    if case .reduce(let reduction, _, _) = step.operation { reduction } else { .sum }
  }
}
