import PoseGraph

extension Program {
  /// Turns reshape, transpose, reshape that deal channels out over groups into one gather of channels, which is
  /// addressing and moves nothing.
  func joiningShuffles() -> Program {
    var program = self
    let readers = readers
    var producers: [Graph.ValueID: Step] = [:]
    program.steps = steps.map { step in
      var step = step
      if case .reshape(let shape) = step.operation, let transpose = producers[step.inputs[0]],
        case .transpose(let order) = transpose.operation, readers[step.inputs[0]] == 1,
        let split = producers[transpose.inputs[0]], case .reshape = split.operation, readers[split.output] == 1,
        let indices = dealtChannels(from: shapes[split.inputs[0]], through: shapes[split.output], order, to: shape)
      {
        step.operation = .gather(axis: 1, indices: indices)
        step.inputs = split.inputs
      }
      producers[step.output] = step
      return step
    }
    return program.removingDeadSteps()
  }
}

/// The channels of the input in the order of the output; nil where the steps do something else than deal channels.
private func dealtChannels(from input: [Int], through split: [Int], _ order: [Int], to output: [Int]) -> [Int]? {
  guard input.count >= 2, input == output, split.count == input.count + 1, input[0] == 1, split[0] == 1,
    split[1] * split[2] == input[1], split.dropFirst(3) == input.dropFirst(2),
    order == [0, 2, 1] + Array(3..<split.count)
  else { return nil }
  return (0..<split[2]).flatMap { inner in (0..<split[1]).map { outer in outer * split[2] + inner } }
}
