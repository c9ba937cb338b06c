import PoseGraph

extension Program {
  /// Lets the step that makes a value apply the activation that follows, where nobody else reads the value.
  func fusingActivations() -> Program {
    var program = self
    let readers = readers
    var producers: [Graph.ValueID: Int] = [:]
    var steps: [Step] = []
    for step in self.steps {
      if case .unary(let function) = step.operation, step.activation == nil,
        let index = producers[step.inputs[0]], readers[step.inputs[0]] == 1,
        steps[index].activation == nil, steps[index].operation.appliesActivations
      {
        steps[index].activation = function
        steps[index].output = step.output
        producers[step.output] = index
        continue
      }
      producers[step.output] = steps.count
      steps.append(step)
    }
    program.steps = steps
    return program
  }
}

extension Operation {
  fileprivate var appliesActivations: Bool {
    switch self {
    case .convolution, .transposedConvolution, .linear, .batchNorm, .binary, .scalar: true
    default: false
    }
  }
}
