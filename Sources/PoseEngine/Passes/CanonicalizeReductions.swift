import PoseGraph

extension Program {
  /// Rewrites softmaxes and reductions over other axes than the last ones as transposes around the same operators over
  /// the last axes, which is the form that the kernels know.
  func canonicalizeReductions() -> Program {
    var program = self
    program.instructions = []
    for instruction in instructions {
      switch instruction.operation {
      case .softmax(let axis): program.append(instruction, axes: [axis]) { .softmax(axis: $0[0]) }
      case .reduce(let reduction, let axes, let keepsAxes):
        program.append(instruction, axes: axes.sorted()) { .reduce(reduction, axes: $0, keepsAxes: keepsAxes) }
      default: program.instructions.append(instruction)
      }
    }
    return program
  }

  private mutating func append(_ instruction: Instruction, axes: [Int], _ operation: ([Int]) -> Operation) {
    let shape = shapes[instruction.inputs[0]]
    let last = Array(shape.count - axes.count..<shape.count)
    // Axes of extent 1 behind the wanted ones don't matter to memory, but the general way is short enough for all.
    guard axes != last else { return instructions.append(instruction) }
    let order = shape.indices.filter { !axes.contains($0) } + axes
    let moved = append(
      .transpose(order), from: instruction.inputs[0], shape: order.map { shape[$0] }, path: instruction.path)
    switch instruction.operation {
    case .softmax:
      let softened = append(operation(last), from: moved, shape: shapes[moved], path: instruction.path)
      let back = shape.indices.map { axis in order.firstIndex(of: axis) ?? axis }
      instructions.append(
        Instruction(
          operation: .transpose(back), weights: [], inputs: [softened], output: instruction.output, activation: nil,
          path: instruction.path))
    default:
      // The kept axes of extent 1 stand elsewhere than the reduced ones did, which only the shape shows.
      let reduced = append(
        .reduce(reduction(of: instruction), axes: last, keepsAxes: false), from: moved,
        shape: Array(shapes[moved].dropLast(axes.count)), path: instruction.path)
      instructions.append(
        Instruction(
          operation: .reshape(shapes[instruction.output]), weights: [], inputs: [reduced], output: instruction.output,
          activation: nil, path: instruction.path))
    }
  }

  private mutating func append(
    _ operation: Operation, from input: Graph.ValueID, shape: [Int], path: String
  ) -> Graph.ValueID {
    shapes.append(shape)
    let output = shapes.count - 1
    instructions.append(
      Instruction(operation: operation, weights: [], inputs: [input], output: output, activation: nil, path: path))
    return output
  }

  private func reduction(of instruction: Instruction) -> Reduction {
    if case .reduce(let reduction, _, _) = instruction.operation { reduction } else { .sum }
  }
}
