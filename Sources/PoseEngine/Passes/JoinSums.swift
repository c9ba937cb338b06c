import PoseGraph

extension Program {
  /// Makes sums where their terms are made: a sum of 1x1 convolutions is one convolution of their joined inputs, and
  /// any other term is added as a convolution stores its result.
  func joiningSums() -> Program {
    var joiner = SumJoiner(program: self)
    for step in steps { joiner.append(step) }
    return joiner.program(self).removingDeadSteps()
  }
}

private struct SumJoiner {
  private var values: Program
  private let readers: [Int]
  private var steps: [Program.Step?] = []
  /// Where each value is made.
  private var producers: [Graph.ValueID: Int] = [:]

  init(program: Program) {
    values = program
    readers = program.readers
  }

  func program(_ original: Program) -> Program {
    Program(steps: steps.compactMap(\.self), shapes: values.shapes, inputs: original.inputs, outputs: original.outputs)
  }

  mutating func append(_ step: Program.Step) {
    if case .binary(.add) = step.operation, step.activation == nil, let joined = joined(step) {
      add(joined)
    } else {
      add(step)
    }
  }

  private mutating func add(_ step: Program.Step) {
    producers[step.output] = steps.count
    steps.append(step)
  }

  /// The step that makes the sum instead; nil where no term can take the others in.
  private mutating func joined(_ sum: Program.Step) -> Program.Step? {
    let (a, b) = (sum.inputs[0], sum.inputs[1])
    guard values.shapes[a] == values.shapes[b] else { return nil }
    if a == b {
      guard var step = convolution(a, readers: 2) else {
        var step = sum
        step.operation = .scalar(.multiply, 2)
        step.inputs = [a]
        return step
      }
      guard step.inputs.count == 1 else { return nil }
      take(a)
      step.weights = step.weights.map { $0.map { 2 * $0 } }
      step.output = sum.output
      return step
    }
    switch (convolution(a, readers: 1), convolution(b, readers: 1)) {
    case (var first?, let second?)
    where first.isPointwise && second.isPointwise && first.inputs.count + second.inputs.count < 4:
      take(a)
      take(b)
      let (m, n) = (values.shapes[first.inputs[0]], values.shapes[second.inputs[0]])
      let joined = values.addValue([m[0], m[1] + n[1], m[2], m[3]])
      add(
        Program.Step(
          operation: .concat(axis: 1), weights: [], inputs: [first.inputs[0], second.inputs[0]], output: joined,
          activation: nil, path: first.path))
      first.joinDepth(with: second, channels: values.shapes[sum.output][1])
      first.inputs = [joined] + first.inputs.dropFirst() + second.inputs.dropFirst()
      first.output = sum.output
      return first
    case (let first?, _) where first.inputs.count == 1 && !isEnlarged(b): return add(b, to: first, of: sum)
    case (_, let second?) where second.inputs.count == 1 && !isEnlarged(a): return add(a, to: second, of: sum)
    default: return nil
    }
  }

  private mutating func add(_ term: Graph.ValueID, to step: Program.Step, of sum: Program.Step) -> Program.Step {
    take(step.output)
    var step = step
    step.inputs.append(term)
    step.output = sum.output
    return step
  }

  /// The ungrouped convolution that makes a value for so many readers.
  private func convolution(_ value: Graph.ValueID, readers count: Int) -> Program.Step? {
    guard readers[value] == count, let index = producers[value], let step = steps[index], step.activation == nil,
      case .convolution(let convolution) = step.operation, convolution.groups == 1
    else { return nil }
    return step
  }

  private mutating func take(_ value: Graph.ValueID) {
    if let index = producers[value] { steps[index] = nil }
  }

  /// Whether a term is better read small: `fusingEnlargements` will.
  private func isEnlarged(_ value: Graph.ValueID) -> Bool {
    guard let index = producers[value], let step = steps[index], case .resize(let resize) = step.operation else {
      return false
    }
    return resize.mode == .nearest && enlarges(values.shapes[step.inputs[0]], to: values.shapes[value])
  }
}

extension Program.Step {
  fileprivate var isPointwise: Bool {
    if case .convolution(let convolution) = operation { convolution.isPointwise } else { false }
  }

  /// Puts another 1x1 convolution's weights beside the step's own.
  fileprivate mutating func joinDepth(with other: Program.Step, channels: Int) {
    guard case .convolution(var convolution) = operation, channels > 0 else { return }
    let biases = [self, other].compactMap { $0.weights.count > 1 ? $0.weights[1] : nil }
    let (own, theirs) = (weights[0].count / channels, other.weights[0].count / channels)
    var joined: [Float] = []
    for channel in 0..<channels {
      joined += weights[0][channel * own..<(channel + 1) * own]
      joined += other.weights[0][channel * theirs..<(channel + 1) * theirs]
    }
    weights = [joined]
    convolution.hasBias = !biases.isEmpty
    if let first = biases.first { weights.append(biases.dropFirst().reduce(first) { zip($0, $1).map(+) }) }
    operation = .convolution(convolution)
  }
}

extension Convolution {
  /// Whether it takes each pixel by itself, all channels together.
  var isPointwise: Bool { kernel == 1 && stride == 1 && padding == 0 && groups == 1 }
}
